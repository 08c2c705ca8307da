/** A function of 32-bit x86 taken apart, where all of it is understood. */
import { isCompiled, type Relocation } from '../../../elf/object.ts';
import type { Chunk } from '../../model/model.ts';
import type { Program } from '../../shrink/program.ts';
import { decodeAll, type Instruction } from './decode.ts';

export interface Line extends Instruction {
  /** What changes the constants in its bytes. */
  readonly relocations: readonly Relocation[];
  /** Byte offset in the chunk: where it leads to when the assembler has settled that. */
  readonly settled: number | undefined;
}

/**
 * The instructions of a compiled function; undefined where something in the bytes cannot be code, or leads to a place
 * that is none.
 */
export function readFunction({ rules }: Program, chunk: Chunk): readonly Line[] | undefined {
  if (chunk.role !== 'text' || chunk.from === undefined || !isCompiled(chunk.from)) return undefined;
  const found = decodeAll(chunk.data);
  if (found === undefined) return undefined;
  const own = chunk.relocations
    .filter(({ type }) => rules.types.get(type)?.expression !== 'none')
    .sort((a, b) => a.offset - b.offset);
  let next = 0;
  const lines = found.map((one): Line => {
    const start = next;
    while (next < own.length && own[next]!.offset < one.at + one.size) next++;
    const relocations = own.slice(start, next);
    return { ...one, relocations, settled: relocations.length === 0 ? one.target : undefined };
  });
  const isWhole = lines.every(({ at, size, relocations }) =>
    relocations.every(({ offset, type }) => {
      const known = rules.types.get(type);
      return known !== undefined && offset > at && offset + known.width <= at + size;
    }),
  );
  return isWhole && isCode(lines) ? lines : undefined;
}

/** Jumps lead to instructions, and everything behind one that never goes on is led to. */
function isCode(lines: readonly Line[]): boolean {
  const starts = new Set(lines.map(({ at }) => at));
  const targets = new Set<number>();
  for (const { settled, flow } of lines) {
    if (settled === undefined) continue;
    // What calls a place within itself wants the address of what stands behind the call.
    if (!starts.has(settled) || (flow === 'call' && settled !== 0)) return false;
    targets.add(settled);
  }
  return lines.every(({ at }, i) => {
    const before = lines[i - 1]?.flow;
    return (before !== 'jump' && before !== 'end') || targets.has(at);
  });
}

/** Chunks of which something names another place than their start. What does so may count on where it is. */
export function pinnedChunks({ rules, chunks, resolve, entry }: Program): ReadonlySet<Chunk> {
  const pinned = new Set<Chunk>();
  if (entry.offset !== 0) pinned.add(entry.chunk);
  for (const chunk of chunks) {
    const view = new DataView(chunk.data.buffer, chunk.data.byteOffset, chunk.data.length);
    for (const { symbol, type, addend, offset } of chunk.relocations) {
      const known = rules.types.get(type);
      const target = resolve(symbol);
      if (known === undefined || target.kind !== 'chunk') continue;
      const isInside = offset + known.width <= chunk.data.length;
      const inPlace = isInside ? (known.addend?.(view, offset) ?? 0) : 0;
      // The distance that a call or jump holds begins behind its field.
      const bias = known.expression === 'pc' ? known.width : 0;
      if (target.offset + addend + inPlace + bias !== 0) pinned.add(target.chunk);
    }
    for (const { target, addend } of chunk.words)
      if (target.kind === 'chunk' && target.offset + addend !== 0) pinned.add(target.chunk);
  }
  return pinned;
}
