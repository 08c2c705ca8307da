/**
 * Makes a module smaller than the reference linker would: every pass takes a program and returns one that does the same in fewer
 * bytes. What nothing refers to was already left out by symbol resolution.
 *
 *   mergeConstants   equal strings and constants once
 *   foldFunctions    equal functions once
 *   loadAddresses    static variables through the GOT (RISC-V)
 *   reachDirectly    no GOT slot for what is at a known distance
 *   shortenPrologues saving of registers by routines or in place (RISC-V)
 *   addStubs         ways to the firmware, so that calls of it get shorter like others (RISC-V)
 *   outline          repeated code once, and called from the other places (RISC-V, Xtensa)
 *   inOrder          mpy_init first, so that no jump to it is needed; alignment gaps closed
 *   relaxRiscv       shorter calls, with the functions in an order that makes more of them short
 */

import { relaxInBestOrder } from '../families/riscv/order.ts';
import { shortenPrologues } from '../families/riscv/prologues.ts';
import { relaxRiscv, sitesOfProgram } from '../families/riscv/relax.ts';
import { addStubs } from '../families/riscv/stubs.ts';
import { loadAddresses } from '../families/riscv/variables.ts';
import type { BlockName, Chunk, Placement } from '../model/model.ts';
import { reachDirectly } from './direct.ts';
import { foldFunctions } from './fold.ts';
import { mergeConstants } from './merge.ts';
import { outline } from './outline.ts';
import type { CompactPass } from './passes.ts';
import type { Program } from './program.ts';

export type { Program } from './program.ts';

/** @param passes those to do; @param assign the block of each chunk; @param place a layout of the chunks */
export function compact(
  program: Program,
  passes: ReadonlySet<CompactPass>,
  assign: (program: Program) => ReadonlyMap<Chunk, BlockName>,
  place: (program: Program) => ReadonlyMap<Chunk, Placement>,
): Program {
  const apply = (pass: CompactPass, change: (program: Program) => Program, to: Program) =>
    passes.has(pass) ? change(to) : to;
  const merged = apply('merge-constants', mergeConstants, program);
  const folded = apply('icf', foldFunctions, merged);
  const blocks = assign(folded);
  const blockOf = (chunk: Chunk) => blocks.get(chunk) ?? 'text';
  const reachable =
    program.arch.family === 'riscv' ? apply('variables', (p) => loadAddresses(p, blockOf), folded) : folded;
  const direct = apply('relax', (p) => reachDirectly(p, blockOf), reachable);
  const shortened =
    program.arch.family === 'riscv' ? apply('relax', (p) => addStubs(shortenPrologues(p)), direct) : direct;
  const outlined = apply('outline', outline, shortened);
  const ordered = apply('sort-sections', (p) => inOrder(p, place), outlined);
  if (program.arch.family !== 'riscv') return ordered;
  // Loads of addresses that have come in may have put targets out of a branch's reach.
  if (!passes.has('relax'))
    return passes.has('variables') ? relaxRiscv(ordered, place, sitesOfProgram(ordered, false)) : ordered;
  return passes.has('sort-sections') ? relaxInBestOrder(ordered, place) : relaxRiscv(ordered, place);
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
