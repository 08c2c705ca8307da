/**
 * Where the instructions of 32-bit x86 code begin and end, and which of them lead to a place in the same code.
 * Document: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, chapter 2, and the opcode maps of
 * appendix A.
 */

import { readX86 } from './length.ts';

export interface Instruction {
  /** Byte offset in the code. */
  readonly at: number;
  /** Bytes. */
  readonly size: number;
  /** Byte offset (in the code) of the byte that names registers and the form of an address. */
  readonly modRm: number | undefined;
  readonly flow: 'next' | 'call' | 'branch' | 'jump' | 'end';
  /** Where a distance in the instruction leads to, as a byte offset in the code; without regard to relocations. */
  readonly target: number | undefined;
}

/** Opcodes that are understood, as ranges of two digits each. */
const KNOWN = opcodes(
  '00-05 08-0d 10-15 18-1d 20-25 28-2d 30-35 38-3d 40-5f 68-6b 70-81 83-99 9b-c3 c6-c7 c9 cc-cd d0-d3 d8-e3 e8-e9 eb f4-ff',
);
/** Behind 0f. */
const KNOWN_BEHIND_0F = opcodes('0b 10-17 1e-1f 28-2f 31 40-77 7c-9f a2-a5 ab-b1 b3 b6-b8 ba-fe');

const ADDRESS_SIZE = 0x67;
const MOST_PREFIXES = 4;

function opcodes(ranges: string): ReadonlySet<number> {
  const found = new Set<number>();
  for (const range of ranges.split(' ')) {
    const [first, last = first] = range.split('-').map((digits) => Number.parseInt(digits, 16));
    for (let opcode = first!; opcode <= last!; opcode++) found.add(opcode);
  }
  return found;
}

/** All instructions in order; undefined when one is of an unknown kind or goes on behind the end. */
export function decodeAll(code: Uint8Array): Instruction[] | undefined {
  const found: Instruction[] = [];
  for (let at = 0; at < code.length; ) {
    const one = decode(code, at);
    if (one === undefined) return undefined;
    found.push(one);
    at += one.size;
  }
  return found;
}

function decode(code: Uint8Array, at: number): Instruction | undefined {
  const one = readX86(code, at, false);
  if (one === undefined || one.prefixes > MOST_PREFIXES) return undefined;
  const { size, prefixes, modrm: modRm } = one;
  if (code.subarray(at, at + prefixes).includes(ADDRESS_SIZE)) return undefined;
  // Of another encoding (VEX) the opcode is told as if 0f stood before it.
  const first = code[at + prefixes]!;
  const isTwoBytes = first === 0x0f;
  const opcode = isTwoBytes ? code[at + prefixes + 1]! : first;
  if (!(isTwoBytes ? KNOWN_BEHIND_0F : KNOWN).has(opcode)) return undefined;
  const flow = flowOf(opcode, isTwoBytes, modRm === undefined ? 0 : code[modRm]!);
  const isNear = flow === 'jump' || flow === 'branch' || (flow === 'call' && modRm === undefined);
  if (!isNear) return { at, size, modRm, flow, target: undefined };
  // A prefix would change what the distance means, or hint at something.
  if (prefixes > 0) return undefined;
  const end = at + size;
  const view = new DataView(code.buffer, code.byteOffset, code.length);
  const isShort = size === 2;
  return { at, size, modRm, flow, target: end + (isShort ? view.getInt8(end - 1) : view.getInt32(end - 4, true)) };
}

function flowOf(opcode: number, isTwoBytes: boolean, modRm: number): Instruction['flow'] {
  if (isTwoBytes) return (opcode & 0xf0) === 0x80 ? 'branch' : opcode === 0x0b ? 'end' : 'next';
  if ((opcode & 0xf0) === 0x70 || (opcode >= 0xe0 && opcode <= 0xe3)) return 'branch';
  if (opcode === 0xe8) return 'call';
  if (opcode === 0xe9 || opcode === 0xeb) return 'jump';
  if (opcode === 0xc3 || opcode === 0xc2 || opcode === 0xf4) return 'end';
  if (opcode !== 0xff) return 'next';
  const kind = (modRm >> 3) & 7;
  if (kind === 2) return 'call';
  return kind === 4 ? 'end' : 'next';
}
