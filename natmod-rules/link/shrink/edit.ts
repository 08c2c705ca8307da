/**
 * Puts other code in the place of instructions, shorter or longer, and moves what follows. There must be a relocation
 * for every distance that such a move may change: RISC-V objects compiled with -mrelax have that, and objects for
 * Xtensa always. Document: RISC-V ELF psABI specification, "Linker Relaxation".
 */
import type { ElfSymbol, Relocation } from '../../elf/object.ts';
import { firstNotBelow } from '../../sorted.ts';
import type { Chunk, Target } from '../model/model.ts';
import { madeSymbol, type Program, type Replacement, replaceChunks } from './program.ts';

/** Code in place of old bytes of a chunk. */
export interface Edit {
  /** Old byte offset of the first byte that goes. */
  readonly at: number;
  /** Bytes that go, with all relocations in them. At least 2. */
  readonly size: number;
  readonly code: Uint8Array;
  /** With byte offsets from the start of `code`. */
  readonly relocations: readonly Relocation[];
}

/**
 * The program with edits done. What names a place by label and addend gets a label at the very place, because that may
 * move.
 * @param edits by chunk; they may not overlap
 * @param symbols labels that the edits made, by the place they stand for in the old chunks
 */
export function editChunks(
  program: Program,
  edits: ReadonlyMap<Chunk, readonly Edit[]>,
  symbols: ReadonlyMap<ElfSymbol, Target> = new Map(),
): Program {
  if (edits.size === 0) return program;
  const { replacements, labels } = replacementsFor(program, edits, symbols);
  return replaceChunks(program, replacements, labels);
}

/** The same as chunks and labels for `replaceChunks`. */
export function replacementsFor(
  program: Program,
  edits: ReadonlyMap<Chunk, readonly Edit[]>,
  symbols: ReadonlyMap<ElfSymbol, Target> = new Map(),
): { readonly replacements: ReadonlyMap<Chunk, Replacement>; readonly labels: ReadonlyMap<ElfSymbol, Target> } {
  const labels = new Map(symbols);
  const exact = (relocation: Relocation) => exactly(program, relocation, edits, labels);
  const replacements = new Map<Chunk, Replacement>();
  for (const chunk of program.chunks) {
    const relocations = chunk.relocations.map(exact);
    const changed = relocations.some((r, i) => r !== chunk.relocations[i]);
    const same = changed ? { ...chunk, relocations } : chunk;
    const own = edits.get(chunk)?.map((edit) => ({ ...edit, relocations: edit.relocations.map(exact) }));
    if (own !== undefined) replacements.set(chunk, edited(same, own));
    else if (changed) replacements.set(chunk, { chunk: same });
  }
  return { replacements, labels };
}

function exactly(
  { rules, resolve }: Program,
  relocation: Relocation,
  edits: ReadonlyMap<Chunk, readonly Edit[]>,
  labels: Map<ElfSymbol, Target>,
): Relocation {
  const { symbol, addend, type } = relocation;
  if (addend === 0) return relocation;
  const expression = rules.types.get(type)?.expression;
  if (expression === 'none' || expression === 'low-of-pair') return relocation;
  const target = labels.get(symbol) ?? resolve(symbol);
  if (target.kind !== 'chunk' || !edits.has(target.chunk)) return relocation;
  const label = madeSymbol(symbol);
  labels.set(label, { ...target, offset: target.offset + addend });
  return { ...relocation, symbol: label, addend: 0 };
}

/** A chunk with edits done, and where its bytes went. Relocations keep their symbols. */
export function edited(chunk: Chunk, edits: readonly Edit[]): Replacement {
  const sorted = [...edits].sort((a, b) => a.at - b.at);
  const moved = mover(sorted);
  const parts: Uint8Array[] = [];
  const relocations: Relocation[] = [];
  const old = [...chunk.relocations].sort((a, b) => a.offset - b.offset);
  let next = 0;
  let from = 0;
  const copyUpTo = (end: number) => {
    parts.push(chunk.data.subarray(from, end));
    for (; next < old.length && old[next]!.offset < end; next++) {
      const relocation = old[next]!;
      if (relocation.offset >= from) relocations.push({ ...relocation, offset: moved(relocation.offset) });
    }
  };
  for (const { at, size, code, relocations: made } of sorted) {
    copyUpTo(at);
    const start = moved(at);
    parts.push(code);
    relocations.push(...made.map((r) => ({ ...r, offset: start + r.offset })));
    from = at + size;
  }
  copyUpTo(chunk.data.length);
  const data = Uint8Array.from(Buffer.concat(parts));
  return { chunk: { ...chunk, data, size: data.length, relocations }, moved };
}

/** Old offset → new offset. A place within old code that went counts as the end of what came for it. */
function mover(sorted: readonly Edit[]): (offset: number) => number {
  // Bytes by which everything behind each edit moves.
  const shifts: number[] = [];
  let shift = 0;
  for (const { size, code } of sorted) {
    shift += code.length - size;
    shifts.push(shift);
  }
  return (offset) => {
    const index = firstNotBelow(sorted.length, (i) => sorted[i]!.at < offset) - 1;
    const last = sorted[index];
    if (last === undefined) return offset;
    return Math.max(offset, last.at + last.size) + shifts[index]!;
  };
}

/** The lower parts of a chunk, by the byte offset of the upper part that they belong to. */
export function lowerPartsOf({ rules, resolve }: Program, chunk: Chunk): Map<number, Relocation[]> {
  const users = new Map<number, Relocation[]>();
  for (const low of chunk.relocations) {
    if (rules.types.get(low.type)?.expression !== 'low-of-pair') continue;
    const label = resolve(low.symbol);
    if (label.kind !== 'chunk' || label.chunk !== chunk) continue;
    users.set(label.offset, [...(users.get(label.offset) ?? []), low]);
  }
  return users;
}
