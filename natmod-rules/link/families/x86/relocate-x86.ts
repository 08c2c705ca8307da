/**
 * 32-bit x86. Code has no way to name its own address, so position-independent functions first fetch it through a
 * program counter thunk, add the distance to the GOT (GOTPC), and reach the rest from there: read-only data at a fixed
 * distance (GOTOFF), everything global through a slot (GOT32). Records are REL: the addend lies in the field.
 * Document: System V ABI, Intel386 Architecture Processor Supplement.
 */

import { bytes, isInt, type Patch, relocationTypes, signedFieldWithAddend } from '../types.ts';
import { R_386 } from './constants.ts';

const word = signedFieldWithAddend(4);
/** No other instruction of this CPU is relative to itself. */
const call = { ...word, branch: true };

/** A slot's offset in the GOT is of use only to instructions that add it to the GOT's address. */
const withBase: Patch = {
  ...word,
  write(site, value) {
    const modRm = site.at > 0 ? site.view.getUint8(site.at - 1) : 0;
    // Without a base register (or with the short form for %eax): code of -fno-pic, which takes the slot's address for
    // known.
    if ((modRm & 0xc7) === 5 || modRm === 0xa1) site.absolute();
    word.write(site, value);
  },
};

export const types = relocationTypes('R_386_', R_386, {
  NONE: 'none',
  32: ['word', word],
  PC32: ['pc', call],
  GOT32: ['got', word],
  PLT32: ['pc', call],
  GOTOFF: ['got-relative', word],
  GOTPC: ['got-base-pc', word],
  TLS_TPOFF: 'thread-local',
  TLS_IE: 'thread-local',
  TLS_GOTIE: 'thread-local',
  TLS_LE: 'thread-local',
  TLS_GD: 'thread-local',
  TLS_LDM: 'thread-local',
  16: 'absolute-code',
  PC16: ['pc', signedFieldWithAddend(2)],
  8: 'absolute-code',
  PC8: ['pc', signedFieldWithAddend(1)],
  TLS_LDO_32: 'thread-local',
  GOT32X: ['got', withBase],
  GOT8: ['got', signedFieldWithAddend(1)],
  GOT0: ['got', { width: 0, write: (site, value) => site.check(value, 0, 1) }],
});

/** Serves x64 too: `jmp rel8` or `jmp rel32`, relative to the end of the instruction. */
export function entryJump(target: number): Uint8Array {
  const short = target - 2;
  if (isInt(8, short)) return bytes(0xeb, short & 0xff);
  const near = target - 5;
  return bytes(0xe9, near & 0xff, (near >> 8) & 0xff, (near >> 16) & 0xff, (near >> 24) & 0xff);
}
