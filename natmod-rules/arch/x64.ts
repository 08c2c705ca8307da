import { LARGER_WITH } from './size-flags.ts';
import type { Arch } from './types.ts';

/** Left to the level `size`: found by trying what makes four examples smaller, each with those before it. */
const SIZE_ONLY = [
  '-fno-ipa-modref',
  '-fno-tree-loop-im',
  '-fno-tree-fre',
  '-fno-ssa-phiopt',
  '-flive-range-shrinkage',
  '-fno-tree-dominator-opts',
  '-fno-jump-tables',
];

export const x64: Arch = {
  name: 'x64',
  family: 'x64',
  mpyNumber: 2,
  wordSize: 8,
  elfMachine: 62,
  prefixes: ['x86_64-linux-gnu-', 'x86_64-elf-', 'x86_64-pc-linux-gnu-'],
  flags: ['-fno-stack-protector'],
  compactFlags: ['-ffunction-sections', '-fdata-sections'],
  sizeFlags: [...LARGER_WITH, '-Oz', '-malign-data=abi', '-fno-code-hoisting', '-fno-ipa-sra', ...SIZE_ONLY],
  costlyFlags: [...SIZE_ONLY, '-Oz'],
  floatImpl: 'double',
  separateRodata: false,
  debianPackages: ['gcc'],
  nativeOn: { hostArch: 'x64', compilers: ['gcc', 'clang'] },
};
