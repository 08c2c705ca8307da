import type { Arch } from './types.ts';

export const xtensawin: Arch = {
  name: 'xtensawin',
  family: 'xtensa',
  mpyNumber: 10,
  wordSize: 4,
  elfMachine: 94,
  prefixes: ['xtensa-esp32-elf-', 'xtensa-esp32s3-elf-', 'xtensa-esp32s2-elf-', 'xtensa-esp-elf-'],
  flags: [],
  compactFlags: ['-fno-pic', '-ffunction-sections'],
  sizeFlags: ['-mno-target-align', '-fno-tree-scev-cprop', '-fno-tree-loop-distribute-patterns'],
  costlyFlags: [],
  floatImpl: 'float',
  isWindowed: true,
  separateRodata: true,
  debianPackages: [],
  howToGet:
    "`gulp compilers --add xtensawin`, which gets Espressif's; that of ESP-IDF, PlatformIO or Arduino is found, too",
};
