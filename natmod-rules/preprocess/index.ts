/**
 * Interned strings. C sources write them as `MP_QSTR_name`; MicroPython knows some names by fixed numbers, and a module
 * brings the others in its own table, indexed from 1. The config header maps each name that a module uses to its number
 * or its table entry.
 */
import { STATIC_QSTRS } from '../package/static-qstrs.ts';
import { joinLines } from './join-lines.ts';
import { asksForPasting, pastesOtherNames } from './pasting.ts';

export { flagsBringNames } from './pasting.ts';

const SPELLED: Readonly<Record<string, string>> = {
  '\n': '_0x0a_',
  ' ': '_space_',
  '*': '_star_',
  '/': '_slash_',
  '<': '_lt_',
  '>': '_gt_',
  '-': '_hyphen_',
};

/** Static qstrs that are C names; operators and the like are spelled out: `*` is `_star_`. */
const STATIC_NAMES: readonly string[] = STATIC_QSTRS.map(escapeQstr);

/**
 * Matches comments, string and character literals, numbers (1'000 has no character in it), and qstr names; only the
 * last have a group.
 */
const TOKENS =
  /\/\*.*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|\b\d(?:'?\w|\.)*|\bMP_QSTR_([A-Za-z0-9_]*)/gs;

/**
 * The names that C texts use and MicroPython has no fixed number for, sorted by code unit, each once. Comments and
 * string literals do not count; a backslash at the end of a line joins it with the next one (C11, 5.1.1.2).
 */
export function collectQstrs(texts: Iterable<string>): string[] {
  const names = new Set<string>();
  for (const text of texts) {
    const joined = joinLines(text);
    for (const match of joined.matchAll(TOKENS)) {
      const [token, name] = match;
      // What `##` pastes something to is only the beginning of a name.
      if (name !== undefined && !PASTED.test(joined.slice(match.index + token.length, match.index + token.length + 80)))
        names.add(name);
    }
  }
  return inTableOrder(names);
}

const PASTED = /^\s*(?:##|%:%:)/;

/**
 * The names that `mpy_ld.py --preprocess` finds: wherever they stand in the sources, also in comments and literals.
 * Those are how authors list names that only a macro puts together.
 */
export function collectListedQstrs(sources: Iterable<string>): string[] {
  const names = new Set<string>();
  for (const text of sources) for (const [, name] of text.matchAll(/MP_QSTR_([A-Za-z0-9_]*)/g)) names.add(name!);
  return inTableOrder(names);
}

/** Names of several searches as one table. */
export function mergeQstrs(...lists: readonly (readonly string[])[]): string[] {
  return inTableOrder(new Set(lists.flat()));
}

/**
 * Whether macros of a text can bring names that stand nowhere in the sources: put together (`##`, C11 6.10.3.3), in a
 * macro of MicroPython's headers, or in a header that only a macro names.
 * @param isWhole the text is a source, which no other includes
 */
export function macrosBringNames(text: string, isWhole: boolean): boolean {
  const joined = joinLines(text);
  if (HEADERS_MACRO.test(joined) || asksForPasting(joined)) return true;
  return joined.includes('##') && /MP_QSTR_/.test(joined) && !(isWhole && pastesOtherNames(joined));
}

/** The one that needs a name without a fixed number and is for objects of any kind: `MP_QSTR_function`. */
const HEADERS_MACRO = /\bmp_obj_is_fun\b/;

function inTableOrder(names: Set<string>): string[] {
  for (const name of STATIC_NAMES) names.delete(name);
  return [...names].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

/** The text of the config header for the module's own qstrs, in table order. */
export function configHeader(qstrs: readonly string[]): string {
  const lines = ['#include <stdint.h>', 'typedef uintptr_t mp_off_t;'];
  STATIC_NAMES.forEach((name, i) => {
    lines.push(`#define MP_QSTR_${name} (${i + 1}u)`);
  });
  qstrs.forEach((name, i) => {
    lines.push(`#define MP_QSTR_${name} (mp_native_qstr_table[${i + 1}])`);
  });
  lines.push('extern const uint16_t mp_native_qstr_table[];', 'extern const uintptr_t mp_native_obj_table[];', '');
  return lines.join('\n');
}

/** The module's own qstrs in table order, read back from a config header. */
export function readQstrs(header: string): string[] {
  return [...header.matchAll(/^#define MP_QSTR_([A-Za-z0-9_]*) \(mp_native_/gm)].map(([, name]) => name!);
}

function escapeQstr(text: string): string {
  return text.replace(/[^A-Za-z0-9_]/g, (c) => SPELLED[c] ?? `_${c}_`);
}
