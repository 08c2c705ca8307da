/**
 * Loads and stores of a word at a fixed distance from %fs (x64) or %gs (x86). The word at 0x28 or 0x14 is the stack
 * protector's, and reading it harms nothing.
 */
export const THREAD_POINTER_X64 =
  /\x64[\x40-\x4f][\x03\x0b\x23\x2b\x33\x3b\x89\x8b][\x04\x0c\x14\x1c\x24\x2c\x34\x3c]\x25(?!\x28\0\0\0)/gs;
export const THREAD_POINTER_X86 =
  /\x65(?:\xa1|[\x03\x0b\x23\x2b\x33\x3b\x89\x8b][\x05\x0d\x15\x1d\x25\x2d\x35\x3d])(?=\0\0\0\0)/gs;
