/** What libraries for ARM expect of whoever links them. */
import type { Arch } from '../../../arch/index.ts';
import { MEMMOVE, MEMSET } from '../../model/firmware.ts';
import { type Chunk, makeChunk, type Target } from '../../model/model.ts';
import type { Assembly } from '../assembly.ts';
import { getErrno } from '../errno.ts';
import { AEABI_MEMCLR, AEABI_MEMSET, ERRNO, FAR_JUMP } from './code.ts';

/** Run-time ABI for the Arm Architecture (IHI 0043), "Memory copying, clearing, and setting"; newlib's `__errno`. */
export function provideForArm(_arch: Arch, name: string): readonly Chunk[] | undefined {
  if (/^__aeabi_mem(cpy|move)[48]?$/.test(name)) {
    return [thumb(name, FAR_JUMP, 4, { kind: 'table-entry', index: MEMMOVE })];
  }
  if (/^__aeabi_memset[48]?$/.test(name)) {
    return [thumb(name, AEABI_MEMSET, 12, { kind: 'table-entry', index: MEMSET })];
  }
  if (/^__aeabi_memclr[48]?$/.test(name)) {
    return [thumb(name, AEABI_MEMCLR, 8, { kind: 'table-entry', index: MEMSET })];
  }
  return name === '__errno' ? getErrno(name, ERRNO, 4) : undefined;
}

function thumb(name: string, { code: data }: Assembly, wordOffset: number, target: Target): Chunk {
  const words = [{ offset: wordOffset, target, addend: 0 }];
  return makeChunk({ name: `.stub.${name}`, symbol: name, role: 'text', align: 4, size: data.length, data, words });
}
