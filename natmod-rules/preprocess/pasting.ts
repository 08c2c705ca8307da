/**
 * Whether `##` (C11, 6.10.3.3) can put together the name of a qstr. Most macros with it do not: `name##_obj`, with
 * which modules define objects, makes one only of an argument that is one already.
 */

import { joinLines } from './join-lines.ts';

/** Tokens by which the results begin that count: names of qstrs, and the macro of MicroPython's that needs one. */
const RESULTS = ['MP_QSTR_', 'mp_obj_is_fun'];

// What is no code becomes one blank, and so do numbers (1'000 has no character in it). A backslash at the end of a line
// has joined it with the next one already.
const NO_CODE = /\/\*.*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|\b\d(?:'?\w|\.)*/gs;
const DEFINE = /^[ \t]*#[ \t]*define[ \t]+(\w+)(\(([^)\n]*)\))?(.*)$/gm;
const INCLUDE = /\b(?:include|include_next|import|embed)\b/g;

// By itself such a token is the name of the empty string at most: what it is for is to be pasted, wherever the macro is
// that does so. `##` has other spellings, too (C11, 6.4.6 and 5.2.1.1).
const PIECE = /\b(?:MP_?|MP_QS?T?R?|MP_QSTR_|mp_obj_is_)\b/;
const OTHER_SPELLING = /%:|\?\?=/;
// A header that the search for headers does not find by its name.
const UNNAMED_HEADER = /^[ \t]*#[ \t]*(?:include_next\b|import\b|include[ \t]*[^ \t\r\n"<]|include_\w)/m;

/** Whether a text, with its lines joined, has what only other texts can explain. */
export function asksForPasting(text: string): boolean {
  if (UNNAMED_HEADER.test(text)) return true;
  return (PIECE.test(text) || OTHER_SPELLING.test(text)) && hasPieces(text.replaceAll(NO_CODE, ' '));
}

function hasPieces(code: string): boolean {
  return PIECE.test(code) || OTHER_SPELLING.test(code);
}

/**
 * Whether flags of the compiler can bring names of qstrs: in a macro, or in a file that they have included or that more
 * of them are read from.
 */
export function flagsBringNames(flags: readonly string[]): boolean {
  return flags.some((flag) => /\bMP_?\b|MP_Q|mp_obj_is|##|^--?(?:include|imacros)|^-W[pc],.*-i|^@/.test(flag));
}

/**
 * Whether all that a source puts together is something else. It has to show: each macro with `##` is defined behind the
 * last include, so that nothing else sees it, and it is used outside of other macros only, with arguments that have
 * nothing of such a name.
 *
 * @param source a whole source, which no other includes
 */
export function pastesOtherNames(source: string): boolean {
  const code = joinLines(source).replaceAll(NO_CODE, ' ');
  const rest = code.replaceAll(/^[ \t]*#[ \t]*define\b.*$/gm, '');
  const lastInclude = [...code.matchAll(INCLUDE)].at(-1)?.index ?? -1;
  if (rest.includes('##')) return false;
  const defines = [...code.matchAll(DEFINE)];
  const bodies = defines.map(([, , , , body = '']) => body);
  return defines.every(({ 1: name = '', 2: list, 3: parameters = '', 4: body = '', index }) => {
    if (!body.includes('##')) return true;
    if (list === undefined || index < lastInclude) return false;
    const names = parameters.split(',').map((parameter) => parameter.trim());
    const own = body.match(/\w+/g)?.filter((word) => !names.includes(word)) ?? [];
    const inBodies = bodies.some((other) => hasWord(other, name));
    return !own.some(canBegin) && !inBodies && usesAreFree(rest, name);
  });
}

/** Whether a token is a name that counts, or the beginning of one. */
function canBegin(token: string): boolean {
  return RESULTS.some((result) => result.startsWith(token) || token.startsWith(result));
}

function hasWord(text: string, word: string): boolean {
  return new RegExp(`\\b${word}\\b`).test(text);
}

/** Whether every use of a macro has arguments, none of which has anything of a name that counts. */
function usesAreFree(code: string, name: string): boolean {
  for (const { index } of code.matchAll(new RegExp(`\\b${name}\\b`, 'g'))) {
    const start = index + name.length;
    const end = endOfArguments(code, start);
    // A directive, or a use as the argument of another macro.
    if (end === undefined || /^[ \t]*#/.test(code.slice(code.lastIndexOf('\n', index) + 1, index))) return false;
    if (code.slice(start, end).match(/\w+/g)?.some(canBegin) === true) return false;
  }
  return true;
}

/** Behind the parenthesis that closes what opens at a place, where blanks may come first. */
function endOfArguments(code: string, start: number): number | undefined {
  let depth = 0;
  for (let i = start; i < code.length; i++) {
    const c = code[i]!;
    if (c === '(') depth += 1;
    else if (depth === 0 && !/\s/.test(c)) return undefined;
    else if (c === ')' && --depth === 0) return i + 1;
  }
  return undefined;
}
