/** The order of the chunks: mpy_init first, so that no jump to it is needed, and the smallest gaps between data. */
import type { Chunk, Placement } from '../model/model.ts';
import type { Program } from './program.ts';

const RANK = { literal: 0, text: 1, rodata: 2, data: 3, bss: 4 };

/**
 * The entry, then code in the order of the objects, then data in the order of alignment; or all as it came. Whichever
 * leaves the smallest gaps.
 */
export function sortChunks(program: Program, place: (program: Program) => ReadonlyMap<Chunk, Placement>): Program {
  const rank = (chunk: Chunk) => (chunk === program.entry.chunk ? 0.5 : RANK[chunk.role]);
  const ordered = ALIGN_ORDERS.map((byAlign) => {
    const chunks = [...program.chunks].sort((a, b) => {
      const byRole = rank(a) - rank(b);
      return byRole !== 0 || a.role === 'text' || a.role === 'literal' ? byRole : byAlign(a.align, b.align);
    });
    return { ...program, chunks };
  });
  return [...ordered, program].reduce((best, next) => (extent(next, place) < extent(best, place) ? next : best));
}

const ALIGN_ORDERS = [(a: number, b: number) => b - a, (a: number, b: number) => a - b, () => 0];

/** Bytes that the chunks and the gaps between them take, in all blocks. */
function extent(program: Program, place: (program: Program) => ReadonlyMap<Chunk, Placement>): number {
  const end = { text: 0, rodata: 0, bss: 0 };
  for (const [{ size }, { block, address }] of place(program)) end[block] = Math.max(end[block], address + size);
  return end.text + end.rodata + end.bss;
}
