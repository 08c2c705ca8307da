/** Thumb code taken apart: what can be moved, shared and put together again. Offsets and sizes in bytes. */
import type { ElfSymbol, Relocation } from '../../../elf/object.ts';
import type { Chunk } from '../../model/model.ts';
import type { Decoded } from './instruction.ts';

/** What a literal pool holds: a constant, or an address that a relocation completes. */
export interface Literal {
  /** Equal for literals that are the same wherever they lie. */
  readonly key: string;
  /** Four or eight, with the part of the addend that lies in them. */
  readonly bytes: Uint8Array;
  readonly relocation?: Relocation;
}

/** One instruction. */
export interface Code extends Decoded {
  readonly bytes: Uint8Array;
  /** Where it was; undefined for what a pass has made. */
  readonly old?: number;
  /** A call or jump out of the section. */
  readonly relocation?: Relocation;
  /** Where a branch in the section goes. */
  readonly target?: Line;
  /** What it loads from a pool. */
  readonly loads?: Literal;
  /** A pool between the instructions of the same function, which has that literal. */
  readonly pool?: Line;
}

/** What stays together: an instruction, with all that an IT block governs; or a literal pool. */
export interface Line {
  readonly parts: readonly Code[];
  /** Behind `tbb` and `tbh`: where the entries of the table go. */
  readonly table?: Table;
  /** Aligned to a word. */
  readonly pool?: readonly Literal[];
}

export interface Table {
  readonly width: 1 | 2;
  readonly entries: readonly Line[];
}

/** The code of one section, or of a function that a pass has made. */
export interface ThumbFunction {
  readonly chunk: Chunk;
  readonly lines: readonly Line[];
  /** Lines that something outside the section refers to. */
  readonly entered: ReadonlySet<Line>;
}

/** All code that was taken apart. */
export interface ThumbProgram {
  /** In layout order. */
  readonly functions: readonly ThumbFunction[];
  /** Lines that took the place of others: what leads to these leads there. */
  readonly heirs: ReadonlyMap<Line, Line>;
  /** Symbols that passes have made, and the lines they stand for. */
  readonly labels: ReadonlyMap<ElfSymbol, Line>;
}

/** The line that is now where a line was. */
export function heirOf({ heirs }: Pick<ThumbProgram, 'heirs'>, line: Line): Line {
  let last = line;
  for (let next = heirs.get(last); next !== undefined; next = heirs.get(last)) last = next;
  return last;
}

/** Bytes of instructions, before any of them takes a shorter form. */
export function sizeOfLine({ parts, table, pool }: Line): number {
  if (pool !== undefined) return pool.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const code = parts.reduce((sum, { size }) => sum + size, 0);
  return code + (table === undefined ? 0 : sizeOfTable(table));
}

export function sizeOfTable({ width, entries }: Table): number {
  return (width * entries.length + 1) & ~1;
}

/** Whether control goes on behind a line. */
export function runsOn({ parts, pool }: Line): boolean {
  const last = parts.at(-1);
  if (last === undefined || pool !== undefined) return false;
  // What an IT block governs may not happen.
  if (parts.length > 1) return true;
  const { flow } = last;
  if (flow.kind === 'branch') return flow.form !== 'b.n' && flow.form !== 'b.w';
  return flow.kind !== 'leave' && flow.kind !== 'table';
}

/** Lines of the same function that control may go to from a line, besides the next one. */
export function targetsOf({ parts, table }: Line): readonly Line[] {
  let targets: Line[] | undefined;
  for (const { target } of parts) {
    if (target === undefined) continue;
    targets ??= [];
    targets.push(target);
  }
  if (table === undefined) return targets ?? NOWHERE;
  return [...(targets ?? NOWHERE), ...table.entries];
}

const NOWHERE: readonly Line[] = [];

/** The register that `ldr` loads. */
export function registerOf({ bytes, size }: Code): number {
  return size === 2 ? bytes[1]! & 7 : bytes[3]! >> 4;
}
