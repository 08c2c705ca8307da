import { LARGER_WITH } from './size-flags.ts';
import type { Arch } from './types.ts';

/** Left to the level `size`: found by trying what makes four examples smaller, each with those before it. */
const SIZE_ONLY = [
  '--param=max-completely-peel-times=0',
  '-fno-ipa-modref',
  '-fno-tree-loop-im',
  '-fipa-pta',
  '-fno-tree-fre',
  '-fno-tree-ter',
];

export const armv6m: Arch = {
  name: 'armv6m',
  family: 'arm',
  mpyNumber: 4,
  wordSize: 4,
  elfMachine: 40,
  prefixes: ['arm-none-eabi-'],
  flags: ['-mthumb', '-mcpu=cortex-m0'],
  // Addresses in words beside the code are shorter than the way through the GOT, and the loader completes them as well.
  compactFlags: ['-fno-pic', '-mword-relocations', '-ffunction-sections'],
  sizeFlags: [...LARGER_WITH, '-fno-schedule-insns2', '-fno-ipa-sra', '-fno-jump-tables', ...SIZE_ONLY],
  costlyFlags: [...SIZE_ONLY],
  floatImpl: 'float',
  separateRodata: false,
  debianPackages: ['gcc-arm-none-eabi', 'libnewlib-arm-none-eabi'],
  thumb1: true,
};
