/**
 * Functions that end a program: `abort`, what is behind `assert` (newlib; glibc and musl), and what our own routines of
 * -ftrapv call (sdk/routines). There is no program to end, and what the CPU does when code runs on is anybody's guess,
 * so they raise a Python exception.
 */
import type { Arch } from '../../arch/index.ts';
import { FUN_TABLE_MEMBERS } from '../../package/fun-table.ts';
import type { FamilyRules } from '../families/types.ts';
import { FUN_TABLE_SYMBOLS } from '../model/firmware.ts';
import { type Chunk, makeChunk, type Target } from '../model/model.ts';

const TEXTS: ReadonlyMap<string, string> = new Map([
  ['abort', 'abort'],
  ['__natmod_overflow', 'integer overflow'],
  ['__assert_func', 'assertion failed'],
  ['__assert_fail', 'assertion failed'],
]);

/** The routine of one of these names, and its text; undefined for any other. */
export function provideAbort(arch: Arch, rules: FamilyRules, name: string): readonly Chunk[] | undefined {
  const words = TEXTS.get(name);
  return words === undefined ? undefined : raiseException(arch, rules, name, words);
}

/** A routine of that name that raises `Exception`, and the text that it raises it with. */
export function raiseException(arch: Arch, rules: FamilyRules, name: string, words: string): readonly Chunk[] {
  const data = Buffer.from(`${words}\0`);
  const text = makeChunk({ name: `.rodata.${name}`, role: 'rodata', align: 1, size: data.length, data });
  const code = rules.raise(arch);
  const targets: readonly (readonly [number, Target])[] = [
    [code.type, { kind: 'table-entry', index: FUN_TABLE_SYMBOLS.get('mp_type_Exception')! }],
    [code.text, { kind: 'chunk', chunk: text, offset: 0 }],
    [code.raise, { kind: 'table-entry', index: FUN_TABLE_MEMBERS.indexOf('raise_msg') }],
  ];
  const place = { name: `.stub.${name}`, symbol: name, role: 'text', align: Math.max(4, arch.wordSize) } as const;
  const addresses = targets.map(([offset, target]) => ({ offset, target, addend: 0 }));
  return [makeChunk({ ...place, size: code.code.length, data: code.code, words: addresses }), text];
}
