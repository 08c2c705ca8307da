import { LARGER_WITH, SIZE_ONLY_RISCV } from './size-flags.ts';
import type { Arch } from './types.ts';

export const rv64imc: Arch = {
  name: 'rv64imc',
  family: 'riscv',
  mpyNumber: 12,
  wordSize: 8,
  elfMachine: 243,
  prefixes: ['riscv64-unknown-elf-', 'riscv64-elf-', 'riscv-none-elf-'],
  flags: ['-march=rv64imac', '-mabi=lp64', '-mno-relax'],
  compactFlags: ['-mrelax', '-ffunction-sections', '-fdata-sections'],
  sizeFlags: [
    ...LARGER_WITH,
    '-msave-restore',
    '-fno-code-hoisting',
    '-fno-jump-tables',
    '-fno-schedule-insns2',
    ...SIZE_ONLY_RISCV,
  ],
  costlyFlags: [...SIZE_ONLY_RISCV, '-msave-restore', '-fno-move-loop-invariants'],
  floatImpl: 'none',
  separateRodata: false,
  debianPackages: ['gcc-riscv64-unknown-elf', 'picolibc-riscv64-unknown-elf'],
};
