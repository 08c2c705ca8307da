/** RISC-V, 32 and 64 bits, with compressed instructions. */

import { provideVariable } from '../errno.ts';
import type { FamilyRules } from '../types.ts';
import * as code from './code.ts';
import { R_RISCV } from './constants.ts';
import { rewriteRiscv } from './direct.ts';
import { convertObjects, findFarParts } from './members.ts';
import { outlineRules } from './outline.ts';
import { shortenPrologues } from './prologues.ts';
import { entryJump, types } from './relocate.ts';
import { provideSaveRestore } from './save-restore.ts';
import { riscvJumps } from './sites.ts';
import { readsTp } from './thread-pointer.ts';
import { loadAddresses } from './variables.ts';

const wordType = (wordSize: 4 | 8) => (wordSize === 8 ? R_RISCV[64] : R_RISCV[32]);

export const riscv: FamilyRules = {
  machine: 'EM_RISCV',
  types,
  addendBias: 0,
  wordType,
  idleSlotType: wordType,
  functionBit: 0,
  codeAlign: 2,
  entryJump,
  entryJumpBits: 32,
  farJump: (wordSize) => ({ code: (wordSize === 8 ? code.FAR_JUMP_64 : code.FAR_JUMP_32).code, wordOffset: 8 }),
  hasIdleStubs: true,
  returnZero: () => code.RETURN_ZERO.code,
  raise: ({ wordSize }) =>
    wordSize === 8
      ? { code: code.RAISE_64.code, type: 16, text: 24, raise: 32 }
      : { code: code.RAISE_32.code, type: 12, text: 16, raise: 20 },
  startCode: ({ wordSize }) => ({ code: (wordSize === 8 ? code.START_64 : code.START_32).code, table: 'behind' }),
  provide: (arch, name) => provideSaveRestore(arch, name) ?? provideVariable(name),
  threadPointerUse: readsTp,
  largestAlign: (_block, wordSize) => 4 * wordSize,
  variablesBesideCode: false,
  mustHoldData: true,
  conversion: { convert: convertObjects, findFar: findFarParts },
  loadAddresses,
  reachDirectly: rewriteRiscv,
  shortenPrologues,
  outline: ({ wordSize }) => outlineRules(wordSize === 8),
  jumps: riscvJumps,
};
