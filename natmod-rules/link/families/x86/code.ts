/** Code for x86 and x86-64 that the linker writes. */
import { assembly } from '../assembly.ts';

/**
 * Calls each word of the table behind it up to a 0, and then jumps to the word behind that with everything as it was.
 * The stack stays aligned to 16 bytes at calls; the table to 8.
 */
export const START_X64 = assembly(
  `
  push %rdi
  push %rsi
  push %rdx
  push %rcx
  push %rbx
  lea table(%rip), %rbx
again:
  mov (%rbx), %rax
  add $8, %rbx
  test %rax, %rax
  je done
  call *%rax
  jmp again
done:
  mov (%rbx), %rax
  pop %rbx
  pop %rcx
  pop %rdx
  pop %rsi
  pop %rdi
  jmp *%rax
  .balign 8, 0
table:
`,
  '57 56 52 51 53 488d1d1c000000 488b03 4883c308 4885c0 7404 ffd0 ebf0 488b03 5b 59 5a 5e 5f ffe0 0000',
);

/**
 * The same for 32 bits, where the arguments are on the stack already and stay there. The table is aligned to 4 bytes.
 */
export const START_X86 = assembly(
  `
  push %ebx
  sub $8, %esp
  call next
next:
  pop %ebx
  .byte 0x81, 0xc3
  .long table - next
again:
  mov (%ebx), %eax
  add $4, %ebx
  test %eax, %eax
  je done
  call *%eax
  jmp again
done:
  mov (%ebx), %eax
  add $8, %esp
  pop %ebx
  jmp *%eax
  .balign 4, 0
table:
`,
  '53 83ec08 e800000000 5b 81c31f000000 8b03 83c304 85c0 7404 ffd0 ebf3 8b03 83c408 5b ffe0 000000',
);

/** The address is at a multiple of 8. */
export const FAR_JUMP_X64 = assembly(
  `
  nop; nop; nop; nop; nop; nop
  movabs $0, %rax
  jmp *%rax
`,
  '909090909090 48b80000000000000000 ffe0',
);

/** The address is at a multiple of 4. */
export const FAR_JUMP_X86 = assembly(
  `
  nop; nop; nop
  mov $0, %eax
  jmp *%eax
`,
  '909090 b800000000 ffe0',
);

export const RETURN_ZERO = assembly('xor %eax, %eax; ret', '31c0 c3');

/** Returns the address in the word behind it, at a multiple of 8. */
export const ERRNO_X64 = assembly(
  `
  mov word(%rip), %rax
  ret
word:
  .quad 0
`,
  '488b0501000000 c3 0000000000000000',
);

/** The address is at a multiple of 4. */
export const ERRNO_X86 = assembly(
  `
  nop; nop; nop
  mov $0, %eax
  ret
`,
  '909090 b800000000 c3',
);

/** Calls the firmware's raise_msg with what the words behind the code say: type, text, and the function. */
export const RAISE_X64 = assembly(
  `
  mov type(%rip), %rdi
  mov text(%rip), %rsi
  jmp *raise(%rip)
  .balign 8, 0
type:
  .quad 0
text:
  .quad 0
raise:
  .quad 0
`,
  `488b3d11000000 488b3512000000 ff2514000000 00000000 ${'00'.repeat(24)}`,
);

/**
 * The same with the words (text, type, function) inside the instructions, at multiples of 4. The stack is aligned to 16
 * bytes.
 */
export const RAISE_X86 = assembly(
  `
  sub $4, %esp
  .byte 0x68
  .long 0
  nop; nop; nop
  .byte 0x68
  .long 0
  nop; nop; nop
  mov $0, %eax
  call *%eax
`,
  '83ec04 6800000000 909090 6800000000 909090 b800000000 ffd0',
);

/** For the test that assembles them. */
export const ALL_X64 = { START_X64, FAR_JUMP_X64, RETURN_ZERO, ERRNO_X64, RAISE_X64 };
export const ALL_X86 = { START_X86, FAR_JUMP_X86, RETURN_ZERO, ERRNO_X86, RAISE_X86 };
