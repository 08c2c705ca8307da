/**
 * memset, memmove and memcpy of the firmware. Compilers call them directly, but their address is known only to the loader: the
 * call goes to a stub in the module that jumps to the address in its word.
 */
import type { Arch } from '../arch/index.ts';
import { MEMSET } from './firmware.ts';
import { type Chunk, makeChunk } from './model.ts';
import { rulesOf } from './relocate/families.ts';

/** Function-table entry → stub that jumps to it, in the order the entries were met. */
export function makeStubs(arch: Arch, entries: readonly number[]): Map<number, Chunk> {
  const stubs = new Map<number, Chunk>();
  const jump = rulesOf(arch.family).farJump(arch.wordSize);
  if (jump === undefined) return stubs;
  for (const index of entries) {
    const name = `.stub.${index === MEMSET ? 'memset' : 'memmove'}`;
    const words = [{ offset: jump.wordOffset, target: { kind: 'table-entry', index } as const, addend: 0 }];
    stubs.set(
      index,
      makeChunk({ name, role: 'text', align: arch.wordSize, size: jump.code.length, data: jump.code, words }),
    );
  }
  return stubs;
}
