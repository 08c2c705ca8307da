/** Numbers of relocation types. Document: ELF for the Arm Architecture (IHI 0044), "Relocation codes". */

/** Relocation types: ELF for the Arm Architecture (IHI 0044), "Relocation". */
export const R_ARM = {
  NONE: 0,
  PC24: 1,
  ABS32: 2,
  REL32: 3,
  THM_CALL: 10,
  /** `ldr` of a literal, 16 bits. */
  THM_PC8: 11,
  GOTOFF32: 24,
  BASE_PREL: 25,
  GOT_BREL: 26,
  CALL: 28,
  JUMP24: 29,
  THM_JUMP24: 30,
  TARGET1: 38,
  V4BX: 40,
  MOVW_ABS_NC: 43,
  MOVT_ABS: 44,
  THM_MOVW_ABS_NC: 47,
  THM_MOVT_ABS: 48,
  THM_MOVW_PREL_NC: 49,
  THM_MOVT_PREL: 50,
  THM_JUMP19: 51,
  THM_JUMP6: 52,
  /** `ldr` of a literal, 32 bits. */
  THM_PC12: 54,
  GOT_PREL: 96,
  THM_JUMP11: 102,
  THM_JUMP8: 103,
  TLS_GD32: 104,
  TLS_LDM32: 105,
  TLS_LDO32: 106,
  TLS_IE32: 107,
  TLS_LE32: 108,
  THM_ALU_ABS_G0_NC: 132,
  THM_ALU_ABS_G1_NC: 133,
  THM_ALU_ABS_G2_NC: 134,
  THM_ALU_ABS_G3: 135,
} as const;
/** `vldr` of a literal. The psABI has none; objects have numbers of one byte only. */
export const LITERAL_SINGLE = 256;
