import { join, resolve } from 'node:path';
import type { ModulePlan } from '../modules/describe-module.ts';
import { removeQuietly } from '../system/files.ts';

type Placed = Pick<ModulePlan, 'name' | 'place' | 'linker' | 'module'>;

/**
 * Where the ELF file of a module belongs: beside the intermediates, or where `--elf` of MPY_LD_FLAGS says. Absolute.
 */
export function elfPlace({ name, place, linker, module }: Placed): string {
  return linker.elf === undefined ? join(place.buildDir, `${name}.elf`) : resolve(module.dir, linker.elf);
}

/** Removes an ELF file that tells of another build. */
export function forgetElf(plan: Placed): void {
  removeQuietly(elfPlace(plan));
}
