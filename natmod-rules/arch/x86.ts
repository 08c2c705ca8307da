import { LARGER_WITH } from './size-flags.ts';
import type { Arch } from './types.ts';

/** Left to the level `size`: found by trying what makes four examples smaller, each with those before it. */
const SIZE_ONLY = [
  '--param=max-completely-peel-times=0',
  '-fno-ipa-modref',
  '-fno-tree-loop-im',
  '-fno-tree-fre',
  '-fno-ssa-phiopt',
  '-fipa-pta',
  '-fno-jump-tables',
  '-flive-range-shrinkage',
];

export const x86: Arch = {
  name: 'x86',
  family: 'x86',
  mpyNumber: 1,
  wordSize: 4,
  elfMachine: 3,
  prefixes: ['i686-linux-gnu-', 'i586-linux-gnu-', 'i386-linux-gnu-'],
  flags: ['-fno-stack-protector'],
  compactFlags: ['-ffunction-sections', '-fdata-sections'],
  sizeFlags: [...LARGER_WITH, '-Oz', '-malign-data=abi', '-fno-ipa-sra', ...SIZE_ONLY],
  costlyFlags: [...SIZE_ONLY, '-Oz', '-fno-move-loop-invariants'],
  floatImpl: 'double',
  separateRodata: false,
  debianPackages: ['gcc-i686-linux-gnu', 'libc6-dev-i386-cross'],
};
