import { LARGER_WITH } from './size-flags.ts';
import type { Arch } from './types.ts';

/** Left to the level `size`: found by trying what makes four examples smaller, each with those before it. */
const SIZE_ONLY = [
  '-fno-jump-tables',
  '--param=max-completely-peel-times=0',
  '-fno-ipa-modref',
  '-fno-tree-fre',
  '-fno-tree-loop-im',
];

export const xtensawin: Arch = {
  name: 'xtensawin',
  family: 'xtensa',
  mpyNumber: 10,
  wordSize: 4,
  elfMachine: 94,
  prefixes: ['xtensa-esp32-elf-', 'xtensa-esp32s3-elf-', 'xtensa-esp32s2-elf-', 'xtensa-esp-elf-'],
  flags: [],
  compactFlags: ['-fno-pic', '-ffunction-sections'],
  sizeFlags: [...LARGER_WITH, '-mno-target-align', ...SIZE_ONLY],
  costlyFlags: [...SIZE_ONLY, '-fno-move-loop-invariants'],
  floatImpl: 'float',
  isWindowed: true,
  separateRodata: true,
  debianPackages: [],
  howToGet:
    "`gulp compilers --add xtensawin`, which gets Espressif's; that of ESP-IDF, PlatformIO or Arduino is found, too",
};
