/** Numbers of the ELF gABI (System V ABI, edition 4.1) that a linker of relocatable objects meets. */

export const ET_REL = 1;

export const SHT_NULL = 0;
export const SHT_PROGBITS = 1;
export const SHT_SYMTAB = 2;
export const SHT_STRTAB = 3;
export const SHT_RELA = 4;
export const SHT_NOTE = 7;
export const SHT_NOBITS = 8;
export const SHT_REL = 9;
export const SHT_INIT_ARRAY = 14;
export const SHT_FINI_ARRAY = 15;
export const SHT_PREINIT_ARRAY = 16;
export const SHT_GROUP = 17;

export const SHF_WRITE = 0x1;
export const SHF_ALLOC = 0x2;
export const SHF_EXECINSTR = 0x4;
export const SHF_MERGE = 0x10;
export const SHF_STRINGS = 0x20;
export const SHF_TLS = 0x400;
export const SHF_COMPRESSED = 0x800;

export const SHN_UNDEF = 0;
export const SHN_LORESERVE = 0xff00;
export const SHN_ABS = 0xfff1;
export const SHN_COMMON = 0xfff2;
export const SHN_XINDEX = 0xffff;

export const STB_LOCAL = 0;
export const STB_GLOBAL = 1;
export const STB_WEAK = 2;

export const STT_NOTYPE = 0;
export const STT_OBJECT = 1;
export const STT_FUNC = 2;
export const STT_SECTION = 3;
export const STT_TLS = 6;
export const STT_GNU_IFUNC = 10;

/** Set in the first word of an SHT_GROUP section whose members are kept once per signature. */
export const GRP_COMDAT = 1;

export const EM_386 = 3;
export const EM_ARM = 40;
export const EM_X86_64 = 62;
export const EM_XTENSA = 94;
export const EM_RISCV = 243;

const MACHINE_NAMES = new Map([
  [EM_386, 'x86'],
  [EM_ARM, 'ARM'],
  [EM_X86_64, 'x86-64'],
  [EM_XTENSA, 'Xtensa'],
  [EM_RISCV, 'RISC-V'],
  [8, 'MIPS'],
  [20, 'PowerPC'],
  [21, 'PowerPC64'],
  [83, 'AVR'],
  [183, 'AArch64'],
]);

/** The CPU an `e_machine` number stands for, for messages. */
export function machineName(machine: number): string {
  return MACHINE_NAMES.get(machine) ?? `machine number ${machine}`;
}
