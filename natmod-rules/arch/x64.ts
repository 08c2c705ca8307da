import type { Arch } from './types.ts';

export const x64: Arch = {
  name: 'x64',
  family: 'x64',
  mpyNumber: 2,
  wordSize: 8,
  elfMachine: 62,
  prefixes: ['x86_64-linux-gnu-', 'x86_64-elf-', 'x86_64-pc-linux-gnu-'],
  flags: ['-fno-stack-protector'],
  compactFlags: ['-ffunction-sections', '-fdata-sections'],
  sizeFlags: [
    '-Oz',
    '-malign-data=abi',
    '-fno-tree-scev-cprop',
    '-fno-tree-loop-distribute-patterns',
    '-fno-code-hoisting',
    '-fno-move-loop-invariants',
    '-fno-thread-jumps',
    '-fno-ipa-sra',
  ],
  floatImpl: 'double',
  separateRodata: false,
  debianPackages: ['gcc'],
  nativeOn: { hostArch: 'x64', compilers: ['gcc', 'clang'] },
};
