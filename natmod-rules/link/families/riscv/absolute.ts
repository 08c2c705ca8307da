/**
 * Makes code for a fixed address fit to be loaded anywhere. Static libraries for RISC-V are often compiled with the
 * `medlow` code model: `lui` with R_RISCV_HI20 loads the upper part of an address, the instructions that use it carry
 * R_RISCV_LO12_I or _S. With `auipc` in place of `lui` the same instructions make the address from the program counter,
 * if each of them can only be reached from one `lui`, and if nothing else is done with the upper part. Data-flow
 * analysis tells; see `riscv-flow.ts`.
 *
 * Where several `lui` lead to one user, each jumps to code behind the section that makes the whole address, and the
 * users get what is left as a plain number. What cannot be shown to be right keeps its relocations, which the
 * relocation pass then refuses. Document: RISC-V ELF psABI specification, "Code models" and "Relocations".
 */

import * as elf from '../../../elf/constants.ts';
import type { ElfSymbol, ObjectFile, Relocation, Section } from '../../../elf/object.ts';
import { HINTS, OPCODE, OPCODE_MASK, R_RISCV } from './constants.ts';
import { followUpperParts } from './flow.ts';
import { findLabels, type Labels } from './labels.ts';
import { type Low, type PartGroup, rewrite } from './rewrite.ts';

/** Upper parts by section index and byte offset of their instruction, `2:1c`; see `partKey`. */
export type PartKeys = ReadonlySet<string>;

export function partKey(section: number, offset: number): string {
  return `${section}:${offset.toString(16)}`;
}

/**
 * The object with its absolute addresses made relative to the program counter, where that can be done; the same object
 * if nothing changes. `outOfLine` names upper parts whose address shall be made behind the section, for a lower part
 * that is not in reach. Never fails.
 */
export function absoluteToRelative(object: ObjectFile, outOfLine: PartKeys = new Set()): ObjectFile {
  const isAbsolute = ({ type, flags, relocations }: Section) =>
    type === elf.SHT_PROGBITS && (flags & elf.SHF_EXECINSTR) !== 0 && relocations.some((r) => r.type === R_RISCV.HI20);
  const wanted = new Set(object.sections.filter(isAbsolute).map((s) => s.index));
  if (wanted.size === 0) return object;
  const labels = findLabels(object, wanted);
  const symbols = [...object.symbols];
  const sections = object.sections.map((section) =>
    wanted.has(section.index) ? convert(object, section, labels.get(section.index)!, outOfLine, symbols) : section,
  );
  return symbols.length > object.symbols.length ? { ...object, sections, symbols } : object;
}

function convert(
  object: ObjectFile,
  section: Section,
  labels: Labels,
  outOfLine: PartKeys,
  symbols: ElfSymbol[],
): Section {
  const makeLabel = (value: number): ElfSymbol => {
    const place = { object: object.name, index: symbols.length, shndx: section.index, value, size: 0 };
    const label = { ...place, name: '', bind: elf.STB_LOCAL, type: elf.STT_NOTYPE };
    symbols.push(label);
    return label;
  };
  const groups = groupParts(section, labels, object.header.is64);
  const isFar = ({ highs }: PartGroup) => highs.length > 1 || outOfLine.has(partKey(section.index, highs[0]!.offset));
  return rewrite(
    section,
    groups.filter((group) => !isFar(group)),
    groups.filter(isFar),
    makeLabel,
  );
}

/** The groups that can be converted. */
function groupParts(section: Section, labels: Labels, is64: boolean): PartGroup[] {
  const { highs, lows } = findParts(section);
  const flow = followUpperParts(section, labels, is64, highs, lows);
  if (flow === undefined) return [];
  const sets = new DisjointSets(highs.length);
  const bad = new Set(flow.misused);
  const users = new Map<number, Relocation[]>(highs.map((_, i) => [i, []]));
  for (const [low, reaching] of flow.lows) {
    const known = reaching.filter((i) => i >= 0);
    const first = known[0];
    if (first === undefined) continue;
    for (const i of known) sets.join(first, i);
    const fits = known.length === reaching.length && known.every((i) => distance(highs[i]!, low) !== undefined);
    if (fits) users.get(first)!.push(low);
    else bad.add(first);
  }
  for (const i of [...bad]) bad.add(sets.find(i));
  const groups = new Map<number, { highs: Relocation[]; lows: Low[] }>();
  for (const [i, high] of highs.entries()) {
    const root = sets.find(i);
    if (bad.has(root)) continue;
    const group = groups.get(root) ?? { highs: [], lows: [] };
    groups.set(root, group);
    group.highs.push(high);
    for (const relocation of users.get(i)!) {
      group.lows.push({ relocation, distance: distance(group.highs[0]!, relocation) ?? Number.NaN });
    }
  }
  // An upper part that nothing is added to is not made for an address, or the code that adds to it was not seen.
  return [...groups.values()].filter((group) => group.lows.length > 0);
}

const { LOAD, LOAD_FP, OP_IMM, JALR, STORE, STORE_FP, LUI } = OPCODE;
const STORES: ReadonlySet<number> = new Set([STORE, STORE_FP]);
const IMMEDIATES: ReadonlySet<number> = new Set([LOAD, LOAD_FP, OP_IMM, JALR]);

/** Relocations of upper and lower parts that are alone at their instruction and fit it. */
function findParts({ data, relocations }: Section): { highs: Relocation[]; lows: Relocation[] } {
  const count = new Map<number, number>();
  for (const { type, offset } of relocations) {
    if (!HINTS.has(type)) count.set(offset, (count.get(offset) ?? 0) + 1);
  }
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const highs: Relocation[] = [];
  const lows: Relocation[] = [];
  for (const relocation of relocations) {
    const { type, offset, symbol } = relocation;
    if (
      (type !== R_RISCV.HI20 && type !== R_RISCV.LO12_I && type !== R_RISCV.LO12_S) ||
      count.get(offset) !== 1 ||
      offset + 4 > data.length
    )
      continue;
    const word = view.getUint32(offset, true);
    const opcode = word & OPCODE_MASK;
    const isAddress = symbol.index !== 0 && symbol.shndx !== elf.SHN_ABS;
    if (type === R_RISCV.HI20) {
      if (isAddress && opcode === LUI && ((word >>> 7) & 31) !== 0) highs.push(relocation);
    } else if ((type === R_RISCV.LO12_S ? STORES : IMMEDIATES).has(opcode)) lows.push(relocation);
  }
  return { highs, lows };
}

/** From what `high` names to what `low` names, in bytes; undefined when that is not known before layout. */
function distance(high: Relocation, low: Relocation): number | undefined {
  const apart = low.addend - high.addend;
  if (low.symbol === high.symbol) return apart;
  const { shndx, bind } = low.symbol;
  const isLocal = bind === elf.STB_LOCAL && high.symbol.bind === elf.STB_LOCAL;
  if (!isLocal || shndx !== high.symbol.shndx || shndx === elf.SHN_UNDEF || shndx >= elf.SHN_LORESERVE)
    return undefined;
  return apart + low.symbol.value - high.symbol.value;
}

/** Numbers from 0 on, joined into disjoint sets. */
class DisjointSets {
  readonly #parents: number[];

  constructor(count: number) {
    this.#parents = Array.from({ length: count }, (_, i) => i);
  }

  /** The one that stands for the set of `i`. */
  find(i: number): number {
    let at = i;
    while (this.#parents[at] !== at) {
      const next = this.#parents[this.#parents[at]!]!;
      // Paths get shorter each time they are walked.
      this.#parents[at] = next;
      at = next;
    }
    return at;
  }

  join(a: number, b: number): void {
    this.#parents[this.find(a)] = this.find(b);
  }
}
