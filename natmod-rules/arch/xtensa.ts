import { LARGER_WITH } from './size-flags.ts';
import type { Arch } from './types.ts';

/** Cost no instructions, each counted alone. */
const COUNTED = ['--param=max-completely-peel-times=0', '-fno-ipa-modref', '-fno-ssa-phiopt', '-fno-jump-tables'];

/** Left to the level `size`: found by trying what makes four examples smaller, each with those before it. */
const SIZE_ONLY = [
  '-fno-tree-loop-im',
  '-fno-caller-saves',
  '-fira-algorithm=priority',
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
  sizeFlags: [...LARGER_WITH, '-mno-target-align', '-fno-schedule-insns2', '-fno-ipa-sra', ...COUNTED, ...SIZE_ONLY],
  costlyFlags: [...SIZE_ONLY],
  floatImpl: 'none',
  separateRodata: false,
  debianPackages: ['gcc-xtensa-lx106', 'picolibc-xtensa-lx106-elf'],
};
