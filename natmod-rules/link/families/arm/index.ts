/** ARM Cortex-M. */
import type { FamilyRules } from '../types.ts';
import { FAR_JUMP, RETURN_ZERO, START } from './code.ts';
import { provideForArm } from './provided.ts';
import { entryJump, types } from './relocate.ts';

const R_ARM_ABS32 = 2;

export const arm: FamilyRules = {
  machine: 'EM_ARM',
  types,
  addendBias: Number.NaN,
  wordType: () => R_ARM_ABS32,
  functionBit: 1,
  codeAlign: 2,
  entryJump,
  entryJumpBits: 22,
  farJump: () => ({ code: FAR_JUMP.code, wordOffset: 4 }),
  hasIdleStubs: true,
  returnZero: () => RETURN_ZERO.code,
  startCode: () => ({ code: START.code, table: 'behind' }),
  provide: provideForArm,
  largestAlign: (_block, wordSize) => 4 * wordSize,
  variablesBesideCode: false,
  mustHoldData: true,
};
