/**
 * The jumps of a RISC-V section whose length depends on where their targets lie: calls (auipc + jalr), jumps and
 * branches, each with all forms it can take. Documents: RISC-V ELF psABI specification, "Linker Relaxation"; The RISC-V
 * Instruction Set Manual, volume I, chapter "C".
 */

import { SHF_EXECINSTR, SHT_PROGBITS } from '../../../elf/constants.ts';
import type { ObjectFile, Relocation } from '../../../elf/object.ts';
import type { Chunk } from '../../model/model.ts';
import type { Form, JumpRules, JumpSite, Sites } from '../../shrink/jump-types.ts';
import { halves } from '../types.ts';
import { BRANCHES, CALLS, MARKS, OPCODE, OPCODE_MASK, R_RISCV } from './constants.ts';

/**
 * Finds what may change its length. A section that was not compiled for that (-mno-relax) has nothing.
 * @param isOpen its object is
 */
function findSites(chunk: Chunk, wordSize: 4 | 8, isOpen: boolean): Sites {
  const { relocations } = chunk;
  // Code that other passes have put in place of marked code has no marks.
  const marked = chunk.section?.relocations ?? relocations;
  if (chunk.role !== 'text' || !marked.some(({ type }) => MARKS.has(type))) return NONE;
  const view = viewOf(chunk);
  const paddings = relocations
    .filter(
      (r) => r.type === R_RISCV.ALIGN && r.addend > 0 && r.addend % 2 === 0 && r.offset + r.addend <= view.byteLength,
    )
    .map((r) => ({ at: r.offset, size: r.addend }));
  const calls = relocations.filter(isRelaxableCall(chunk));
  const short = isOpen ? (shortSites(view, relocations, wordSize) ?? []) : [];
  const jumps = [...calls.map((r) => callSite(view, r, wordSize)), ...short];
  return { jumps, paddings };
}

export const riscvJumps: JumpRules = { find: findSites, isOpen: isOpenObject, nop: halves(1) };

const NONE: Sites = { jumps: [], paddings: [] };

export function viewOf({ data }: Pick<Chunk, 'data'>): DataView {
  return new DataView(data.buffer, data.byteOffset, data.length);
}

/** Tells calls that may change their length. */
export function isRelaxableCall({ data, relocations }: Chunk): (relocation: Relocation) => boolean {
  const marked = new Set(relocations.filter((r) => r.type === R_RISCV.RELAX).map((r) => r.offset));
  return ({ type, offset }) => CALLS.has(type) && marked.has(offset) && offset + 8 <= data.length;
}

/** Register that gets the return address of a call: that of its second instruction. */
export function linkOf(view: DataView, call: Relocation): number {
  return (view.getUint32(call.offset + 4, true) >>> 7) & 31;
}

function callSite(view: DataView, call: Relocation, wordSize: 4 | 8): JumpSite {
  const { offset, type } = call;
  const own = new Uint8Array(view.buffer.slice(view.byteOffset + offset, view.byteOffset + offset + 8));
  const forms = [...jumpForms(linkOf(view, call), wordSize), { code: own, type, offset: 0, bits: 32 }];
  return { at: offset, size: 8, jump: call, forms };
}

function jumpForms(link: number, wordSize: 4 | 8): Form[] {
  const full = { code: word(OPCODE.JAL | (link << 7)), type: R_RISCV.JAL, offset: 0, bits: 21 };
  if (link === 0) return [{ code: halves(0xa001), type: R_RISCV.RVC_JUMP, offset: 0, bits: 12 }, full];
  if (link === 1 && wordSize === 4)
    return [{ code: halves(0x2001), type: R_RISCV.RVC_JUMP, offset: 0, bits: 12 }, full];
  return [full];
}

/**
 * Whether the assembler has left the target of every branch and jump of an object to the linker. Branches carry no
 * mark, so where it has settled any, it may have settled other distances, too, and their lengths have to stay.
 */
export function isOpenObject({ sections }: ObjectFile, wordSize: 4 | 8): boolean {
  return sections.every(
    ({ type, flags, data, relocations }) =>
      type !== SHT_PROGBITS ||
      (flags & SHF_EXECINSTR) === 0 ||
      shortSites(viewOf({ data }), relocations, wordSize) !== undefined,
  );
}

/** Branches and jumps that are no calls; undefined when one of them has no relocation. */
function shortSites(view: DataView, relocations: readonly Relocation[], wordSize: 4 | 8): JumpSite[] | undefined {
  const byOffset = new Map(relocations.filter((r) => JUMPS.has(r.type)).map((r) => [r.offset, r]));
  const sites: JumpSite[] = [];
  for (let at = 0; at + 2 <= view.byteLength; ) {
    const code = readJump(view, at, wordSize);
    const jump = byOffset.get(at);
    if (code.kind === 'other') {
      at += code.size;
    } else if (jump !== undefined) {
      if (!CALLS.has(jump.type)) {
        if (!FITS[code.kind].has(jump.type) || at + code.size > view.byteLength) return undefined;
        const forms = code.kind === 'branch' ? branchForms(code.condition) : jumpForms(code.link, wordSize);
        sites.push({ at, size: code.size, jump, forms });
      }
      at += code.size;
    } else {
      // What the assembler makes of a branch that goes too far: the opposite branch over a jump.
      const over = code.kind === 'branch' ? byOffset.get(at + code.size) : undefined;
      if (code.kind !== 'branch' || over?.type !== R_RISCV.JAL || code.distance !== code.size + 4) return undefined;
      const forms = branchForms({ ...code.condition, funct3: code.condition.funct3 ^ 1 });
      sites.push({ at, size: code.size + 4, jump: over, forms });
      at += code.size + 4;
    }
  }
  return sites;
}

const JUMPS: ReadonlySet<number> = new Set([...BRANCHES, ...CALLS]);
const FITS: Readonly<Record<'branch' | 'jump', ReadonlySet<number>>> = {
  branch: new Set([R_RISCV.BRANCH, R_RISCV.RVC_BRANCH]),
  jump: new Set([R_RISCV.JAL, R_RISCV.RVC_JUMP]),
};

interface Condition {
  readonly funct3: number;
  readonly rs1: number;
  readonly rs2: number;
}

type Code =
  | { readonly kind: 'other'; readonly size: number }
  | { readonly kind: 'jump'; readonly size: number; readonly link: number }
  | { readonly kind: 'branch'; readonly size: number; readonly condition: Condition; readonly distance: number };

const BNE = 1;

function readJump(view: DataView, at: number, wordSize: 4 | 8): Code {
  const half = view.getUint16(at, true);
  if ((half & 3) !== 3) {
    const funct = half & 0xe003;
    if (funct === 0xa001) return { kind: 'jump', size: 2, link: 0 };
    if (funct === 0x2001 && wordSize === 4) return { kind: 'jump', size: 2, link: 1 };
    if (funct !== 0xc001 && funct !== 0xe001) return { kind: 'other', size: 2 };
    const condition = { funct3: funct === 0xe001 ? BNE : 0, rs1: 8 + ((half >> 7) & 7), rs2: 0 };
    return { kind: 'branch', size: 2, condition, distance: distanceCb(half) };
  }
  if (at + 4 > view.byteLength) return { kind: 'other', size: 4 };
  const insn = view.getUint32(at, true);
  const opcode = insn & OPCODE_MASK;
  if (opcode === OPCODE.JAL) return { kind: 'jump', size: 4, link: (insn >>> 7) & 31 };
  if (opcode !== OPCODE.BRANCH) return { kind: 'other', size: 4 };
  const condition = { funct3: (insn >>> 12) & 7, rs1: (insn >>> 15) & 31, rs2: (insn >>> 20) & 31 };
  return { kind: 'branch', size: 4, condition, distance: distanceB(insn) };
}

function distanceCb(half: number): number {
  const low = ((half >> 2) & 6) | ((half >> 7) & 0x18) | ((half << 3) & 0x20) | ((half << 1) & 0xc0);
  return (half & 0x1000) !== 0 ? low - 256 : low;
}

function distanceB(insn: number): number {
  return (
    ((insn >> 31) << 12) | (((insn >>> 7) & 1) << 11) | (((insn >>> 25) & 0x3f) << 5) | (((insn >>> 8) & 0xf) << 1)
  );
}

/** c.beqz or c.bnez, the full branch, and the opposite branch over a jump. */
function branchForms(condition: Condition): Form[] {
  const full = { code: word(encodeBranch(condition, 0)), type: R_RISCV.BRANCH, offset: 0, bits: 13 };
  const short = compressedBranch(condition, 0);
  const opposite = { ...condition, funct3: condition.funct3 ^ 1 };
  const skip = compressedBranch(opposite, 6) ?? word(encodeBranch(opposite, 8));
  const far = {
    code: Uint8Array.from([...skip, ...word(OPCODE.JAL)]),
    type: R_RISCV.JAL,
    offset: skip.length,
    bits: 21,
  };
  return short === undefined ? [full, far] : [{ code: short, type: R_RISCV.RVC_BRANCH, offset: 0, bits: 9 }, full, far];
}

/**
 * Undefined when it compares with something else than 0, or another register than x8 to x15.
 * @param distance below 32
 */
function compressedBranch({ funct3, rs1, rs2 }: Condition, distance: number): Uint8Array | undefined {
  const register = rs2 === 0 ? rs1 : rs1 === 0 ? rs2 : -1;
  if (funct3 > BNE || register < 8 || register > 15) return undefined;
  const fields = ((register - 8) << 7) | ((distance & 6) << 2) | ((distance & 0x18) << 7);
  return halves((funct3 === BNE ? 0xe001 : 0xc001) | fields);
}

function encodeBranch({ funct3, rs1, rs2 }: Condition, distance: number): number {
  return OPCODE.BRANCH | ((distance & 0x1e) << 7) | (funct3 << 12) | (rs1 << 15) | (rs2 << 20);
}

function word(value: number): Uint8Array {
  return Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24);
}
