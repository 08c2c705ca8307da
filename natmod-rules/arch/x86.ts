import { LARGER_WITH } from './size-flags.ts';
import type { Arch } from './types.ts';

export const x86: Arch = {
  name: 'x86',
  family: 'x86',
  mpyNumber: 1,
  wordSize: 4,
  elfMachine: 3,
  prefixes: ['i686-linux-gnu-', 'i586-linux-gnu-', 'i386-linux-gnu-'],
  flags: ['-fno-stack-protector'],
  compactFlags: ['-ffunction-sections', '-fdata-sections'],
  sizeFlags: [...LARGER_WITH, '-Oz', '-malign-data=abi', '-fno-ipa-sra'],
  costlyFlags: ['-Oz', '-fno-move-loop-invariants'],
  floatImpl: 'double',
  separateRodata: false,
  debianPackages: ['gcc-i686-linux-gnu', 'libc6-dev-i386-cross'],
};
