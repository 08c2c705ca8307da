import { RV32_COSTLY_FLAGS, RV32_SIZE_FLAGS } from './size-flags.ts';
import type { Arch } from './types.ts';

export const rv32imc: Arch = {
  name: 'rv32imc',
  family: 'riscv',
  mpyNumber: 11,
  wordSize: 4,
  elfMachine: 243,
  prefixes: ['riscv64-unknown-elf-', 'riscv64-elf-', 'riscv32-unknown-elf-', 'riscv-none-elf-', 'riscv32-esp-elf-'],
  flags: ['-march=rv32imac', '-mabi=ilp32', '-mno-relax'],
  compactFlags: ['-mrelax', '-ffunction-sections', '-fdata-sections'],
  sizeFlags: RV32_SIZE_FLAGS,
  costlyFlags: RV32_COSTLY_FLAGS,
  floatImpl: 'none',
  separateRodata: false,
  debianPackages: ['gcc-riscv64-unknown-elf', 'picolibc-riscv64-unknown-elf'],
  archFlags: { zba: 1, zcmp: 2 },
};
