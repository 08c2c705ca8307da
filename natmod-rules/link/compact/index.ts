/**
 * Makes a module smaller than the reference linker would: every pass takes a program and returns one that does the same in fewer
 * bytes. What nothing refers to was already left out by symbol resolution.
 *
 *   mergeConstants   equal strings and constants once
 *   reachDirectly    no GOT slot for what is at a known distance
 *   inOrder          mpy_init first, so that no jump to it is needed; alignment gaps closed
 *   relaxRiscv       shorter calls
 */
import type { BlockName, Chunk, Placement } from '../model.ts';
import { reachDirectly } from './direct.ts';
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
  const ordered = inOrder(reachDirectly(merged, (chunk) => blocks.get(chunk) ?? 'text'));
  return program.arch.family === 'riscv' ? relaxRiscv(ordered, place) : ordered;
}

const RANK = { literal: 0, text: 1, rodata: 2, data: 3, bss: 4 };

/** The entry, then code in the order of the objects, then data with the strictest alignment first. */
function inOrder(program: Program): Program {
  const rank = (chunk: Chunk) => (chunk === program.entry.chunk ? 0.5 : RANK[chunk.role]);
  const chunks = [...program.chunks].sort((a, b) => {
    const byRole = rank(a) - rank(b);
    return byRole !== 0 || a.role === 'text' || a.role === 'literal' ? byRole : b.align - a.align;
  });
  return { ...program, chunks };
}
