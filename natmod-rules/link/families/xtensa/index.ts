/** Xtensa: the lx106 with the call0 ABI, and cores with register windows. */

import { provideVariable } from '../errno.ts';
import type { FamilyRules } from '../types.ts';
import { FAR_JUMP, RAISE, RAISE_WINDOWED, RETURN_ZERO, RETURN_ZERO_WINDOWED } from './code.ts';
import { R_XTENSA } from './constants.ts';
import { buildLiterals } from './literals.ts';
import { outlineRules } from './outline.ts';
import { packCode } from './pack.ts';
import { entryJump, types } from './relocate.ts';
import { startCode } from './start.ts';
import { readsThreadPointer } from './thread-pointer.ts';

export const xtensa: FamilyRules = {
  machine: 'EM_XTENSA',
  types,
  addendBias: 0,
  wordType: () => R_XTENSA[32],
  functionBit: 0,
  codeAlign: 1,
  entryJump,
  entryJumpBits: 18,
  farJump: () => ({ code: FAR_JUMP.code, wordOffset: 0, entry: 4 }),
  hasIdleStubs: false,
  returnZero: ({ isWindowed }) => (isWindowed ? RETURN_ZERO_WINDOWED : RETURN_ZERO).code,
  raise: ({ isWindowed }) => ({ code: (isWindowed ? RAISE_WINDOWED : RAISE).code, type: 4, text: 8, raise: 12 }),
  startCode,
  provide: (_arch, name) => provideVariable(name),
  threadPointerUse: readsThreadPointer,
  largestAlign: (_block, wordSize) => 4 * wordSize,
  variablesBesideCode: false,
  // The ports for Xtensa list such blocks themselves.
  mustHoldData: false,
  buildLiterals,
  packCode,
  // Code for register windows calls in another way.
  outline: ({ isWindowed }) => (isWindowed ? undefined : outlineRules),
};
