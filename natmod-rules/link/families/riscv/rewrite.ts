/** Rewrites absolute addresses of one RISC-V section; `riscv-absolute.ts` says which and why that is right. */

import type { ElfSymbol, Relocation, Section } from '../../../elf/object.ts';
import { bits, isInt } from '../types.ts';
import { OPCODE, OPCODE_MASK, R_RISCV } from './constants.ts';

/** Upper parts that have users in common, with all these users. */
export interface PartGroup {
  readonly highs: readonly Relocation[];
  readonly lows: readonly Low[];
}

export interface Low {
  readonly relocation: Relocation;
  /** Bytes from what the first upper part of the group names to what this lower part names. */
  readonly distance: number;
}

/** Makes a local symbol for a byte offset in the section. */
export type MakeLabel = (offset: number) => ElfSymbol;

const RD = 0xf80;

/** Bytes: auipc, addi, jal. */
const STUB_SIZE = 12;
const JAL_BITS = 21;
/** Instructions stand at multiples of this many bytes. */
const STEP = 2;

/**
 * The section with each group's addresses made from the program counter: those of `inPlace` by the instructions that
 * are there, those of `outOfLine` by code behind the section. Groups of which the latter cannot be done stay as they
 * are.
 */
export function rewrite(
  section: Section,
  inPlace: readonly PartGroup[],
  outOfLine: readonly PartGroup[],
  makeLabel: MakeLabel,
): Section {
  const moved = outOfLine.filter((group) => group.lows.every(({ distance }) => isInt(12, distance)));
  if (inPlace.length + moved.length === 0) return section;
  const start = Math.ceil(section.data.length / STEP) * STEP;
  const count = moved.reduce((sum, { highs }) => sum + highs.length, 0);
  const end = start + count * STUB_SIZE;
  if (count > 0 && !isInt(JAL_BITS, end)) return rewrite(section, inPlace, [], makeLabel);
  const data = new Uint8Array(count === 0 ? section.data.length : end);
  data.set(section.data);
  const draft: Draft = { view: new DataView(data.buffer), replaced: new Map(), added: [], makeLabel };
  for (const group of inPlace) relateInPlace(draft, group);
  let stub = start;
  for (const group of moved) stub = moveOut(draft, group, stub);
  const kept = section.relocations.flatMap((r) => draft.replaced.get(r) ?? [r]);
  return { ...section, data, size: data.length, relocations: [...kept, ...draft.added] };
}

interface Draft {
  readonly view: DataView;
  readonly makeLabel: MakeLabel;
  readonly replaced: Map<Relocation, readonly Relocation[]>;
  readonly added: Relocation[];
}

function relateInPlace({ view, replaced, makeLabel }: Draft, { highs, lows }: PartGroup): void {
  const high = highs[0]!;
  const word = view.getUint32(high.offset, true);
  view.setUint32(high.offset, (word & ~OPCODE_MASK) | OPCODE.AUIPC, true);
  replaced.set(high, [{ ...high, type: R_RISCV.PCREL_HI20 }]);
  const symbol = makeLabel(high.offset);
  for (const { relocation, distance } of lows) {
    const type = relocation.type === R_RISCV.LO12_S ? R_RISCV.PCREL_LO12_S : R_RISCV.PCREL_LO12_I;
    replaced.set(relocation, [{ offset: relocation.offset, type, symbol, addend: distance }]);
  }
}

/** Every upper part of the group is replaced by a jump to a stub that makes one and the same whole address. */
function moveOut(draft: Draft, { highs, lows }: PartGroup, firstStub: number): number {
  const { view, replaced, added, makeLabel } = draft;
  let stub = firstStub;
  for (const high of highs) {
    const { offset } = high;
    const register = view.getUint32(offset, true) & RD;
    view.setUint32(offset, jump(stub - offset), true);
    view.setUint32(stub, OPCODE.AUIPC | register, true);
    view.setUint32(stub + 4, OPCODE.OP_IMM | register | (register << 8), true);
    view.setUint32(stub + 8, jump(offset + 4 - (stub + 8)), true);
    const start = makeLabel(stub);
    const { symbol, addend } = highs[0]!;
    // Code between the two may get shorter.
    replaced.set(high, [{ offset, type: R_RISCV.JAL, symbol: start, addend: 0 }]);
    added.push({ offset: stub, type: R_RISCV.PCREL_HI20, symbol, addend });
    added.push({ offset: stub + 4, type: R_RISCV.PCREL_LO12_I, symbol: start, addend: 0 });
    added.push({ offset: stub + 8, type: R_RISCV.JAL, symbol: makeLabel(offset + 4), addend: 0 });
    stub += STUB_SIZE;
  }
  for (const { relocation, distance } of lows) {
    replaced.set(relocation, []);
    setLowerPart(view, relocation, distance);
  }
  return stub;
}

/** `jal x0`. */
function jump(distance: number): number {
  const fields =
    (bits(distance, 20, 20) << 31) |
    (bits(distance, 10, 1) << 21) |
    (bits(distance, 11, 11) << 20) |
    (bits(distance, 19, 12) << 12);
  return (fields | OPCODE.JAL) >>> 0;
}

function setLowerPart(view: DataView, { offset, type }: Relocation, value: number): void {
  const word = view.getUint32(offset, true);
  const changed =
    type === R_RISCV.LO12_S
      ? (word & 0x01fff07f) | (bits(value, 11, 5) << 25) | (bits(value, 4, 0) << 7)
      : (word & 0xfffff) | (bits(value, 11, 0) << 20);
  view.setUint32(offset, changed >>> 0, true);
}
