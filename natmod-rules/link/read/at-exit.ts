/**
 * What C++ compilers and C programs call to have something done at the end of the program: `atexit`, `__cxa_atexit`
 * (Itanium C++ ABI, 3.3.6.3) and `__aeabi_atexit` (C++ ABI for the Arm Architecture, 4.4.5). No module is ever
 * unloaded, so there is no end: they say yes and forget it. `__dso_handle` tells such calls which library they come
 * from.
 */
import type { Arch } from '../../arch/index.ts';
import type { FamilyRules } from '../families/types.ts';
import { type Chunk, makeChunk } from '../model/model.ts';

/** The chunk of one of these names; undefined for any other. */
export function provideAtExit(arch: Arch, rules: FamilyRules, name: string): readonly Chunk[] | undefined {
  const { wordSize } = arch;
  if (name === '__dso_handle') {
    return [makeChunk({ name: `.stub.${name}`, symbol: name, role: 'text', align: wordSize, size: wordSize })];
  }
  if (name !== 'atexit' && name !== '__cxa_atexit' && name !== '__aeabi_atexit') return undefined;
  const data = rules.returnZero(arch);
  return [makeChunk({ name: `.stub.${name}`, symbol: name, role: 'text', align: 4, size: data.length, data })];
}
