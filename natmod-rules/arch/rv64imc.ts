import { RV64_COSTLY_FLAGS, RV64_SIZE_FLAGS } from './size-flags.ts';
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
  sizeFlags: RV64_SIZE_FLAGS,
  costlyFlags: RV64_COSTLY_FLAGS,
  floatImpl: 'none',
  separateRodata: false,
  debianPackages: ['gcc-riscv64-unknown-elf', 'picolibc-riscv64-unknown-elf'],
};
