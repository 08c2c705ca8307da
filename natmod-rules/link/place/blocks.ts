/**
 * Which block of memory each chunk goes to. Zeroed data is BSS. Initialised data goes to the loader's rodata block,
 * which is RAM. Code that reaches a library's data at a fixed distance, as code for bare metal does, gets it beside
 * itself in the text block; that is a poor place for a module's own variables, because the garbage collector looks for
 * pointers in BSS and rodata only. On x86 there is no other way to static variables, and only the Unix port runs such
 * modules, so there it is done when it is asked for.
 */
import type { Arch } from '../../arch/index.ts';
import type { FamilyRules } from '../families/types.ts';
import type { BlockName, Chunk, Resolve } from '../model/model.ts';

/** @param ownToo put the module's own variables beside the code, too, on CPUs where nothing else works */
export function assignBlocks(
  arch: Arch,
  rules: FamilyRules,
  chunks: readonly Chunk[],
  resolve: Resolve,
  ownToo = false,
): Map<Chunk, BlockName> {
  const besideCode = directlyReached(rules, chunks, resolve, ownToo && rules.variablesBesideCode);
  const blocks = new Map<Chunk, BlockName>();
  for (const chunk of chunks) blocks.set(chunk, besideCode.has(chunk) ? 'text' : usualBlock(arch, chunk));
  return blocks;
}

function usualBlock(arch: Arch, { role }: Chunk): BlockName {
  if (role === 'bss') return 'bss';
  if (role === 'data') return 'rodata';
  return role === 'rodata' && arch.separateRodata ? 'rodata' : 'text';
}

/** Writable chunks of libraries (or of any object) that some instruction names by distance. */
function directlyReached({ types }: FamilyRules, chunks: readonly Chunk[], resolve: Resolve, any: boolean): Set<Chunk> {
  const reached = new Set<Chunk>();
  for (const chunk of chunks) {
    for (const { type, symbol } of chunk.relocations) {
      const expression = types.get(type)?.expression;
      if (expression !== 'pc' && expression !== 'got-relative') continue;
      const target = resolve(symbol);
      if (target.kind !== 'chunk' || !(any || target.chunk.fromLibrary)) continue;
      if (target.chunk.role === 'bss' || target.chunk.role === 'data') reached.add(target.chunk);
    }
  }
  return reached;
}
