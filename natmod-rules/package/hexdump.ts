import { qstrText } from './qstrs.ts';
import type { MpyFile, MpyObject, RawCode } from './types.ts';

const ROW = 16;
/** Longest name of a piece that is shown, in characters. */
const SHOWN = 24;

interface Piece {
  /** Byte in the file where it starts. */
  readonly offset: number;
  readonly name: string;
}

/**
 * The bytes of a .mpy file in rows of 16: offset, hexadecimal, ASCII, and which pieces (header, strings, constants,
 * functions) start in the row. `mpy` must be what `readMpy` made of these very `bytes`, because its parts are found by
 * where they lie in them.
 */
export function hexdumpMpy(bytes: Uint8Array, mpy: MpyFile): string {
  const pieces = piecesOf(bytes, mpy).sort((a, b) => a.offset - b.offset);
  const lines: string[] = [];
  let next = 0;
  for (let at = 0; at < bytes.length; at += ROW) {
    const names: string[] = [];
    while (next < pieces.length && pieces[next]!.offset < at + ROW) names.push(pieces[next++]!.name);
    lines.push(`${rowText(bytes.subarray(at, at + ROW), at)}  ${names.join(', ')}`.trimEnd());
  }
  return lines.join('\n');
}

function rowText(row: Uint8Array, offset: number): string {
  const digits = Buffer.from(row)
    .toString('hex')
    .replaceAll(/(.{4})(?=.)/g, '$1 ');
  const characters = Array.from(row, (b) => (b >= 0x20 && b < 0x7f ? String.fromCharCode(b) : '.')).join('');
  return `${offset.toString(16).padStart(8, '0')}: ${digits.padEnd(39)}  ${characters.padEnd(ROW)}`;
}

function piecesOf(bytes: Uint8Array, mpy: MpyFile): Piece[] {
  const pieces: Piece[] = [{ offset: 0, name: 'header' }];
  const add = (part: Uint8Array, name: string) => {
    if (part.buffer !== bytes.buffer || part.length === 0) return;
    pieces.push({ offset: part.byteOffset - bytes.byteOffset, name });
  };
  mpy.qstrs.forEach((qstr, i) => {
    if ('bytes' in qstr) add(qstr.bytes, `qstr ${i} ${shorten(qstrText(qstr))}`);
  });
  mpy.objects.forEach((object, i) => {
    addObject(object, `object ${i} ${object.kind}`, add);
  });
  addCode(mpy, mpy.root, add);
  return pieces;
}

type Add = (part: Uint8Array, name: string) => void;

function addObject(object: MpyObject, name: string, add: Add): void {
  if (object.kind === 'tuple') for (const item of object.items) addObject(item, `${name} ${item.kind}`, add);
  else if ('bytes' in object) add(object.bytes, name);
}

function addCode(mpy: MpyFile, code: RawCode, add: Add): void {
  if (code.kind === 'bytecode') add(code.code, `bytecode of ${nameOf(mpy, code.prelude.names[0]!)}`);
  else
    add(code.text, code.kind === 'native-python' ? `code of ${nameOf(mpy, code.prelude.names[0]!)}` : 'machine code');
  if (code.kind === 'native') add(code.rodata, 'rodata');
  for (const child of code.children) addCode(mpy, child, add);
}

function nameOf(mpy: MpyFile, index: number): string {
  return shorten(qstrText(mpy.qstrs[index]!));
}

function shorten(text: string): string {
  const plain = text.replaceAll(/[\p{C}\p{Z}]/gu, '.');
  return plain.length > SHOWN ? `${plain.slice(0, SHOWN)}…` : plain;
}
