/**
 * ARM Cortex-M, Thumb code. Bit 0 of a function's address says Thumb and is part of its symbol's value.
 * Position-independent code keeps distances in literal words beside the code: to the GOT (BASE_PREL), of a slot in it
 * (GOT_BREL, or GOT_PREL from the place itself). Calls and jumps are `bl` and `b.w` of +-16 MiB, whose offset bits J1
 * and J2 are stored exclusive-or'ed with the sign. Records are REL: the addend lies in the field. Document: ELF for the
 * Arm Architecture (IHI 0044), "Relocation".
 */

import {
  bits,
  halves,
  type Patch,
  type RelocationType,
  relocationTypes,
  type Site,
  signedFieldWithAddend,
} from '../types.ts';
import { LITERAL_SINGLE, R_ARM } from './constants.ts';
import {
  COMPARE_BRANCH,
  type DistanceField,
  FAR_BRANCH,
  FAR_CONDITION,
  FLOAT_LOAD,
  fits,
  type Halfwords,
  halfwordsAt,
  NARROW_LOAD,
  SHORT_BRANCH,
  SHORT_CONDITION,
  WIDE_LOAD,
} from './fields.ts';

const word = signedFieldWithAddend(4);

/** @param addend in the field, if it is not simply the distance there */
function distancePatch(field: DistanceField, addend: (raw: number) => number = (raw) => raw): Patch {
  const { width, from, to, multiple } = field;
  return {
    width,
    addend: (view, at) => addend(field.read(halfwordsAt(view, at, width))),
    write(site, value) {
      site.check(value, from, to, multiple);
      writeHalfwords(site, width, field.write(halfwordsAt(site.view, site.at, width), value));
    },
  };
}

function writeHalfwords({ view, at }: Site, width: 2 | 4, [first, second]: Halfwords): void {
  view.setUint16(at, first, true);
  if (width === 4) view.setUint16(at + 2, second, true);
}

function branch(field: DistanceField, addend?: (raw: number) => number): Patch {
  return { ...distancePatch(field, addend), branch: true };
}

/**
 * A field without a sign has its smallest distance from the place itself, -4, where its largest would be.
 * @param mask of the field
 */
const unsigned = (mask: number) => (raw: number) => ((raw + 4) & mask) - 4;

/** A literal load counts from the word that the next instruction but one is in. */
function load(field: DistanceField, addend?: (raw: number) => number): Patch {
  const patch = distancePatch(field, addend);
  return { ...patch, write: (site, value) => patch.write(site, value + (site.place & 2)) };
}

/** `movw`, `movt`: imm4:i:imm3:imm8, of the low or the high half of the value. */
function moveHalf(shift: 0 | 16): Patch {
  return {
    width: 4,
    addend(view, at) {
      const [high, low] = halfwordsAt(view, at, 4);
      const value = (bits(high, 3, 0) << 12) | (bits(high, 10, 10) << 11) | (bits(low, 14, 12) << 8) | bits(low, 7, 0);
      return (value << 16) >> 16;
    },
    write(site, value) {
      const [high, low] = halfwordsAt(site.view, site.at, 4);
      const half = value >> shift;
      const newHigh = (high & 0xfbf0) | bits(half, 15, 12) | (bits(half, 11, 11) << 10);
      writeHalfwords(site, 4, [newHigh, (low & 0x8f00) | (bits(half, 10, 8) << 12) | bits(half, 7, 0)]);
    },
  };
}

const ownTypes = relocationTypes('R_ARM_', R_ARM, {
  NONE: 'none',
  PC24: 'foreign-code',
  ABS32: ['word', word],
  REL32: ['pc', word],
  THM_CALL: ['pc', branch(FAR_BRANCH)],
  THM_PC8: ['pc', load(NARROW_LOAD, unsigned(0x3ff))],
  GOTOFF32: ['got-relative', word],
  BASE_PREL: ['got-base-pc', word],
  GOT_BREL: ['got', word],
  CALL: 'foreign-code',
  JUMP24: 'foreign-code',
  THM_JUMP24: ['pc', branch(FAR_BRANCH)],
  TARGET1: ['word', word],
  V4BX: 'none',
  MOVW_ABS_NC: 'foreign-code',
  MOVT_ABS: 'foreign-code',
  THM_MOVW_ABS_NC: 'absolute-code',
  THM_MOVT_ABS: 'absolute-code',
  THM_MOVW_PREL_NC: ['pc', moveHalf(0)],
  THM_MOVT_PREL: ['pc', moveHalf(16)],
  THM_JUMP19: ['pc', branch(FAR_CONDITION)],
  THM_JUMP6: ['pc', branch(COMPARE_BRANCH, unsigned(0x7e))],
  THM_PC12: ['pc', load(WIDE_LOAD)],
  GOT_PREL: ['got-pc', word],
  THM_JUMP11: ['pc', branch(SHORT_BRANCH)],
  THM_JUMP8: ['pc', branch(SHORT_CONDITION)],
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

const floatLoad = load(FLOAT_LOAD);

export const types: ReadonlyMap<number, RelocationType> = new Map([
  ...ownTypes,
  // Code that is put together again has the old distance in its field, and the addend in the record.
  [
    LITERAL_SINGLE,
    { ...floatLoad, addend: undefined, name: 'vldr of a literal', expression: 'pc', patch: floatLoad.write },
  ],
]);

/** `b`; too far for that, `b.w`, or on Thumb-1 (which has no far jump) push {r0, lr}; bl; pop {r0, pc}. */
export function entryJump(target: number, thumb1: boolean): Uint8Array {
  const offset = target - 4;
  if (fits(SHORT_BRANCH, offset)) return halves(SHORT_BRANCH.write([0xe000, 0], offset)[0]);
  if (!thumb1) return halves(...FAR_BRANCH.write([0xf000, 0x9000], offset));
  return halves(0xb501, ...FAR_BRANCH.write([0xf000, 0xd000], offset - 2), 0xbd01);
}
