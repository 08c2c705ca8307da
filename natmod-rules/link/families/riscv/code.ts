/** RISC-V code that the linker writes. It needs compressed instructions. */
import { assembly } from '../assembly.ts';

/**
 * Calls each word of the table behind it up to a 0, and then jumps to the word behind that with everything as it was.
 * The stack stays aligned to 16 bytes at calls.
 */
export const START_32 = assembly(
  `
  addi sp, sp, -32
  sw ra, 0(sp)
  sw s0, 4(sp)
  sw a0, 8(sp)
  sw a1, 12(sp)
  sw a2, 16(sp)
  sw a3, 20(sp)
  auipc s0, 0
  addi s0, s0, 38
again:
  lw a4, 0(s0)
  addi s0, s0, 4
  beqz a4, done
  jalr a4
  j again
done:
  lw a4, 0(s0)
  lw ra, 0(sp)
  lw s0, 4(sp)
  lw a0, 8(sp)
  lw a1, 12(sp)
  lw a2, 16(sp)
  lw a3, 20(sp)
  addi sp, sp, 32
  jr a4
  .balign 4, 0
`,
  '0111 06c0 22c2 2ac4 2ec6 32c8 36ca 1704 0000 1304 6402 1840 1104 19c3 0297 e5bf 1840 8240 1244 2245 b245 4246 d246 0561 0287 0000',
);

export const START_64 = assembly(
  `
  addi sp, sp, -48
  sd ra, 0(sp)
  sd s0, 8(sp)
  sd a0, 16(sp)
  sd a1, 24(sp)
  sd a2, 32(sp)
  sd a3, 40(sp)
  auipc s0, 0
  addi s0, s0, 42
again:
  ld a4, 0(s0)
  addi s0, s0, 8
  beqz a4, done
  jalr a4
  j again
done:
  ld a4, 0(s0)
  ld ra, 0(sp)
  ld s0, 8(sp)
  ld a0, 16(sp)
  ld a1, 24(sp)
  ld a2, 32(sp)
  ld a3, 40(sp)
  addi sp, sp, 48
  jr a4
  .balign 8, 0
`,
  '7971 06e0 22e4 2ae8 2eec 32f0 36f4 1704 0000 1304 a402 1860 2104 19c3 0297 e5bf 1860 8260 2264 4265 e265 0276 a276 4561 0287 0000 0000 0000',
);

export const FAR_JUMP_32 = assembly(
  `
  auipc a3, 0
  lw a3, 8(a3)
  jr a3
  .word 0
`,
  '97060000 9446 8286 00000000',
);

export const FAR_JUMP_64 = assembly(
  `
  auipc a3, 0
  ld a3, 8(a3)
  jr a3
  .dword 0
`,
  '97060000 9466 8286 0000000000000000',
);

export const RETURN_ZERO = assembly('li a0, 0; ret', '0145 8280');

/** Calls the firmware's raise_msg with what the words behind the code say: type, text, and the function. */
export const RAISE_32 = assembly(
  `
  auipc a5, 0
  lw a0, 12(a5)
  lw a1, 16(a5)
  lw a5, 20(a5)
  jr a5
  .word 0, 0, 0
`,
  '97070000 c847 8c4b dc4b 8287 000000000000000000000000',
);

export const RAISE_64 = assembly(
  `
  auipc a5, 0
  ld a0, 16(a5)
  ld a1, 24(a5)
  ld a5, 32(a5)
  jr a5
  .balign 8, 0
  .dword 0, 0, 0
`,
  `97070000 886b 8c6f 9c73 8287 00000000 ${'00'.repeat(24)}`,
);

/** For the test that assembles them. */
export const ALL_32 = { START_32, FAR_JUMP_32, RETURN_ZERO, RAISE_32 };
export const ALL_64 = { START_64, FAR_JUMP_64, RETURN_ZERO, RAISE_64 };
