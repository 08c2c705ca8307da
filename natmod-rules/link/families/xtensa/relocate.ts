/**
 * Xtensa (lx106 of the ESP8266 with the call0 ABI; ESP32 cores with windows). Instructions are 2 or 3 bytes. Code gets
 * constants and addresses with `l32r`, which reaches back up to 256 KiB in words, so literals lie before the code. One
 * relocation, SLOT0_OP, serves every instruction with a program counter relative operand; which field to patch is told
 * by the opcode. The assembler keeps parts of addends in the bytes even though records are RELA. Document: Xtensa
 * Instruction Set Architecture Reference Manual; relocation numbers of the GNU tools' Xtensa port.
 */

import { bytes, mark, type Patch, relocationTypes, type Site, signedField, signedFieldWithAddend } from '../types.ts';
import { OP0, R_XTENSA } from './constants.ts';

function read24({ view, at }: Site): number {
  return view.getUint8(at) | (view.getUint8(at + 1) << 8) | (view.getUint8(at + 2) << 16);
}

function write24({ view, at }: Site, code: number): void {
  view.setUint8(at, code & 0xff);
  view.setUint8(at + 1, (code >> 8) & 0xff);
  view.setUint8(at + 2, (code >> 16) & 0xff);
}

/** Writes the operand of the instruction at the site; `distance` is S + A - P in bytes. */
function patchSlot0(site: Site, distance: number): void {
  const op0 = site.view.getUint8(site.at) & 15;
  if (op0 < 8 && site.left < 3) site.mismatch('a whole instruction');
  if (op0 === OP0.L32R) patchL32r(site, read24(site), distance);
  else if (op0 === OP0.CALLN) patchCall(site, read24(site), distance);
  else if (op0 === OP0.SI || op0 === OP0.B) patchBranch(site, read24(site), distance);
  else if (op0 === OP0.ST2) patchNarrow(site, distance);
  else site.mismatch('l32r, call, j, loop or a branch');
}

/** l32r: imm16 words back from the word at or after P. */
function patchL32r(site: Site, code: number, distance: number): void {
  const aligned = distance + site.place - ((site.place + 3) & ~3);
  site.check(aligned, -0x40000, 0, 4);
  write24(site, (code & 0xff) | (((aligned >> 2) & 0xffff) << 8));
}

/** call0, call4, call8, call12: 18 bits of words from the word after P's. */
function patchCall(site: Site, code: number, distance: number): void {
  const offset = distance + site.place - ((site.place & ~3) + 4);
  site.check(offset, -0x80000, 0x80000, 4);
  write24(site, (code & 0x3f) | (((offset >> 2) & 0x3ffff) << 6));
}

/** j (18 bits), beqz and kin (12 bits), two-register and immediate branches (8 bits), loop (8 bits, forward). */
function patchBranch(site: Site, code: number, distance: number): void {
  const offset = distance - 4;
  const n = (code >> 4) & 3;
  const m = (code >> 6) & 3;
  if ((code & 15) === 6 && n === 0) {
    site.check(offset, -0x20000, 0x20000);
    write24(site, (code & 0x3f) | ((offset & 0x3ffff) << 6));
  } else if ((code & 15) === 6 && n === 1) {
    site.check(offset, -0x800, 0x800);
    write24(site, (code & 0xfff) | ((offset & 0xfff) << 12));
  } else if ((code & 15) === 6 && n === 3 && m === 0) {
    site.mismatch('an instruction with a target');
  } else {
    const isLoop = (code & 15) === 6 && n === 3 && m === 1 && ((code >> 12) & 15) >= 8;
    site.check(offset, isLoop ? 0 : -0x80, isLoop ? 0x100 : 0x80);
    write24(site, (code & 0xffff) | ((offset & 0xff) << 16));
  }
}

/** beqz.n, bnez.n: 6 bits forward. */
function patchNarrow(site: Site, distance: number): void {
  const code = site.view.getUint16(site.at, true);
  if ((code & 0x80) === 0) site.mismatch('a branch');
  const offset = distance - 4;
  site.check(offset, 0, 64);
  site.view.setUint16(site.at, (code & 0x0fcf) | (offset & 0x30) | ((offset & 15) << 12), true);
}

const slot0: Patch = { width: 2, branch: true, write: patchSlot0 };
const word = signedFieldWithAddend(4);

export const types = relocationTypes('R_XTENSA_', R_XTENSA, {
  NONE: 'none',
  32: ['word', word],
  PLT: ['word', word],
  ASM_EXPAND: 'none',
  ASM_SIMPLIFY: 'none',
  '32_PCREL': ['pc', signedField(4)],
  DIFF8: ['none', mark('isSettled')],
  DIFF16: ['none', mark('isSettled')],
  DIFF32: ['none', mark('isSettled')],
  SLOT0_OP: ['slot', slot0],
  SLOT1_OP: 'foreign-code',
  SLOT2_OP: 'foreign-code',
  SLOT3_OP: 'foreign-code',
  SLOT4_OP: 'foreign-code',
  SLOT5_OP: 'foreign-code',
  SLOT6_OP: 'foreign-code',
  SLOT7_OP: 'foreign-code',
  SLOT8_OP: 'foreign-code',
  SLOT9_OP: 'foreign-code',
  SLOT10_OP: 'foreign-code',
  SLOT11_OP: 'foreign-code',
  SLOT12_OP: 'foreign-code',
  SLOT13_OP: 'foreign-code',
  SLOT14_OP: 'foreign-code',
  SLOT0_ALT: 'foreign-code',
  SLOT1_ALT: 'foreign-code',
  SLOT2_ALT: 'foreign-code',
  SLOT3_ALT: 'foreign-code',
  SLOT4_ALT: 'foreign-code',
  SLOT5_ALT: 'foreign-code',
  SLOT6_ALT: 'foreign-code',
  SLOT7_ALT: 'foreign-code',
  SLOT8_ALT: 'foreign-code',
  SLOT9_ALT: 'foreign-code',
  SLOT10_ALT: 'foreign-code',
  SLOT11_ALT: 'foreign-code',
  SLOT12_ALT: 'foreign-code',
  SLOT13_ALT: 'foreign-code',
  SLOT14_ALT: 'foreign-code',
  TLSDESC_FN: 'thread-local',
  TLSDESC_ARG: 'thread-local',
  TLS_DTPOFF: 'thread-local',
  TLS_TPOFF: 'thread-local',
  TLS_FUNC: 'thread-local',
  TLS_ARG: 'thread-local',
  TLS_CALL: 'thread-local',
  PDIFF8: ['none', mark('isSettled')],
  PDIFF16: ['none', mark('isSettled')],
  PDIFF32: ['none', mark('isSettled')],
  NDIFF8: ['none', mark('isSettled')],
  NDIFF16: ['none', mark('isSettled')],
  NDIFF32: ['none', mark('isSettled')],
});

/** `j`: 18 bits from P + 4. */
export function entryJump(target: number): Uint8Array {
  const code = ((target - 4) << 6) | 6;
  return bytes(code & 0xff, (code >> 8) & 0xff, (code >> 16) & 0xff);
}

/** `l32r` at offset `at` of a word at offset `from`, both in one chunk that is aligned to words. */
export function l32r(register: number, from: number, at: number): number[] {
  // The distance counts in words from the next multiple of 4 behind the instruction.
  const distance = (from - ((at + 3) & ~3)) / 4;
  return [(register << 4) | OP0.L32R, distance & 0xff, (distance >> 8) & 0xff];
}
