import { LARGER_WITH, SIZE_ONLY_THUMB2 } from './size-flags.ts';
import type { Arch } from './types.ts';

export const armv7emsp: Arch = {
  name: 'armv7emsp',
  family: 'arm',
  mpyNumber: 7,
  wordSize: 4,
  elfMachine: 40,
  prefixes: ['arm-none-eabi-'],
  flags: ['-mthumb', '-mcpu=cortex-m4', '-mfpu=fpv4-sp-d16', '-mfloat-abi=hard'],
  // Addresses in words beside the code are shorter than the way through the GOT, and the loader completes them as well.
  compactFlags: ['-fno-pic', '-mword-relocations', '-ffunction-sections'],
  sizeFlags: [...LARGER_WITH, '-fno-schedule-insns2', '-fno-ipa-sra', ...SIZE_ONLY_THUMB2],
  costlyFlags: [...SIZE_ONLY_THUMB2],
  floatImpl: 'float',
  separateRodata: false,
  debianPackages: ['gcc-arm-none-eabi', 'libnewlib-arm-none-eabi'],
};
