/**
 * What C++ compilers and C programs call to have something done at the end of the program: `atexit`, `__cxa_atexit` (Itanium C++
 * ABI, 3.3.6.3) and `__aeabi_atexit` (C++ ABI for the Arm Architecture, 4.4.5). No module is ever unloaded, so there is no end: they
 * say yes and forget it. `__dso_handle` tells such calls which library they come from.
 */
import type { Arch } from '../../arch/index.ts';
import { bytes, halves } from '../families/types.ts';
import { type Chunk, makeChunk } from '../model/model.ts';

/** The chunk of one of these names; undefined for any other. */
export function provideAtExit(arch: Arch, name: string): readonly Chunk[] | undefined {
  const { wordSize } = arch;
  if (name === '__dso_handle') {
    return [makeChunk({ name: '.stub.__dso_handle', role: 'text', align: wordSize, size: wordSize })];
  }
  if (name !== 'atexit' && name !== '__cxa_atexit' && name !== '__aeabi_atexit') return undefined;
  const data = returnZero(arch);
  return [makeChunk({ name: `.stub.${name}`, role: 'text', align: 4, size: data.length, data })];
}

function returnZero({ name, family }: Arch): Uint8Array {
  if (family === 'arm') return halves(0x2000, 0x4770); // movs r0, #0; bx lr
  if (family === 'riscv') return halves(0x4501, 0x8082); // li a0, 0; ret
  if (family !== 'xtensa') return bytes(0x31, 0xc0, 0xc3); // xor eax, eax; ret
  // entry a1, 32; movi.n a2, 0; retw.n, where functions turn the register window
  if (name === 'xtensawin') return bytes(0x36, 0x41, 0x00, 0x0c, 0x02, 0x1d, 0xf0);
  return bytes(0x0c, 0x02, 0x0d, 0xf0); // movi.n a2, 0; ret.n
}
