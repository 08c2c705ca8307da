/** Numbers of relocation types. Document: ELF for the Arm Architecture (IHI 0044), "Relocation codes". */

export const ABS32 = 2;
export const THM_CALL = 10;
export const THM_JUMP24 = 30;
export const THM_JUMP11 = 102;
/** `ldr` of a literal, 16 bits: R_ARM_THM_PC8. */
export const LITERAL_NARROW = 11;
/** `ldr` of a literal, 32 bits: R_ARM_THM_PC12. */
export const LITERAL_WIDE = 54;
/** `vldr` of a literal. The psABI has none; objects have numbers of one byte only. */
export const LITERAL_SINGLE = 256;
