/**
 * ARM Cortex-M, Thumb code. Bit 0 of a function's address says Thumb and is part of its symbol's value. Position-independent
 * code keeps distances in literal words beside the code: to the GOT (BASE_PREL), of a slot in it (GOT_BREL, or GOT_PREL from the
 * place itself). Calls and jumps are `bl` and `b.w` of +-16 MiB, whose offset bits J1 and J2 are stored exclusive-or'ed with the
 * sign. Records are REL: the addend lies in the field.
 * Document: ELF for the Arm Architecture (IHI 0044), "Relocation".
 */

import {
  bits,
  halves,
  isInt,
  type Patch,
  type RelocationType,
  relocationTypes,
  type Site,
  signedFieldWithAddend,
} from '../types.ts';
import { LITERAL_SINGLE, R_ARM } from './constants.ts';

const word = signedFieldWithAddend(4);

/** Both halves of an instruction of 32 bits. */
function halfwords(view: DataView, at: number): [number, number] {
  return [view.getUint16(at, true), view.getUint16(at + 2, true)];
}

function writeHalfwords(site: Site, high: number, low: number): void {
  site.view.setUint16(site.at, high, true);
  site.view.setUint16(site.at + 2, low, true);
}

/** `bl`, `blx` and `b.w`: S:I1:I2:imm10:imm11:0 with J = not(I xor S). */
const branch24: Patch = {
  width: 4,
  branch: true,
  addend(view, at) {
    const [high, low] = halfwords(view, at);
    const sign = bits(high, 10, 10);
    const i1 = 1 ^ bits(low, 13, 13) ^ sign;
    const i2 = 1 ^ bits(low, 11, 11) ^ sign;
    const offset = (i1 << 23) | (i2 << 22) | (bits(high, 9, 0) << 12) | (bits(low, 10, 0) << 1);
    return sign === 0 ? offset : offset - 2 ** 24;
  },
  write(site, value) {
    site.check(value, -(2 ** 24), 2 ** 24);
    const [high, low] = halfwords(site.view, site.at);
    const sign = value < 0 ? 1 : 0;
    const j1 = 1 ^ bits(value, 23, 23) ^ sign;
    const j2 = 1 ^ bits(value, 22, 22) ^ sign;
    const newHigh = (high & 0xf800) | (sign << 10) | bits(value, 21, 12);
    writeHalfwords(site, newHigh, (low & 0xd000) | (j1 << 13) | (j2 << 11) | bits(value, 11, 1));
  },
};

/** `b<cond>.w`: S:J2:J1:imm6:imm11:0. */
const branch19: Patch = {
  width: 4,
  branch: true,
  addend(view, at) {
    const [high, low] = halfwords(view, at);
    const offset =
      (bits(low, 11, 11) << 19) | (bits(low, 13, 13) << 18) | (bits(high, 5, 0) << 12) | (bits(low, 10, 0) << 1);
    return bits(high, 10, 10) === 0 ? offset : offset - 2 ** 20;
  },
  write(site, value) {
    site.check(value, -(2 ** 20), 2 ** 20);
    const [high, low] = halfwords(site.view, site.at);
    const newHigh = (high & 0xfbc0) | (bits(value, 20, 20) << 10) | bits(value, 17, 12);
    writeHalfwords(
      site,
      newHigh,
      (low & 0xd000) | (bits(value, 18, 18) << 13) | (bits(value, 19, 19) << 11) | bits(value, 11, 1),
    );
  },
};

/** 16-bit branches: `width` bits of signed half-word count. */
function shortBranch(width: number): Patch {
  const mask = (1 << width) - 1;
  return {
    width: 2,
    branch: true,
    addend: (view, at) => ((view.getUint16(at, true) & mask) << (32 - width)) >> (31 - width),
    write(site, value) {
      site.check(value, -(2 ** width), 2 ** width);
      site.view.setUint16(site.at, (site.view.getUint16(site.at, true) & ~mask) | ((value >> 1) & mask), true);
    },
  };
}

/** `cbz`, `cbnz`: i:imm5:0, forward only. */
const compareBranch: Patch = {
  width: 2,
  branch: true,
  addend(view, at) {
    const code = view.getUint16(at, true);
    // The field has no sign, yet a distance from the program counter starts at -4.
    return ((((bits(code, 9, 9) << 6) | (bits(code, 7, 3) << 1)) + 4) & 0x7e) - 4;
  },
  write(site, value) {
    site.check(value, 0, 128);
    const code = site.view.getUint16(site.at, true) & 0xfd07;
    site.view.setUint16(site.at, code | (bits(value, 6, 6) << 9) | (bits(value, 5, 1) << 3), true);
  },
};

/** What a literal load counts from: the next word but one. */
function fromWord({ place }: Site, value: number): number {
  return value + (place & 2);
}

/** `ldr` of a literal, 16 bits: words on. */
const loadNarrow: Patch = {
  width: 2,
  // Like `cbz`: the field has no sign, and a distance starts at -4.
  addend: (view, at) => (((view.getUint8(at) << 2) + 4) & 0x3ff) - 4,
  write(site, value) {
    const distance = fromWord(site, value);
    site.check(distance, 0, 1024, 4);
    site.view.setUint8(site.at, distance >> 2);
  },
};

/** `ldr` of a literal, 32 bits: U and imm12. */
const loadWide: Patch = {
  width: 4,
  addend(view, at) {
    const [high, low] = halfwords(view, at);
    return bits(high, 7, 7) === 0 ? -bits(low, 11, 0) : bits(low, 11, 0);
  },
  write(site, value) {
    const distance = fromWord(site, value);
    site.check(distance, -4095, 4096);
    const [high, low] = halfwords(site.view, site.at);
    writeHalfwords(site, (high & ~0x80) | (distance < 0 ? 0 : 0x80), (low & 0xf000) | Math.abs(distance));
  },
};

/** `vldr` of a literal: U, and imm8 words. */
const loadSingle: Patch = {
  width: 4,
  write(site, value) {
    const distance = fromWord(site, value);
    site.check(distance, -1020, 1021, 4);
    const [high, low] = halfwords(site.view, site.at);
    writeHalfwords(site, (high & ~0x80) | (distance < 0 ? 0 : 0x80), (low & 0xff00) | (Math.abs(distance) >> 2));
  },
};

/** `movw`, `movt`: imm4:i:imm3:imm8, of the low or the high half of the value. */
function moveHalf(shift: 0 | 16): Patch {
  return {
    width: 4,
    addend(view, at) {
      const [high, low] = halfwords(view, at);
      const value = (bits(high, 3, 0) << 12) | (bits(high, 10, 10) << 11) | (bits(low, 14, 12) << 8) | bits(low, 7, 0);
      return (value << 16) >> 16;
    },
    write(site, value) {
      const [high, low] = halfwords(site.view, site.at);
      const half = value >> shift;
      const newHigh = (high & 0xfbf0) | bits(half, 15, 12) | (bits(half, 11, 11) << 10);
      writeHalfwords(site, newHigh, (low & 0x8f00) | (bits(half, 10, 8) << 12) | bits(half, 7, 0));
    },
  };
}

const ownTypes = relocationTypes('R_ARM_', R_ARM, {
  NONE: 'none',
  PC24: 'foreign-code',
  ABS32: ['word', word],
  REL32: ['pc', word],
  THM_CALL: ['pc', branch24],
  THM_PC8: ['pc', loadNarrow],
  GOTOFF32: ['got-relative', word],
  BASE_PREL: ['got-base-pc', word],
  GOT_BREL: ['got', word],
  CALL: 'foreign-code',
  JUMP24: 'foreign-code',
  THM_JUMP24: ['pc', branch24],
  TARGET1: ['word', word],
  V4BX: 'none',
  MOVW_ABS_NC: 'foreign-code',
  MOVT_ABS: 'foreign-code',
  THM_MOVW_ABS_NC: 'absolute-code',
  THM_MOVT_ABS: 'absolute-code',
  THM_MOVW_PREL_NC: ['pc', moveHalf(0)],
  THM_MOVT_PREL: ['pc', moveHalf(16)],
  THM_JUMP19: ['pc', branch19],
  THM_JUMP6: ['pc', compareBranch],
  THM_PC12: ['pc', loadWide],
  GOT_PREL: ['got-pc', word],
  THM_JUMP11: ['pc', shortBranch(11)],
  THM_JUMP8: ['pc', shortBranch(8)],
  TLS_GD32: 'thread-local',
  TLS_LDM32: 'thread-local',
  TLS_LDO32: 'thread-local',
  TLS_IE32: 'thread-local',
  TLS_LE32: 'thread-local',
  THM_ALU_ABS_G0_NC: 'absolute-code',
  THM_ALU_ABS_G1_NC: 'absolute-code',
  THM_ALU_ABS_G2_NC: 'absolute-code',
  THM_ALU_ABS_G3: 'absolute-code',
});

export const types: ReadonlyMap<number, RelocationType> = new Map([
  ...ownTypes,
  [LITERAL_SINGLE, { ...loadSingle, name: 'vldr of a literal', expression: 'pc', patch: loadSingle.write }],
]);

/** `b`; too far for that, `b.w`, or on Thumb-1 (which has no far jump) push {r0, lr}; bl; pop {r0, pc}. */
export function entryJump(target: number, thumb1: boolean): Uint8Array {
  const offset = target - 4;
  if (isInt(12, offset)) return halves(0xe000 | bits(offset, 11, 1));
  if (!thumb1) return halves(0xf000 | bits(offset, 21, 12), 0xb800 | bits(offset, 11, 1));
  const call = offset - 2;
  return halves(0xb501, 0xf000 | bits(call, 21, 12), 0xf800 | bits(call, 11, 1), 0xbd01);
}
