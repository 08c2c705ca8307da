/**
 * Takes indirection out: what lies in the same block as the code needs no GOT slot, because its distance is known. A
 * load of its address from the GOT becomes an instruction that computes the address. psABIs of x86 and x86-64,
 * "GOTPCRELX" and "GOT32X"; RISC-V psABI, "GOT indirection".
 */
import type { Relocation } from '../../elf/object.ts';
import type { BlockName, Chunk } from '../model/model.ts';
import { type Program, type Replacement, replaceChunks } from './program.ts';

/** Rewrites code that is under `blockOf` in the block of what it refers to. */
export function reachDirectly(program: Program, blockOf: (chunk: Chunk) => BlockName): Program {
  const rewrite = program.rules.reachDirectly;
  if (rewrite === undefined) return program;
  const replacements = new Map<Chunk, Replacement>();
  for (const chunk of program.chunks) {
    if (chunk.role !== 'text' || blockOf(chunk) !== 'text') continue;
    const isNear = (relocation: Relocation) => {
      const target = program.resolve(relocation.symbol);
      return target.kind === 'chunk' && target.chunk.role !== 'literal' && blockOf(target.chunk) === 'text';
    };
    const replaced = rewrite(chunk, isNear, program);
    if (replaced !== undefined) replacements.set(chunk, { chunk: replaced });
  }
  return replacements.size === 0 ? program : replaceChunks(program, replacements);
}
