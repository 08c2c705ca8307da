/** Thumb code that the linker writes, in instructions that ARMv6-M has, too. */
import { assembly } from '../assembly.ts';

/**
 * Calls each word of the table behind it up to a 0, and then the word behind that with everything as it was. The stack
 * stays aligned to 8 bytes at calls.
 */
export const START = assembly(
  `
  push {r0-r4, lr}
  adr r4, table
again:
  ldm r4!, {r0}
  cmp r0, #0
  beq done
  blx r0
  b again
done:
  ldr r0, [r4]
  mov ip, r0
  ldr r0, [sp, #20]
  mov lr, r0
  pop {r0-r4}
  add sp, #4
  bx ip
table:
`,
  '1fb5 06a4 01cc 0028 01d0 8047 fae7 2068 8446 0598 8646 1fbc 01b0 6047',
);

export const FAR_JUMP = assembly(
  `
  ldr r3, [pc, #0]
  bx r3
  .word 0
`,
  '004b 1847 00000000',
);

export const RETURN_ZERO = assembly('movs r0, #0; bx lr', '0020 7047');

/** Its last two arguments are those of memset exchanged. */
export const AEABI_MEMSET = assembly(
  `
  mov r3, r1
  mov r1, r2
  mov r2, r3
  nop
  ldr r3, [pc, #0]
  bx r3
  .word 0
`,
  '0b46 1146 1a46 c046 004b 1847 00000000',
);

export const AEABI_MEMCLR = assembly(
  `
  mov r2, r1
  movs r1, #0
  ldr r3, [pc, #0]
  bx r3
  .word 0
`,
  '0a46 0021 004b 1847 00000000',
);

export const ERRNO = assembly(
  `
  ldr r0, [pc, #0]
  bx lr
  .word 0
`,
  '0048 7047 00000000',
);

/** Calls the firmware's raise_msg with what the words behind the code say: type, text, and the function. */
export const RAISE = assembly(
  `
  ldr r0, [pc, #4]
  ldr r1, [pc, #8]
  ldr r3, [pc, #8]
  bx r3
  .word 0, 0, 0
`,
  '0148 0249 024b 1847 000000000000000000000000',
);

/**
 * r0 / r1: the quotient to r0, the remainder to r1, first of signed and from `UNSIGNED` on of unsigned numbers; bit by
 * bit. Run-time ABI for the Arm Architecture (IHI 0043), "Integer (32/32 -> 32) division functions".
 */
export const DIVIDE = assembly(
  `
  asrs r2, r0, #31
  eors r0, r2
  subs r0, r2
  asrs r3, r1, #31
  eors r1, r3
  subs r1, r3
  push {r2, r3, lr}
  bl unsigned
  pop {r2, r3}
  eors r3, r2
  eors r0, r3
  subs r0, r3
  eors r1, r2
  subs r1, r2
  pop {pc}
unsigned:
  movs r2, #0
  movs r3, #32
again:
  adds r0, r0
  adcs r2, r2
  bcs subtract
  cmp r2, r1
  blo next
subtract:
  subs r2, r1
  adds r0, #1
next:
  subs r3, #1
  bne again
  mov r1, r2
  bx lr
`,
  `c217 5040 801a cb17 5940 c91a 0cb5 00f0 07f8 0cbc 5340 5840 c01a 5140 891a 00bd
   0022 2023 0018 5241 01d2 8a42 01d3 521a 0130 013b f6d1 1146 7047`,
);

/** Byte offset in `DIVIDE`. */
export const UNSIGNED = 32;

/** For the test that assembles them. */
export const ALL = { START, FAR_JUMP, RETURN_ZERO, AEABI_MEMSET, AEABI_MEMCLR, ERRNO, RAISE, DIVIDE };
