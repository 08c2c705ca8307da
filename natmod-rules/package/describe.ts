import { archByMpyNumber } from '../arch/index.ts';
import { describeRelocations } from './describe-relocations.ts';
import { qstrText } from './qstrs.ts';
import { sizesOf } from './sizes.ts';
import {
  MPY_ARCH_NAMES,
  type MpyFile,
  type MpyHeader,
  type MpyObject,
  type Prelude,
  type RawCode,
  SCOPE_RELOCATIONS,
} from './types.ts';

/** Longest piece of a string constant that is shown, in characters. */
const SHOWN = 60;

/** The contents of a .mpy file as text for people: header, tables, the tree of its functions, relocations. */
export function describeMpy(mpy: MpyFile): string {
  // Once, not at each use: a file can name one long qstr many times.
  const names = mpy.qstrs.map((qstr) => quote(qstrText(qstr)));
  const qstrs = mpy.qstrs.map((qstr, i) => [String(i), names[i]!, 'static' in qstr ? `static ${qstr.static}` : '']);
  const objects = mpy.objects.map((object, i) => [String(i), object.kind, objectText(object)]);
  const functions = [...functionRows(names, mpy.root, 0)];
  const relocations = functions.map(({ code, cells }) => {
    if (code.kind !== 'native') return [];
    return section(
      `relocations of ${cells[1]}`,
      describeRelocations(code, mpy.header.archNumber),
      code.relocations.length,
    );
  });
  const code = columns(
    functions.map(({ cells }) => cells),
    '  ',
  );
  const parts = [
    describeHeader(mpy, names[0]!),
    section('qstrs', qstrs),
    section('objects', objects),
    ['', 'code', ...code],
    ...relocations,
  ];
  return `${parts.flat().join('\n')}\n`;
}

/** A heading with the number of things, and their rows; nothing at all when there are none. */
function section(heading: string, rows: readonly (readonly string[])[], count = rows.length): string[] {
  return rows.length === 0 ? [] : ['', `${heading} (${count})`, ...columns(rows, '  ')];
}

function describeHeader(mpy: MpyFile, source: string): string[] {
  const { header } = mpy;
  const sizes = sizesOf(mpy);
  const isNative = header.archNumber !== 0;
  const rows = [
    ['version', isNative ? `${header.version}.${header.subVersion}` : String(header.version)],
    ['arch', isNative ? MPY_ARCH_NAMES[header.archNumber]! : 'any (bytecode only)'],
    ...(header.archFlags === 0 ? [] : [['arch flags', archFlagNames(header)]]),
    ['small ints', `${header.smallIntBits} bits`],
    ['source', source],
    ['file', `${sizes.file} bytes`],
  ];
  if (isNative) rows.push(['memory', `text ${sizes.text}, rodata ${sizes.rodata}, BSS ${sizes.bss} bytes`]);
  return columns(rows, '');
}

function archFlagNames({ archNumber, archFlags }: MpyHeader): string {
  const known = Object.entries(archByMpyNumber(archNumber)?.archFlags ?? {});
  const names = known.filter(([, bit]) => (archFlags & bit) !== 0).map(([name]) => name);
  const hex = `0x${archFlags.toString(16)}`;
  return names.length === 0 ? hex : `${names.join(', ')} (${hex})`;
}

interface FunctionRow {
  readonly code: RawCode;
  readonly cells: string[];
}

/** One row for a function and those inside it: kind, name, size, details. */
function* functionRows(names: readonly string[], code: RawCode, depth: number): Generator<FunctionRow> {
  const indent = '  '.repeat(depth);
  const body = code.kind === 'bytecode' ? code.code : code.text;
  yield { code, cells: [`${indent}${code.kind}`, functionName(names, code), `${body.length} bytes`, details(code)] };
  for (const child of code.children) yield* functionRows(names, child, depth + 1);
}

function functionName(names: readonly string[], code: RawCode): string {
  if (code.kind === 'native') {
    return (code.scopeFlags & SCOPE_RELOCATIONS) !== 0 ? names[0]! : '(viper)';
  }
  if (code.kind === 'assembly') return `(${code.positionalArgs} arguments)`;
  return signature(names, code.prelude);
}

/**
 * `name(a, b, *, c)`; the names of `*` and `**` arguments are not in the file. Variables of an outer function are
 * passed as first arguments, which the compiler all names `*`.
 */
function signature(qstrs: readonly string[], prelude: Prelude): string {
  const [name, ...names] = prelude.names.map((index) => qstrs[index]!);
  const args = names.map((arg) => (arg === '*' ? '<cell>' : arg));
  if (name === '<module>' || prelude.names[0] === 0) return name!;
  const list = args.slice(0, prelude.positionalArgs);
  const keywordOnly = args.slice(prelude.positionalArgs);
  if ((prelude.scopeFlags & VAR_ARGS) !== 0 || keywordOnly.length > 0) list.push('*');
  list.push(...keywordOnly);
  if ((prelude.scopeFlags & VAR_KEYWORDS) !== 0) list.push('**');
  return `${name}(${shorten(list.join(', '))})`;
}

const GENERATOR = 1;
const VAR_KEYWORDS = 2;
const VAR_ARGS = 4;

function details(code: RawCode): string {
  if (code.kind === 'native') {
    return `entry text+0x0, rodata ${code.rodata.length}, BSS ${code.bssSize}, ${code.relocations.length} relocations`;
  }
  if (code.kind === 'assembly') return '';
  const { prelude } = code;
  const generator = (prelude.scopeFlags & GENERATOR) !== 0 ? ', generator' : '';
  return `stack ${prelude.stateSize}, exceptions ${prelude.exceptionStackSize}${generator}`;
}

function objectText(object: MpyObject): string {
  switch (object.kind) {
    case 'str':
      return quoteAlways(decoder.decode(object.bytes));
    case 'bytes':
      return `b${quoteAlways(String.fromCharCode(...object.bytes.subarray(0, SHOWN + 1)), /[^\x20-\x7e]|[\\']/g)}`;
    case 'int':
    case 'float':
    case 'complex':
      return shorten(quote(decoder.decode(object.bytes)));
    case 'tuple':
      return tupleText(object.items);
    default:
      return '';
  }
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

function tupleText(items: readonly MpyObject[]): string {
  let text = '';
  for (const item of items) {
    if (text.length > SHOWN) break;
    text += `${text === '' ? '' : ', '}${objectText(item) || item.kind}`;
  }
  return `(${shorten(text)}${items.length === 1 ? ',' : ''})`;
}

/** Text as it is when it is one word of plain characters, else in quotes with escapes. */
function quote(text: string): string {
  return /^[\x21\x23-\x26\x28-\x7e]+$/.test(text) ? shorten(text) : quoteAlways(text);
}

function quoteAlways(text: string, special = SPECIAL): string {
  const shown = text.slice(0, SHOWN).replaceAll(special, (c) => ESCAPES[c] ?? hexEscape(c));
  return `'${shown}${text.length > SHOWN ? '…' : ''}'`;
}

/** Quotes, and characters that would leave the line or not be seen. */
const SPECIAL = /[\\'\p{C}\p{Zl}\p{Zp}]/gu;

const ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\', "'": "\\'" };

function hexEscape(character: string): string {
  const code = character.codePointAt(0)!;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}

function shorten(text: string): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

/** Rows of cells as lines, each column as wide as its widest cell. */
function columns(rows: readonly (readonly string[])[], indent: string): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  }
  return rows.map((row) => `${indent}${row.map((cell, i) => cell.padEnd(widths[i]!)).join('  ')}`.trimEnd());
}
