import { fail } from '../problem.ts';
import { armv6m } from './armv6m.ts';
import { armv7emdp } from './armv7emdp.ts';
import { armv7emsp } from './armv7emsp.ts';
import { armv7m } from './armv7m.ts';
import { rv32imc } from './rv32imc.ts';
import { rv64imc } from './rv64imc.ts';
import type { Arch, ArchName } from './types.ts';
import { x64 } from './x64.ts';
import { x86 } from './x86.ts';
import { xtensa } from './xtensa.ts';
import { xtensawin } from './xtensawin.ts';

export type { Arch, ArchName, Family, FloatImpl } from './types.ts';

/** Every architecture a .mpy file can be made for, in the order of their .mpy numbers. */
export const ARCHES: readonly Arch[] = [
  x86,
  x64,
  armv6m,
  armv7m,
  armv7emsp,
  armv7emdp,
  xtensa,
  xtensawin,
  rv32imc,
  rv64imc,
];

/** The architecture of that name; the error lists the known ones. */
export function archByName(name: string): Arch {
  const arch = ARCHES.find((a) => a.name === name);
  if (arch !== undefined) return arch;
  const known = ARCHES.map((a) => a.name).join(', ');
  return fail(
    'unknown-arch',
    name === '' ? 'the architecture is empty' : `unknown architecture '${name}'`,
    undefined,
    `known are ${known}`,
  );
}

/** The architecture with that number in the .mpy feature byte, if there is one. */
export function archByMpyNumber(number: number): Arch | undefined {
  return ARCHES.find((a) => a.mpyNumber === number);
}

export function isArchName(name: string): name is ArchName {
  return ARCHES.some((a) => a.name === name);
}
