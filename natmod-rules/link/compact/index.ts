/**
 * Makes a module smaller than the reference linker would: every pass takes a program and returns one that does the same in fewer
 * bytes. What nothing refers to was already left out by symbol resolution.
 *
 *   mergeConstants   equal strings and constants once
 *   reachIndirectly  static variables through the GOT (RISC-V)
 *   reachDirectly    no GOT slot for what is at a known distance
 *   inOrder          mpy_init first, so that no jump to it is needed; alignment gaps closed
 *   relaxRiscv       shorter calls
 */
import type { BlockName, Chunk, Placement } from '../model.ts';
import { reachDirectly, reachIndirectly } from './direct.ts';
import { mergeConstants } from './merge.ts';
import type { Program } from './program.ts';
import { relaxRiscv } from './riscv-relax.ts';

export type { Program } from './program.ts';

/** @param assign the block of each chunk; @param place a layout of the chunks */
export function compact(
  program: Program,
  assign: (program: Program) => ReadonlyMap<Chunk, BlockName>,
  place: (program: Program) => ReadonlyMap<Chunk, Placement>,
): Program {
  const merged = mergeConstants(program);
  const blocks = assign(merged);
  const blockOf = (chunk: Chunk) => blocks.get(chunk) ?? 'text';
  const ordered = inOrder(reachDirectly(reachIndirectly(merged, blockOf), blockOf), place);
  return program.arch.family === 'riscv' ? relaxRiscv(ordered, place) : ordered;
}

const RANK = { literal: 0, text: 1, rodata: 2, data: 3, bss: 4 };

/**
 * The entry, then code in the order of the objects, then data in the order of alignment; or all as it came. Whichever leaves the
 * smallest gaps.
 */
function inOrder(program: Program, place: (program: Program) => ReadonlyMap<Chunk, Placement>): Program {
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
