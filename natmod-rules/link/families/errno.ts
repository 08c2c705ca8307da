/**
 * `errno` as one word of the module, whatever C libraries make of it: a function that returns its address (glibc and
 * musl, newlib), or a variable (picolibc).
 */
import { type Chunk, makeChunk } from '../model/model.ts';
import type { Assembly } from './assembly.ts';

/** The variable itself. Code reaches it by its distance, as it does a library's. */
export function provideVariable(name: string): readonly Chunk[] | undefined {
  return name === 'errno' ? [variable(true)] : undefined;
}

/**
 * A function that returns the address, and the variable.
 * @param wordOffset bytes from the start of its code to the address
 */
export function getErrno(name: string, { code: data }: Assembly, wordOffset: number): readonly Chunk[] {
  const errno = variable(false);
  const words = [{ offset: wordOffset, target: { kind: 'chunk', chunk: errno, offset: 0 } as const, addend: 0 }];
  const place = { name: `.stub.${name}`, symbol: name, role: 'text', align: Math.max(4, wordOffset) } as const;
  return [makeChunk({ ...place, size: data.length, data, words }), errno];
}

function variable(fromLibrary: boolean): Chunk {
  return makeChunk({ name: '.bss.errno', symbol: 'errno', role: 'bss', align: 4, size: 4, fromLibrary });
}
