import { LARGER_WITH } from './size-flags.ts';
import type { Arch } from './types.ts';

export const xtensa: Arch = {
  name: 'xtensa',
  family: 'xtensa',
  mpyNumber: 9,
  wordSize: 4,
  elfMachine: 94,
  prefixes: ['xtensa-lx106-elf-'],
  flags: ['-mforce-l32'],
  compactFlags: ['-fno-pic', '-ffunction-sections'],
  sizeFlags: [...LARGER_WITH, '-mno-target-align', '-fno-schedule-insns2', '-fno-ipa-sra'],
  costlyFlags: [],
  floatImpl: 'none',
  separateRodata: false,
  debianPackages: ['gcc-xtensa-lx106', 'picolibc-xtensa-lx106-elf'],
};
