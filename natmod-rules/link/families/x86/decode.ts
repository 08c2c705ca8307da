/**
 * Where the instructions of 32-bit x86 code begin and end, and which of them lead to a place in the same code.
 * Document: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, chapter 2, and the opcode maps of
 * appendix A.
 */

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

/** What comes behind an opcode: ModRM, and bytes of a constant. 'z' is 4 bytes, 2 with the prefix 66. */
type Tail = '' | 'm' | '1' | 'z' | 'm1' | 'mz' | '2' | '4' | 'group';

/** The opcodes of each kind, as ranges of two digits each. What is in none is not understood. */
const ONE_BYTE: Readonly<Record<Tail, string>> = {
  '': '40-5f 90-99 9b-9f a4-a7 aa-af c3 c9 cc f4-f5 f8-fd',
  m: '00-03 08-0b 10-13 18-1b 20-23 28-2b 30-33 38-3b 84-8f d0-d3 d8-df fe-ff',
  1: '04 0c 14 1c 24 2c 34 3c 6a a8 b0-b7 cd 70-7f e0-e3 eb',
  z: '05 0d 15 1d 25 2d 35 3d 68 a9 b8-bf e8-e9',
  m1: '6b 80 83 c0-c1 c6',
  mz: '69 81 c7',
  2: 'c2',
  4: 'a0-a3',
  group: 'f6-f7',
};

/** Behind 0f. */
const TWO_BYTES: Partial<Readonly<Record<Tail, string>>> = {
  '': '0b 31 77 a2 c8-cf',
  m: '10-17 1e-1f 28-2f 40-6f 74-76 7c-7f 90-9f a3 a5 ab ad-b1 b3 b6-b8 bb-c1 c3 c7 d0-fe',
  z: '80-8f',
  m1: '70-73 a4 ac ba c2 c4-c6',
};

const PREFIXES: ReadonlySet<number> = new Set([0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0xf0, 0xf2, 0xf3]);
const MOST_PREFIXES = 4;

const KIND = kinds(ONE_BYTE);
const KIND_BEHIND_0F = kinds(TWO_BYTES);

function kinds(table: Partial<Readonly<Record<Tail, string>>>): ReadonlyMap<number, Tail> {
  const found = new Map<number, Tail>();
  for (const [tail, ranges] of Object.entries(table)) {
    for (const range of ranges.split(' ')) {
      const [first, last = first] = range.split('-').map((digits) => Number.parseInt(digits, 16));
      for (let opcode = first!; opcode <= last!; opcode++) found.set(opcode, tail as Tail);
    }
  }
  return found;
}

/** All instructions in order; undefined when one is of an unknown kind or goes on behind the end. */
export function decodeAll(code: Uint8Array): Instruction[] | undefined {
  const view = new DataView(code.buffer, code.byteOffset, code.length);
  const found: Instruction[] = [];
  for (let at = 0; at < code.length; ) {
    const one = decode(view, at);
    if (one === undefined) return undefined;
    found.push(one);
    at += one.size;
  }
  return found;
}

function decode(view: DataView, at: number): Instruction | undefined {
  const byte = (offset: number) => (offset < view.byteLength ? view.getUint8(offset) : -1);
  let next = at;
  while (PREFIXES.has(byte(next))) if (++next - at > MOST_PREFIXES) return undefined;
  const hasPrefix = next > at;
  let isShort = false;
  for (let i = at; i < next; i++) if (byte(i) === 0x66) isShort = true;
  const isTwoBytes = byte(next) === 0x0f;
  if (isTwoBytes) next++;
  const opcode = byte(next++);
  const tail = (isTwoBytes ? KIND_BEHIND_0F : KIND).get(opcode);
  if (tail === undefined) return undefined;
  const hasModRm = tail.startsWith('m') || tail === 'group';
  const modRm = hasModRm ? next : undefined;
  const address = hasModRm ? addressSize(byte(next), byte(next + 1)) : 0;
  const constant = constantSize(tail, opcode, byte(next), isShort ? 2 : 4);
  const end = next + address + constant;
  if (end > view.byteLength) return undefined;
  const flow = flowOf(opcode, isTwoBytes, byte(next));
  const isNear = flow === 'jump' || flow === 'branch' || (flow === 'call' && !hasModRm);
  if (!isNear) return { at, size: end - at, modRm, flow, target: undefined };
  // A prefix would change what the distance means, or hint at something.
  if (hasPrefix) return undefined;
  const distance = constant === 1 ? view.getInt8(end - 1) : view.getInt32(end - 4, true);
  return { at, size: end - at, modRm, flow, target: end + distance };
}

/** Bytes of ModRM and what belongs to it. */
function addressSize(modRm: number, sib: number): number {
  const [mod, rm] = [modRm >> 6, modRm & 7];
  if (mod === 3) return 1;
  const withSib = rm === 4 ? 2 : 1;
  if (mod === 1) return withSib + 1;
  const hasDistance = mod === 2 || (rm === 4 ? (sib & 7) === 5 : rm === 5);
  return hasDistance ? withSib + 4 : withSib;
}

function constantSize(tail: Tail, opcode: number, modRm: number, wide: number): number {
  if (tail === 'group') return (modRm & 0x38) > 8 ? 0 : opcode === 0xf6 ? 1 : wide;
  if (tail.endsWith('z')) return wide;
  return tail === '' || tail === 'm' ? 0 : Number(tail.slice(-1));
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
