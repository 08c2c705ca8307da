import type { Arch } from './types.ts';

export const armv7m: Arch = {
  name: 'armv7m',
  family: 'arm',
  mpyNumber: 5,
  wordSize: 4,
  elfMachine: 40,
  prefixes: ['arm-none-eabi-'],
  flags: ['-mthumb', '-mcpu=cortex-m3'],
  floatImpl: 'float',
  separateRodata: false,
  debianPackages: ['gcc-arm-none-eabi', 'libnewlib-arm-none-eabi'],
};
