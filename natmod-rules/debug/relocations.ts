/**
 * Relocations of debug information: which there are on each CPU, and what value they give. In contrast to those of code
 * all have a plain field of 1 to 8 bytes. Documents: the psABIs, chapters "Relocation"; Xtensa: the GNU tools' port.
 */
import type { Family } from '../arch/index.ts';
import { ByteReader } from '../elf/bytes.ts';
import { SHT_REL, SHT_RELA } from '../elf/constants.ts';
import type { ObjectFile, Relocation, Section } from '../elf/object.ts';

/** What a relocation does to its field; S is the symbol's address, A the addend. */
export type FieldOperation =
  /** S + A. */
  | 'set'
  /** Field + S + A, field - S - A: half of a difference each (RISC-V). */
  | 'add'
  | 'subtract'
  /**
   * The field has the distance from S + A to some place behind, or before it; it stays that between the same places
   * (Xtensa).
   */
  | 'distance'
  | 'distance-back'
  /** An offset in the block of a thread, which a module does not have. */
  | 'thread'
  | 'none';

export interface FieldRelocation {
  readonly operation: FieldOperation;
  /** Bytes; 0 for a LEB128 of any length. */
  readonly width: number;
  /** Only these bits of the field belong to it. */
  readonly mask?: number;
}

type Row = readonly [type: number, operation: FieldOperation, width: number, mask?: number];

const TABLES: Readonly<Record<Family, readonly Row[]>> = {
  x86: [
    [1, 'set', 4],
    [32, 'thread', 4],
  ],
  x64: [
    [1, 'set', 8],
    [10, 'set', 4],
    [11, 'set', 4],
    [17, 'thread', 8],
    [21, 'thread', 4],
  ],
  arm: [
    [2, 'set', 4],
    [104, 'thread', 4],
  ],
  xtensa: [
    [1, 'set', 4],
    [17, 'distance', 1],
    [18, 'distance', 2],
    [19, 'distance', 4],
    [57, 'distance', 1],
    [58, 'distance', 2],
    [59, 'distance', 4],
    [60, 'distance-back', 1],
    [61, 'distance-back', 2],
    [62, 'distance-back', 4],
  ],
  riscv: [
    [1, 'set', 4],
    [2, 'set', 8],
    [8, 'thread', 4],
    [9, 'thread', 8],
    [33, 'add', 1],
    [34, 'add', 2],
    [35, 'add', 4],
    [36, 'add', 8],
    [37, 'subtract', 1],
    [38, 'subtract', 2],
    [39, 'subtract', 4],
    [40, 'subtract', 8],
    [43, 'none', 0],
    [51, 'none', 0],
    [52, 'subtract', 1, 0x3f],
    [53, 'set', 1, 0x3f],
    [54, 'set', 1],
    [55, 'set', 2],
    [56, 'set', 4],
    [60, 'set', 0],
    [61, 'subtract', 0],
  ],
};

/** Undefined for a relocation that debug information does not have. */
export function fieldRelocation(family: Family, type: number): FieldRelocation | undefined {
  if (type === 0) return { operation: 'none', width: 0 };
  const row = TABLES[family].find(([number]) => number === type);
  return row && { operation: row[1], width: row[2], ...(row[3] === undefined ? {} : { mask: row[3] }) };
}

/**
 * The relocations of sections that are not loaded, by section index; `readObject` leaves those out. Records that lie
 * outside of their section are errors of whoever applies them.
 */
export function relocationsByTarget({ sections, symbols, header, name }: ObjectFile): Map<number, Relocation[]> {
  const found = new Map<number, Relocation[]>();
  for (const table of sections) {
    if (table.type !== SHT_REL && table.type !== SHT_RELA) continue;
    const list = found.get(table.info) ?? [];
    found.set(table.info, list);
    for (const relocation of readTable(table, header.is64, name)) {
      const symbol = symbols[relocation.symbolIndex];
      if (symbol !== undefined) list.push({ ...relocation, symbol });
    }
  }
  return found;
}

function* readTable({ data, type }: Section, is64: boolean, name: string) {
  const reader = new ByteReader(data, name);
  const withAddend = type === SHT_RELA;
  const size = (is64 ? 16 : 8) + (withAddend ? (is64 ? 8 : 4) : 0);
  for (let at = 0; at + size <= data.length; at += size) {
    const addend = !withAddend ? 0 : is64 ? reader.i64(at + 16) : reader.i32(at + 8);
    yield is64
      ? { offset: reader.u64(at), type: reader.u32(at + 8), symbolIndex: reader.u32(at + 12), addend }
      : { offset: reader.u32(at), type: reader.u8(at + 4), symbolIndex: reader.u32(at + 4) >>> 8, addend };
  }
}
