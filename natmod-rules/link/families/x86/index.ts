/** x86 with 32 and with 64 bits. */

import type { BlockName } from '../../model/model.ts';
import { getErrno } from '../errno.ts';
import { findCode } from '../find-code.ts';
import type { FamilyRules } from '../types.ts';
import * as code from './code.ts';
import { R_386, R_X86_64 } from './constants.ts';
import { rewriteX64, rewriteX86 } from './direct.ts';
import { shareGotBase } from './got-base.ts';
import { types as typesX64 } from './relocate-x64.ts';
import { entryJump, types as typesX86 } from './relocate-x86.ts';

import { THREAD_POINTER_X64, THREAD_POINTER_X86 } from './thread-pointer.ts';

const both = {
  functionBit: 0 as const,
  codeAlign: 1 as const,
  entryJump,
  entryJumpBits: 32,
  hasIdleStubs: true,
  returnZero: () => code.RETURN_ZERO.code,
  // Compilers ask for 32 by themselves where an array is large, and only to be fast; the text gets a page of its own.
  largestAlign: (block: BlockName) => (block === 'text' ? 4096 : 32),
  variablesBesideCode: true,
  // These modules run on ports that list such blocks themselves.
  mustHoldData: false,
};

export const x86: FamilyRules = {
  ...both,
  machine: 'EM_386',
  types: typesX86,
  addendBias: 0,
  wordType: () => R_386[32],
  idleSlotType: () => R_386.PC32,
  farJump: () => ({ code: code.FAR_JUMP_X86.code, wordOffset: 4 }),
  provide: (_arch, name) => (name === '__errno_location' ? getErrno(name, code.ERRNO_X86, 4) : undefined),
  raise: () => ({ code: code.RAISE_X86.code, text: 4, type: 12, raise: 20 }),
  startCode: () => ({ code: code.START_X86.code, table: 'behind' }),
  threadPointerUse: (chunk) => findCode(chunk, THREAD_POINTER_X86),
  reachDirectly: rewriteX86,
  shareGotBase,
};

export const x64: FamilyRules = {
  ...both,
  machine: 'EM_X86_64',
  types: typesX64,
  addendBias: 4,
  wordType: () => R_X86_64[64],
  farJump: () => ({ code: code.FAR_JUMP_X64.code, wordOffset: 8 }),
  provide: (_arch, name) => (name === '__errno_location' ? getErrno(name, code.ERRNO_X64, 8) : undefined),
  raise: () => ({ code: code.RAISE_X64.code, type: 24, text: 32, raise: 40 }),
  startCode: () => ({ code: code.START_X64.code, table: 'behind' }),
  threadPointerUse: (chunk) => findCode(chunk, THREAD_POINTER_X64),
  reachDirectly: rewriteX64,
};
