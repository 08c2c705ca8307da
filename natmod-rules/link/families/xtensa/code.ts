/** Xtensa code that the linker writes, for both ABIs. Labels of `l32r` are computed where it is written. */
import { assembly } from '../assembly.ts';

/** Both ABIs leave a9 to the callee. */
export const FAR_JUMP = assembly(
  `
address:
  .word 0
  l32r a9, address
  jx a9
`,
  '00000000 91ffff a00900',
);

export const RETURN_ZERO = assembly('movi.n a2, 0; ret.n', '0c02 0df0');

/** Where functions turn the register window. */
export const RETURN_ZERO_WINDOWED = assembly('entry a1, 32; movi.n a2, 0; retw.n', '364100 0c02 1df0');

export const SAVE = assembly(
  `
  addi a1, a1, -32
  s32i.n a0, a1, 0
  s32i.n a2, a1, 4
  s32i.n a3, a1, 8
  s32i.n a4, a1, 12
  s32i.n a5, a1, 16
`,
  '12c1e0 0901 2911 3921 4931 5941',
);

export const CALL = assembly('callx0 a0', 'c00000');

/** Behind the load of mpy_init to a8. */
export const RESTORE = assembly(
  `
  l32i.n a2, a1, 4
  l32i.n a3, a1, 8
  l32i.n a4, a1, 12
  l32i.n a5, a1, 16
  l32i.n a0, a1, 0
  addi a1, a1, 32
  jx a8
`,
  '2811 3821 4831 5841 0801 12c120 a00800',
);

export const ENTRY_WINDOWED = assembly('entry a1, 32', '364100');

/** Functions turn the register window by 8, so the arguments in a2 to a5 are safe. */
export const CALL_WINDOWED = assembly('callx8 a8', 'e00800');

export const ARGUMENTS_WINDOWED = assembly(
  `
  mov.n a10, a2
  mov.n a11, a3
  mov.n a12, a4
  mov.n a13, a5
`,
  'ad02 bd03 cd04 dd05',
);

/** Behind the load of mpy_init to a8, which has to be called, too. */
export const FINISH_WINDOWED = assembly('callx8 a8; mov.n a2, a10; retw.n', 'e00800 2d0a 1df0');

/** Calls the firmware's raise_msg with what the words say: type, text, and the function. */
export const RAISE = assembly(
  `
  j start
  .byte 0
type:
  .word 0
text:
  .word 0
raise:
  .word 0
start:
  l32r a2, type
  l32r a3, text
  l32r a4, raise
  jx a4
`,
  '060300 00 000000000000000000000000 21fdff 31fdff 41fdff a00400',
);

export const RAISE_WINDOWED = assembly(
  `
  j start
  .byte 0
type:
  .word 0
text:
  .word 0
raise:
  .word 0
start:
  entry a1, 32
  l32r a10, type
  l32r a11, text
  l32r a8, raise
  callx8 a8
`,
  '060300 00 000000000000000000000000 364100 a1fcff b1fcff 81fcff e00800',
);

/** For the test that assembles them. */
export const ALL = { FAR_JUMP, RETURN_ZERO, SAVE, CALL, RESTORE, RAISE };
export const ALL_WINDOWED = {
  FAR_JUMP,
  RETURN_ZERO_WINDOWED,
  ENTRY_WINDOWED,
  CALL_WINDOWED,
  ARGUMENTS_WINDOWED,
  FINISH_WINDOWED,
  RAISE_WINDOWED,
};
