/** ARM Cortex-M. */

import { findCode } from '../find-code.ts';
import type { FamilyRules } from '../types.ts';
import { FAR_JUMP, RAISE, RETURN_ZERO, START } from './code.ts';
import { R_ARM } from './constants.ts';
import { provideForArm, shorterForArm } from './provided.ts';
import { rebuildThumb } from './rebuild.ts';
import { entryJump, types } from './relocate.ts';

/** mrc p15, 0, Rt, c13, c0, 3 (or 2). */
const READ_CP15 = /\x1d\xee[\x50\x70][\x0f\x1f\x2f\x3f\x4f\x5f\x6f\x7f\x8f\x9f\xaf\xbf\xcf\xdf\xef]/gs;

export const arm: FamilyRules = {
  machine: 'EM_ARM',
  types,
  addendBias: Number.NaN,
  wordType: () => R_ARM.ABS32,
  functionBit: 1,
  codeAlign: 2,
  entryJump,
  entryJumpBits: 22,
  farJump: () => ({ code: FAR_JUMP.code, wordOffset: 4 }),
  hasIdleStubs: true,
  returnZero: () => RETURN_ZERO.code,
  startCode: () => ({ code: START.code, table: 'behind' }),
  raise: () => ({ code: RAISE.code, type: 8, text: 12, raise: 16 }),
  provide: provideForArm,
  shorterRoutines: shorterForArm,
  threadPointerUse: (chunk) => findCode(chunk, READ_CP15, 2),
  largestAlign: (_block, wordSize) => 4 * wordSize,
  variablesBesideCode: false,
  mustHoldData: true,
  rebuildCode: rebuildThumb,
};
