import type { ArchName } from '../../../natmod-rules/arch/index.ts';

/** Where crashes and debuggers are tried: MicroPython as a program, and on bare machines. */
export const ON: readonly (readonly [ArchName, 'program' | 'firmware'])[] = [
  ['x64', 'program'],
  ['armv7m', 'program'],
  ['armv7m', 'firmware'],
  ['rv32imc', 'firmware'],
];
