/**
 * What the firmware's function table (`mp_fun_table_t`, ABI 6.3) offers to a linker by name: entry numbers in words.
 */

import type { Target } from './model.ts';

/** Tables that the loader knows, and the GOT. */
export const BY_LINKER: ReadonlyMap<string, Target> = new Map<string, Target>([
  ['_GLOBAL_OFFSET_TABLE_', { kind: 'got' }],
  ['mp_fun_table', { kind: 'fun-table' }],
  ['mp_native_qstr_table', { kind: 'qstr-table' }],
  ['mp_native_obj_table', { kind: 'obj-table' }],
]);

const FIRST_TYPE = 73;

const TYPES = [
  'mp_type_type',
  'mp_type_str',
  'mp_type_list',
  'mp_type_dict',
  'mp_type_fun_builtin_0',
  'mp_type_fun_builtin_1',
  'mp_type_fun_builtin_2',
  'mp_type_fun_builtin_3',
  'mp_type_fun_builtin_var',
  'mp_type_Exception',
  'mp_stream_read_obj',
  'mp_stream_readinto_obj',
  'mp_stream_unbuffered_readline_obj',
  'mp_stream_write_obj',
];

export const MEMSET = 50;
export const MEMMOVE = 51;

/** Whether an entry is a function that code calls by its own name, and not an object. */
export function isFirmwareFunction(index: number): boolean {
  return index === MEMSET || index === MEMMOVE;
}

/** Symbol → number of the table entry whose value is the symbol's address. memcpy is served by memmove. */
export const FUN_TABLE_SYMBOLS: ReadonlyMap<string, number> = new Map([
  ...TYPES.map((name, i): [string, number] => [name, FIRST_TYPE + i]),
  ['memset', MEMSET],
  ['memmove', MEMMOVE],
  ['memcpy', MEMMOVE],
]);
