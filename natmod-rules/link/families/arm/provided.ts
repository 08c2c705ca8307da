/** What libraries for ARM expect of whoever links them. */
import type { Arch } from '../../../arch/index.ts';
import { MEMMOVE, MEMSET } from '../../model/firmware.ts';
import { type Chunk, makeChunk, type Target } from '../../model/model.ts';
import type { Assembly } from '../assembly.ts';
import { getErrno } from '../errno.ts';
import type { ShorterRoutines } from '../types.ts';
import { AEABI_MEMCLR, AEABI_MEMSET, DIVIDE, ERRNO, FAR_JUMP, UNSIGNED } from './code.ts';

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

/** Division takes 744 bytes of a library where the CPU has no instruction for it. */
const DIVISIONS: ReadonlyMap<string, number> = new Map([
  ...['__aeabi_idiv', '__divsi3', '__aeabi_idivmod'].map((name) => [name, 0] as const),
  ...['__aeabi_uidiv', '__udivsi3', '__aeabi_uidivmod'].map((name) => [name, UNSIGNED] as const),
]);

/** The same functions in less code, for those who ask for the fewest bytes. A division by 0 gives no exception. */
export function shorterForArm({ thumb1 = false }: Arch): ShorterRoutines | undefined {
  if (!thumb1) return undefined;
  const { code: data } = DIVIDE;
  const chunk = makeChunk({ name: '.text.divide', symbol: 'divide', role: 'text', align: 2, size: data.length, data });
  return { chunk, entries: DIVISIONS, unless: '__aeabi_idiv0' };
}
