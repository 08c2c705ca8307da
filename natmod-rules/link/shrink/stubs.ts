/**
 * Ways to the firmware's memset and memmove and to routines in ROM, made before code is relaxed, so that calls of them
 * get shorter like all others.
 */
import type { ElfSymbol } from '../../elf/object.ts';
import type { Chunk, Target } from '../model/model.ts';
import { makeStubs, stubKey } from '../place/stubs.ts';
import { madeSymbol, type Program, type Replacement, replaceChunks } from './program.ts';

/** The program with a stub for every place outside that it calls; calls go there, and addresses that are taken stay. */
export function addStubs(program: Program): Program {
  const { arch, rules, chunks, resolve } = program;
  const stubs = makeStubs(arch, rules, [], chunks, resolve);
  if (stubs.size === 0) return program;
  const { types } = rules;
  const symbols = new Map<ElfSymbol, Target>();
  const symbolOf = new Map<string, ElfSymbol>();
  const replacements = new Map<Chunk, Replacement>();
  for (const chunk of chunks) {
    const relocations = chunk.relocations.map((relocation) => {
      const key = types.get(relocation.type)?.branch === true ? stubKey(resolve(relocation.symbol)) : undefined;
      const stub = key === undefined ? undefined : stubs.get(key);
      if (key === undefined || stub === undefined) return relocation;
      const symbol = symbolOf.get(key) ?? madeSymbol(relocation.symbol);
      symbolOf.set(key, symbol);
      symbols.set(symbol, stub);
      return { ...relocation, symbol };
    });
    if (relocations.some((r, i) => r !== chunk.relocations[i]))
      replacements.set(chunk, { chunk: { ...chunk, relocations } });
  }
  const replaced = replaceChunks(program, replacements, symbols);
  return { ...replaced, chunks: [...replaced.chunks, ...[...stubs.values()].map(({ chunk }) => chunk)] };
}
