import { LARGER_WITH } from './size-flags.ts';
import type { Arch } from './types.ts';

/** Left to the level `size`: found by trying what makes four examples smaller, each with those before it. */
const SIZE_ONLY = [
  '--param=max-completely-peel-times=0',
  '-fno-ipa-modref',
  '-fno-tree-loop-im',
  '-fno-ssa-phiopt',
  '-fno-caller-saves',
  '-fira-algorithm=priority',
  '-fno-jump-tables',
  '-fno-tree-loop-optimize',
  '-fno-ira-hoist-pressure',
  '-fno-code-hoisting',
];

export const xtensa: Arch = {
  name: 'xtensa',
  family: 'xtensa',
  mpyNumber: 9,
  wordSize: 4,
  elfMachine: 94,
  prefixes: ['xtensa-lx106-elf-'],
  flags: ['-mforce-l32'],
  compactFlags: ['-fno-pic', '-ffunction-sections'],
  sizeFlags: [...LARGER_WITH, '-mno-target-align', '-fno-schedule-insns2', '-fno-ipa-sra', ...SIZE_ONLY],
  costlyFlags: [...SIZE_ONLY],
  floatImpl: 'none',
  separateRodata: false,
  debianPackages: ['gcc-xtensa-lx106', 'picolibc-xtensa-lx106-elf'],
};
