import type { Arch } from './types.ts';

export const rv64imc: Arch = {
  name: 'rv64imc',
  family: 'riscv',
  mpyNumber: 12,
  wordSize: 8,
  elfMachine: 243,
  prefixes: ['riscv64-unknown-elf-', 'riscv-none-elf-'],
  flags: ['-march=rv64imac', '-mabi=lp64', '-mno-relax'],
  compactFlags: ['-mrelax', '-ffunction-sections', '-fdata-sections'],
  sizeFlags: [
    '-msave-restore',
    '-fno-tree-scev-cprop',
    '-fno-tree-loop-distribute-patterns',
    '-fno-move-loop-invariants',
    '-fno-code-hoisting',
    '-fno-jump-tables',
    '-fno-thread-jumps',
    '-fno-schedule-insns2',
  ],
  floatImpl: 'none',
  separateRodata: false,
  debianPackages: ['gcc-riscv64-unknown-elf', 'picolibc-riscv64-unknown-elf'],
};
