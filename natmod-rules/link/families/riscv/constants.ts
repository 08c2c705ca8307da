/** Numbers of RISC-V, for whatever reads or writes its code. */

/** Relocation types: RISC-V ELF psABI specification, "Relocations". */
export const R_RISCV = {
  NONE: 0,
  32: 1,
  64: 2,
  BRANCH: 16,
  JAL: 17,
  CALL: 18,
  CALL_PLT: 19,
  GOT_HI20: 20,
  TLS_GOT_HI20: 21,
  TLS_GD_HI20: 22,
  PCREL_HI20: 23,
  PCREL_LO12_I: 24,
  PCREL_LO12_S: 25,
  HI20: 26,
  LO12_I: 27,
  LO12_S: 28,
  TPREL_HI20: 29,
  TPREL_LO12_I: 30,
  TPREL_LO12_S: 31,
  TPREL_ADD: 32,
  ADD8: 33,
  ADD16: 34,
  ADD32: 35,
  ADD64: 36,
  SUB8: 37,
  SUB16: 38,
  SUB32: 39,
  SUB64: 40,
  GOT32_PCREL: 41,
  ALIGN: 43,
  RVC_BRANCH: 44,
  RVC_JUMP: 45,
  RELAX: 51,
  SUB6: 52,
  SET6: 53,
  SET8: 54,
  SET16: 55,
  SET32: 56,
  '32_PCREL': 57,
  PLT32: 59,
  TLSDESC_HI20: 62,
  TLSDESC_LOAD_LO12: 63,
  TLSDESC_ADD_LO12: 64,
  TLSDESC_CALL: 65,
} as const;

/**
 * The lowest seven bits of an instruction of 32 bits: The RISC-V Instruction Set Manual, volume I, "RV32/64G
 * Instruction Set Listings".
 */
export const OPCODE = {
  LOAD: 0x03,
  LOAD_FP: 0x07,
  MISC_MEM: 0x0f,
  OP_IMM: 0x13,
  AUIPC: 0x17,
  OP_IMM_32: 0x1b,
  STORE: 0x23,
  STORE_FP: 0x27,
  AMO: 0x2f,
  OP: 0x33,
  LUI: 0x37,
  OP_32: 0x3b,
  MADD: 0x43,
  MSUB: 0x47,
  NMSUB: 0x4b,
  NMADD: 0x4f,
  OP_FP: 0x53,
  BRANCH: 0x63,
  JALR: 0x67,
  JAL: 0x6f,
  SYSTEM: 0x73,
} as const;

export const OPCODE_MASK = 0x7f;

/** Integer registers by their names in the ABI: RISC-V ELF psABI specification, "Integer Register Convention". */
export const REGISTER = { ZERO: 0, RA: 1, SP: 2, GP: 3, TP: 4, T0: 5, A0: 10 } as const;

/** Jumps and branches within their own reach. */
export const BRANCHES: ReadonlySet<number> = new Set([
  R_RISCV.BRANCH,
  R_RISCV.JAL,
  R_RISCV.RVC_BRANCH,
  R_RISCV.RVC_JUMP,
]);

/** auipc + jalr. */
export const CALLS: ReadonlySet<number> = new Set([R_RISCV.CALL, R_RISCV.CALL_PLT]);

/** They name the instruction of the upper part, and take no address by that. */
export const LOWER_PARTS: ReadonlySet<number> = new Set([R_RISCV.PCREL_LO12_I, R_RISCV.PCREL_LO12_S]);

/** What objects compiled with -mrelax have. */
export const MARKS: ReadonlySet<number> = new Set([R_RISCV.ALIGN, R_RISCV.RELAX]);

/** Types that do not change what an instruction does. */
export const HINTS: ReadonlySet<number> = new Set([R_RISCV.NONE, R_RISCV.ALIGN, R_RISCV.RELAX]);
