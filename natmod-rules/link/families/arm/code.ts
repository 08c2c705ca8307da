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

/** For the test that assembles them. */
export const ALL = { START, FAR_JUMP, RETURN_ZERO, AEABI_MEMSET, AEABI_MEMCLR, ERRNO, RAISE };
