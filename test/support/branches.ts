/** Instructions with a distance in them: how far each reaches, and where it leads, read as the CPU reads it. */
import type { ArchName } from '../../natmod-rules/arch/index.ts';

export interface Branch {
  readonly name: string;
  readonly arch: ArchName;
  /** Relocation type. */
  readonly type: number;
  /** As the assembler leaves it. */
  readonly code: readonly number[];
  readonly addend?: number;
  /** Bounds (inclusive) and step of target minus place, in bytes, for an instruction at a multiple of 4. */
  readonly lo: number;
  readonly hi: number;
  readonly step: number;
  /** Target minus place. */
  distance(view: DataView, at: number): number;
}

function signed(value: number, bits: number): number {
  return (value << (32 - bits)) >> (32 - bits);
}

function u24(view: DataView, at: number): number {
  return view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
}

function thumb25(view: DataView, at: number): number {
  const [high, low] = [view.getUint16(at, true), view.getUint16(at + 2, true)];
  const s = (high >> 10) & 1;
  const i1 = ((low >> 13) & 1) === s ? 1 : 0;
  const i2 = ((low >> 11) & 1) === s ? 1 : 0;
  return 4 - s * 2 ** 24 + i1 * 2 ** 23 + i2 * 2 ** 22 + (high & 0x3ff) * 4096 + (low & 0x7ff) * 2;
}

function thumb21(view: DataView, at: number): number {
  const [high, low] = [view.getUint16(at, true), view.getUint16(at + 2, true)];
  const s = (high >> 10) & 1;
  const j1 = (low >> 13) & 1;
  const j2 = (low >> 11) & 1;
  return 4 - s * 2 ** 20 + j2 * 2 ** 19 + j1 * 2 ** 18 + (high & 0x3f) * 4096 + (low & 0x7ff) * 2;
}

const riscvB = (view: DataView, at: number) => {
  const c = view.getUint32(at, true);
  const part = (from: number, count: number, to: number) => ((c >>> from) & ((1 << count) - 1)) << to;
  return signed(part(8, 4, 1) | part(25, 6, 5) | part(7, 1, 11) | part(31, 1, 12), 13);
};

const riscvJ = (view: DataView, at: number) => {
  const c = view.getUint32(at, true);
  const part = (from: number, count: number, to: number) => ((c >>> from) & ((1 << count) - 1)) << to;
  return signed(part(21, 10, 1) | part(20, 1, 11) | part(12, 8, 12) | part(31, 1, 20), 21);
};

const riscvCb = (view: DataView, at: number) => {
  const c = view.getUint16(at, true);
  const part = (from: number, count: number, to: number) => ((c >>> from) & ((1 << count) - 1)) << to;
  return signed(part(3, 2, 1) | part(10, 2, 3) | part(2, 1, 5) | part(5, 2, 6) | part(12, 1, 8), 9);
};

const riscvCj = (view: DataView, at: number) => {
  const c = view.getUint16(at, true);
  const bit = (from: number, to: number) => ((c >> from) & 1) << to;
  const low = bit(3, 1) | bit(4, 2) | bit(5, 3) | bit(11, 4) | bit(2, 5) | bit(7, 6) | bit(6, 7);
  return signed(low | bit(9, 8) | bit(10, 9) | bit(8, 10) | bit(12, 11), 12);
};

const auipcPair = (view: DataView, at: number) =>
  (view.getUint32(at, true) & 0xfffff000) + (view.getInt32(at + 4, true) >> 20);

const M = 2 ** 20;
/** Beyond the reach that some linkers believe in; that of the instruction is beyond what a module may be long. */
export const FAR = 5 * M;

const THUMB: readonly Omit<Branch, 'arch'>[] = [
  { name: 'bl', type: 10, code: [0xff, 0xf7, 0xfe, 0xff], lo: -FAR, hi: FAR, step: 2, distance: thumb25 },
];

const THUMB2: readonly Omit<Branch, 'arch'>[] = [
  { name: 'b.w', type: 30, code: [0xff, 0xf7, 0xfe, 0xbf], lo: -FAR, hi: FAR, step: 2, distance: thumb25 },
  { name: 'beq.w', type: 51, code: [0x3f, 0xf4, 0xfe, 0xaf], lo: 4 - M, hi: M + 2, step: 2, distance: thumb21 },
  {
    name: 'cbz',
    type: 52,
    code: [0xf0, 0xb3],
    lo: 4,
    hi: 130,
    step: 2,
    distance: (v, at) => 4 + ((v.getUint16(at, true) >> 3) & 0x40) + ((v.getUint16(at, true) >> 2) & 0x3e),
  },
  {
    name: 'b',
    type: 102,
    code: [0xfe, 0xe7],
    lo: 4 - 2048,
    hi: 4 + 2046,
    step: 2,
    distance: (v, at) => 4 + 2 * signed(v.getUint16(at, true), 11),
  },
  {
    name: 'beq',
    type: 103,
    code: [0xfe, 0xd0],
    lo: 4 - 256,
    hi: 4 + 254,
    step: 2,
    distance: (v, at) => 4 + 2 * signed(v.getUint16(at, true), 8),
  },
];

const RISCV: readonly Omit<Branch, 'arch'>[] = [
  { name: 'beq', type: 16, code: [0x63, 0x00, 0xb5, 0x00], lo: -4096, hi: 4094, step: 2, distance: riscvB },
  { name: 'jal', type: 17, code: [0xef, 0, 0, 0], lo: -M, hi: M - 2, step: 2, distance: riscvJ },
  { name: 'call', type: 18, code: [0x97, 0, 0, 0, 0xe7, 0x80, 0, 0], lo: -FAR, hi: FAR, step: 2, distance: auipcPair },
  { name: 'c.beqz', type: 44, code: [0x01, 0xc1], lo: -256, hi: 254, step: 2, distance: riscvCb },
  { name: 'c.j', type: 45, code: [0x01, 0xa0], lo: -2048, hi: 2046, step: 2, distance: riscvCj },
];

const XTENSA: readonly Omit<Branch, 'arch'>[] = [
  {
    name: 'j',
    type: 20,
    code: [0x06, 0, 0],
    lo: 4 - 0x20000,
    hi: 4 + 0x1ffff,
    step: 1,
    distance: (v, at) => 4 + signed(u24(v, at) >> 6, 18),
  },
  {
    name: 'call0',
    type: 20,
    code: [0x05, 0, 0],
    lo: 4 - 0x80000,
    hi: 0x80000,
    step: 4,
    distance: (v, at) => 4 + 4 * signed(u24(v, at) >> 6, 18),
  },
  {
    name: 'l32r',
    type: 20,
    code: [0x21, 0, 0],
    lo: -0x40000,
    hi: -4,
    step: 4,
    distance: (v, at) => 4 * (u24(v, at) >> 8) - 0x40000,
  },
  {
    name: 'beqz',
    type: 20,
    code: [0x16, 0x02, 0],
    lo: 4 - 0x800,
    hi: 4 + 0x7ff,
    step: 1,
    distance: (v, at) => 4 + signed(u24(v, at) >> 12, 12),
  },
  {
    name: 'beq',
    type: 20,
    code: [0x37, 0x12, 0],
    lo: 4 - 128,
    hi: 4 + 127,
    step: 1,
    distance: (v, at) => 4 + signed(v.getUint8(at + 2), 8),
  },
  {
    name: 'beqi',
    type: 20,
    code: [0x26, 0x12, 0],
    lo: 4 - 128,
    hi: 4 + 127,
    step: 1,
    distance: (v, at) => 4 + signed(v.getUint8(at + 2), 8),
  },
  {
    name: 'beqz.n',
    type: 20,
    code: [0x8c, 0x02],
    lo: 4,
    hi: 4 + 63,
    step: 1,
    distance: (v, at) => 4 + ((v.getUint8(at) & 0x30) | (v.getUint8(at + 1) >> 4)),
  },
];

const WINDOWED: readonly Omit<Branch, 'arch'>[] = [
  {
    name: 'call8',
    type: 20,
    code: [0x25, 0, 0],
    lo: 4 - 0x80000,
    hi: 0x80000,
    step: 4,
    distance: (v, at) => 4 + 4 * signed(u24(v, at) >> 6, 18),
  },
  {
    name: 'loop',
    type: 20,
    code: [0x76, 0x82, 0],
    lo: 4,
    hi: 4 + 255,
    step: 1,
    distance: (v, at) => 4 + v.getUint8(at + 2),
  },
];

const PC8 = { name: 'jmp short', lo: 1 - 128, hi: 1 + 127, step: 1 };
const rel8 = (view: DataView, at: number) => 1 + view.getInt8(at);
const rel32 = (view: DataView, at: number) => 4 + view.getInt32(at, true);

export const BRANCHES: readonly Branch[] = [
  ...THUMB.flatMap((b) => (['armv6m', 'armv7m'] as const).map((arch) => ({ ...b, arch }))),
  ...THUMB2.map((b) => ({ ...b, arch: 'armv7m' as const })),
  ...RISCV.flatMap((b) => (['rv32imc', 'rv64imc'] as const).map((arch) => ({ ...b, arch }))),
  ...XTENSA.flatMap((b) => (['xtensa', 'xtensawin'] as const).map((arch) => ({ ...b, arch }))),
  ...WINDOWED.map((b) => ({ ...b, arch: 'xtensawin' as const })),
  { ...PC8, arch: 'x64', type: 15, code: [0], addend: -1, distance: rel8 },
  { ...PC8, arch: 'x86', type: 23, code: [0xff], distance: rel8 },
  { name: 'call', arch: 'x64', type: 4, code: [0, 0, 0, 0], addend: -4, lo: -FAR, hi: FAR, step: 1, distance: rel32 },
  { name: 'call', arch: 'x86', type: 4, code: [0xfc, 0xff, 0xff, 0xff], lo: -FAR, hi: FAR, step: 1, distance: rel32 },
];
