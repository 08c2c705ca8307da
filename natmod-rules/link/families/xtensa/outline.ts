/**
 * What outlining has to know of Xtensa code with the call0 ABI: where its instructions begin, where control goes, and
 * where the return address in a0 is needed no more, so that a call may overwrite it. Document: Xtensa Instruction Set
 * Architecture Reference Manual, "Opcode Encodings".
 */

import type { Relocation } from '../../../elf/object.ts';
import type { Chunk } from '../../model/model.ts';
import type { Instruction, OutlineRules } from '../../shrink/outline-types.ts';
import { type Program, type Replacement, replaceChunks } from '../../shrink/program.ts';
import { bytes } from '../types.ts';
import { OP0, R_XTENSA } from './constants.ts';
import { freeLinkRegister } from './free-link.ts';

export const outlineRules: OutlineRules = {
  prepare: (program) => freeLinkRegister(withWholeAddends(program), outlineRules),
  instructions,
  canMove: () => true,
  wantsPlace,
  align: 4,
  call: { code: bytes(0x05, 0, 0), type: R_XTENSA.SLOT0_OP },
  jump: { code: bytes(0x06, 0, 0), type: R_XTENSA.SLOT0_OP },
  shortestJump: 3,
  goBack: bytes(0x0d, 0xf0),
};

/** l32r reads words; call0 reaches words only. */
function wantsPlace({ data }: Chunk, { type, offset: at }: Relocation, offset: number): boolean {
  const operation = type === R_XTENSA.SLOT0_OP ? (data[at] ?? 0) & 15 : 0;
  return operation === OP0.L32R || (operation === OP0.CALLN && offset !== 0);
}

/** All instructions of a section; undefined when one is of an unknown kind, which padding and data look like. */
function instructions({ data }: Chunk): Instruction[] | undefined {
  const found: Instruction[] = [];
  for (let at = 0; at < data.length; ) {
    const size = (data[at]! & 15) < 8 ? 3 : 2;
    if (at + size > data.length) return undefined;
    const code = data[at]! | (data[at + 1]! << 8) | (size === 3 ? data[at + 2]! << 16 : 0);
    const known = size === 3 ? wide(code) : narrow(code);
    if (known === undefined) return undefined;
    const { flow, uses, defines, fixed = false } = known;
    const relative = isRelative(code, known);
    found.push({ at, size, flow, uses, defines, relative, fixed, livesOn: flow === 'branch' || flow === 'jump' });
    at += size;
  }
  return found;
}

function isRelative(code: number, { flow }: Known): boolean {
  return flow === 'branch' || flow === 'jump' || (code & 15) === OP0.L32R || (code & 15) === OP0.CALLN;
}

type Known = Pick<Instruction, 'flow' | 'uses' | 'defines'> & Partial<Instruction>;

const field = (code: number, low: number) => (code >> low) & 15;

/** @param read registers read, @param written registers written, as numbers */
function plain(read: readonly number[], written: readonly number[]): Known {
  return { flow: 'next', uses: read.includes(0), defines: written.includes(0) };
}

const CALL: Known = { flow: 'call', uses: false, defines: true };
const RETURN: Known = { flow: 'return', uses: true, defines: false };

function wide(code: number): Known | undefined {
  const [s, t] = [field(code, 8), field(code, 4)];
  switch (code & 15) {
    case 0:
      return registers(code);
    case 1:
      return plain([], [t]); // l32r
    case 2:
      return loadOrStore(field(code, 12), s, t);
    case 5:
      return (code & 0x30) === 0 ? CALL : undefined;
    case 6:
      return immediateBranch(code, s);
    case 7:
      // bbci and bbsi have a number in place of the second register.
      return { flow: 'branch', uses: s === 0 || ((field(code, 12) & 6) !== 6 && t === 0), defines: false };
    default:
      return undefined;
  }
}

function immediateBranch(code: number, s: number): Known | undefined {
  const [n, m] = [(code >> 4) & 3, (code >> 6) & 3];
  if (n === 0) return { flow: 'jump', uses: false, defines: false };
  // entry belongs to the other ABI; loops and boolean branches are options of other cores.
  if (n === 3 && m < 2) return undefined;
  return { flow: 'branch', uses: s === 0, defines: false };
}

function loadOrStore(r: number, s: number, t: number): Known | undefined {
  if ([0, 1, 2, 9, 11].includes(r)) return plain([s], [t]); // l8ui, l16ui, l32i, l16si, l32ai
  if ([4, 5, 6, 15].includes(r)) return plain([s, t], []); // s8i, s16i, s32i, s32ri
  if (r === 10) return plain([], [t]); // movi
  if (r === 12 || r === 13) return plain([s], [t]); // addi, addmi
  return undefined;
}

/** QRST: what works on registers. */
function registers(code: number): Known | undefined {
  const [t, s, r] = [field(code, 4), field(code, 8), field(code, 12)];
  const [op1, op2] = [field(code, 16), field(code, 20)];
  if (op1 === 4 || op1 === 5) return plain([t], [r]); // extui
  if (op1 === 0) return arithmetic(code, op2, [r, s, t]);
  if (op1 === 1) return shift(op2, [r, s, t]);
  if (op1 === 2 && op2 >= 8 && op2 !== 9) return plain([s, t], [r]); // multiplication and division
  if (op1 !== 3) return undefined;
  if (op2 === 0) return plain([], [t]); // rsr
  if (op2 === 1) return plain([t], []); // wsr
  if (op2 === 2 || op2 === 3) return plain([s], [r]); // sext, clamps
  if (op2 >= 4 && op2 <= 7) return plain([s, t], [r]); // min, max
  return op2 >= 8 && op2 <= 11 ? plain([r, s, t], [r]) : undefined; // moveqz and its kin
}

type Fields = readonly [r: number, s: number, t: number];

function arithmetic(code: number, op2: number, [r, s, t]: Fields): Known | undefined {
  if ((op2 >= 1 && op2 <= 3) || op2 >= 8) return plain([s, t], [r]); // and, or, xor, add, sub, addx, subx
  if (op2 === 6) return s < 2 ? plain([t], [r]) : undefined; // neg, abs
  if (op2 === 4) {
    if (r <= 3) return plain([s], []); // ssr, ssl, ssa8l, ssa8b
    if (r === 4) return plain([], []); // ssai
    return r >= 14 ? plain([s], [t]) : undefined; // nsa, nsau
  }
  if (op2 !== 0) return undefined;
  if (code === 0x000080) return RETURN;
  if ((code & 0xfff0ff) === 0x0000a0) return { flow: 'indirect', uses: true, defines: false }; // jx, perhaps to another function
  if ((code & 0xfff0ff) === 0x0000c0) return { ...CALL, uses: s === 0 }; // callx0
  if ((code & 0xfff00f) === 0x004000) return { ...plain([], []), fixed: true }; // break
  const isBarrier = (code & 0xffff0f) === 0x002000; // isync, rsync, esync, dsync, memw, extw, nop
  return isBarrier ? plain([], []) : undefined;
}

function shift(op2: number, [r, s, t]: Fields): Known | undefined {
  if (op2 <= 1) return plain([s], [r]); // slli
  if (op2 <= 4) return plain([t], [r]); // srai, srli
  if (op2 === 8 || op2 === 12 || op2 === 13) return plain([s, t], [r]); // src, mul16u, mul16s
  if (op2 === 9 || op2 === 11) return plain([t], [r]); // srl, sra
  return op2 === 10 ? plain([s], [r]) : undefined; // sll
}

function narrow(code: number): Known | undefined {
  const [t, s, r] = [field(code, 4), field(code, 8), field(code, 12)];
  switch (code & 15) {
    case 8:
      return plain([s], [t]); // l32i.n
    case 9:
      return plain([s, t], []); // s32i.n
    case 10:
      return plain([s, t], [r]); // add.n
    case 11:
      return plain([s], [r]); // addi.n
    case 12:
      return t < 8 ? plain([], [s]) : { flow: 'branch', uses: s === 0, defines: false }; // movi.n, beqz.n, bnez.n
    case 13:
      if (r === 0) return plain([s], [t]); // mov.n
      if (code === 0xf00d) return RETURN;
      return code === 0xf03d ? plain([], []) : undefined; // nop.n
    default:
      return undefined;
  }
}

/**
 * The assembler leaves parts of addends in the words of jump tables. Here they go to the relocations, where editing
 * code finds them. Literals stay as they are, because they are read as sections.
 */
function withWholeAddends(program: Program): Program {
  const replacements = new Map<Chunk, Replacement>();
  for (const chunk of program.chunks) {
    if (chunk.role !== 'rodata' && chunk.role !== 'data') continue;
    const data = Uint8Array.from(chunk.data);
    const view = new DataView(data.buffer);
    const relocations = chunk.relocations.map((relocation) => {
      const { type, offset, addend } = relocation;
      if (type !== R_XTENSA[32] || offset + 4 > data.length) return relocation;
      const inPlace = view.getInt32(offset, true);
      view.setInt32(offset, 0, true);
      return inPlace === 0 ? relocation : { ...relocation, addend: addend + inPlace };
    });
    if (relocations.some((r, i) => r !== chunk.relocations[i]))
      replacements.set(chunk, { chunk: { ...chunk, data, relocations } });
  }
  return replacements.size === 0 ? program : replaceChunks(program, replacements);
}
