/**
 * Distances in Thumb instructions: how far a branch goes, and how far away a literal lies. Each is read and written
 * here alone, for relocations and for code that is taken apart. A distance counts from 4 bytes behind the start of the
 * instruction; that of a literal from the word which that is in. Document: Armv7-M Architecture Reference Manual, A7.7
 * (`B`, `BL`, `CBNZ, CBZ`, `LDR (literal)`, `VLDR`).
 */
import { bits } from '../types.ts';

/** The half-words of an instruction; the second is 0 for one of 16 bits. */
export type Halfwords = readonly [first: number, second: number];

export interface DistanceField {
  /** Bytes of the instruction. */
  readonly width: 2 | 4;
  /** What it holds: from <= distance < to, in bytes. */
  readonly from: number;
  readonly to: number;
  /** Literals lie at such multiples. */
  readonly multiple?: number;
  read(code: Halfwords): number;
  /** The instruction with another distance, which must fit. */
  write(code: Halfwords, distance: number): Halfwords;
}

export function fits({ from, to, multiple = 1 }: DistanceField, distance: number): boolean {
  return distance >= from && distance < to && distance % multiple === 0;
}

export function halfwordsAt(view: DataView, at: number, width: 2 | 4): Halfwords {
  return [view.getUint16(at, true), width === 4 ? view.getUint16(at + 2, true) : 0];
}

/** `bl`, `blx` and `b.w`: S:I1:I2:imm10:imm11:0 with J = not(I xor S). */
export const FAR_BRANCH: DistanceField = {
  width: 4,
  from: -(2 ** 24),
  to: 2 ** 24,
  read([high, low]) {
    const sign = bits(high, 10, 10);
    const i1 = 1 ^ bits(low, 13, 13) ^ sign;
    const i2 = 1 ^ bits(low, 11, 11) ^ sign;
    const offset = (i1 << 23) | (i2 << 22) | (bits(high, 9, 0) << 12) | (bits(low, 10, 0) << 1);
    return sign === 0 ? offset : offset - 2 ** 24;
  },
  write([high, low], distance) {
    const sign = distance < 0 ? 1 : 0;
    const j1 = 1 ^ bits(distance, 23, 23) ^ sign;
    const j2 = 1 ^ bits(distance, 22, 22) ^ sign;
    const newHigh = (high & 0xf800) | (sign << 10) | bits(distance, 21, 12);
    return [newHigh, (low & 0xd000) | (j1 << 13) | (j2 << 11) | bits(distance, 11, 1)];
  },
};

/** `b<cond>.w`: S:J2:J1:imm6:imm11:0. */
export const FAR_CONDITION: DistanceField = {
  width: 4,
  from: -(2 ** 20),
  to: 2 ** 20,
  read([high, low]) {
    const offset =
      (bits(low, 11, 11) << 19) | (bits(low, 13, 13) << 18) | (bits(high, 5, 0) << 12) | (bits(low, 10, 0) << 1);
    return bits(high, 10, 10) === 0 ? offset : offset - 2 ** 20;
  },
  write([high, low], distance) {
    const newHigh = (high & 0xfbc0) | (bits(distance, 20, 20) << 10) | bits(distance, 17, 12);
    const j = (bits(distance, 18, 18) << 13) | (bits(distance, 19, 19) << 11);
    return [newHigh, (low & 0xd000) | j | bits(distance, 11, 1)];
  },
};

/** 16-bit branches: `width` bits of signed half-word count. */
function shortBranch(width: number): DistanceField {
  const mask = (1 << width) - 1;
  return {
    width: 2,
    from: -(2 ** width),
    to: 2 ** width,
    read: ([code]) => ((code & mask) << (32 - width)) >> (31 - width),
    write: ([code], distance) => [(code & ~mask) | ((distance >> 1) & mask), 0],
  };
}

/** `b`. */
export const SHORT_BRANCH = shortBranch(11);
/** `b<cond>`. */
export const SHORT_CONDITION = shortBranch(8);

/** `cbz`, `cbnz`: i:imm5:0, forward only. */
export const COMPARE_BRANCH: DistanceField = {
  width: 2,
  from: 0,
  to: 128,
  read: ([code]) => (bits(code, 9, 9) << 6) | (bits(code, 7, 3) << 1),
  write: ([code], distance) => [(code & 0xfd07) | (bits(distance, 6, 6) << 9) | (bits(distance, 5, 1) << 3), 0],
};

/** `ldr` of a literal, 16 bits: words on. */
export const NARROW_LOAD: DistanceField = {
  width: 2,
  from: 0,
  to: 1024,
  multiple: 4,
  read: ([code]) => bits(code, 7, 0) << 2,
  write: ([code], distance) => [(code & 0xff00) | (distance >> 2), 0],
};

/** 32-bit loads of literals: U says forward. @param shift of the distance in its field, @param mask of the field */
function wideLoad(shift: 0 | 2, mask: number): Pick<DistanceField, 'width' | 'read' | 'write'> {
  return {
    width: 4,
    read([high, low]) {
      const distance = (low & mask) << shift;
      return bits(high, 7, 7) === 0 ? -distance : distance;
    },
    write([high, low], distance) {
      return [(high & ~0x80) | (distance < 0 ? 0 : 0x80), (low & ~mask) | (Math.abs(distance) >> shift)];
    },
  };
}

/** `ldr` of a literal, 32 bits. */
export const WIDE_LOAD: DistanceField = { ...wideLoad(0, 0xfff), from: -4095, to: 4096 };
/** `vldr` of a literal. */
export const FLOAT_LOAD: DistanceField = { ...wideLoad(2, 0xff), from: -1020, to: 1021, multiple: 4 };

/** Where the literal of the instruction at a byte offset lies. */
export function literalAt(at: number, field: DistanceField, first: number, second = 0): number {
  return wordBehind(at) + field.read([first, second]);
}

/** What the distance of a literal counts from. */
export function wordBehind(at: number): number {
  return (at & ~3) + 4;
}
