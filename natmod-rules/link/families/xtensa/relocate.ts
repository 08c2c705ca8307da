/**
 * Xtensa (lx106 of the ESP8266 with the call0 ABI; ESP32 cores with windows). Instructions are 2 or 3 bytes. Code gets constants and
 * addresses with `l32r`, which reaches back up to 256 KiB in words, so literals lie before the code. One relocation, SLOT0_OP, serves
 * every instruction with a program counter relative operand; which field to patch is told by the opcode. The assembler keeps
 * parts of addends in the bytes even though records are RELA.
 * Document: Xtensa Instruction Set Architecture Reference Manual; relocation numbers of the GNU tools' Xtensa port.
 */
import {
  bytes,
  mark,
  type Patch,
  type Row,
  relocationTypes,
  type Site,
  signedField,
  signedFieldWithAddend,
} from '../types.ts';

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
  if (op0 === 1) patchL32r(site, read24(site), distance);
  else if (op0 === 5) patchCall(site, read24(site), distance);
  else if (op0 === 6 || op0 === 7) patchBranch(site, read24(site), distance);
  else if (op0 === 12) patchNarrow(site, distance);
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
const numbered = (from: number, to: number, make: (number: number) => Row): Row[] =>
  Array.from({ length: to - from + 1 }, (_, i) => make(from + i));

export const types = relocationTypes([
  [0, 'R_XTENSA_NONE', 'none'],
  [1, 'R_XTENSA_32', 'word', word],
  [6, 'R_XTENSA_PLT', 'word', word],
  [11, 'R_XTENSA_ASM_EXPAND', 'none'],
  [12, 'R_XTENSA_ASM_SIMPLIFY', 'none'],
  [14, 'R_XTENSA_32_PCREL', 'pc', signedField(4)],
  [17, 'R_XTENSA_DIFF8', 'none', mark('isSettled')],
  [18, 'R_XTENSA_DIFF16', 'none', mark('isSettled')],
  [19, 'R_XTENSA_DIFF32', 'none', mark('isSettled')],
  [20, 'R_XTENSA_SLOT0_OP', 'slot', slot0],
  ...numbered(21, 34, (n): Row => [n, `R_XTENSA_SLOT${n - 20}_OP`, 'foreign-code']),
  ...numbered(35, 49, (n): Row => [n, `R_XTENSA_SLOT${n - 35}_ALT`, 'foreign-code']),
  ...numbered(50, 56, (n): Row => [n, 'R_XTENSA_TLS', 'thread-local']),
  [57, 'R_XTENSA_PDIFF8', 'none', mark('isSettled')],
  [58, 'R_XTENSA_PDIFF16', 'none', mark('isSettled')],
  [59, 'R_XTENSA_PDIFF32', 'none', mark('isSettled')],
  [60, 'R_XTENSA_NDIFF8', 'none', mark('isSettled')],
  [61, 'R_XTENSA_NDIFF16', 'none', mark('isSettled')],
  [62, 'R_XTENSA_NDIFF32', 'none', mark('isSettled')],
]);

/** `j`: 18 bits from P + 4. */
export function entryJump(target: number): Uint8Array {
  const code = ((target - 4) << 6) | 6;
  return bytes(code & 0xff, (code >> 8) & 0xff, (code >> 16) & 0xff);
}

/** `l32r` at offset `at` of a word at offset `from`, both in one chunk that is aligned to words. */
export function l32r(register: number, from: number, at: number): number[] {
  // The distance counts in words from the next multiple of 4 behind the instruction.
  const distance = (from - ((at + 3) & ~3)) / 4;
  return [(register << 4) | 1, distance & 0xff, (distance >> 8) & 0xff];
}
