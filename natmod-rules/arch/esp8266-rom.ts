/**
 * Routines for arithmetic in the ROM of the ESP8266, which is the chip behind `xtensa`. Its compilers leave them out of
 * libgcc. The addresses are the chip's own, as every SDK's linker script for it lists them.
 */
export const ESP8266_ROM: ReadonlyMap<string, number> = new Map([
  ['__muldi3', 0x40000650],
  ['__addsf3', 0x4000c180],
  ['__subsf3', 0x4000c268],
  ['__mulsf3', 0x4000c3dc],
  ['__fixunssfsi', 0x4000c4c4],
  ['__adddf3', 0x4000c538],
  ['__subdf3', 0x4000c688],
  ['__muldf3', 0x4000c8f0],
  ['__divdf3', 0x4000cb94],
  ['__fixdfsi', 0x4000ccb8],
  ['__fixunsdfsi', 0x4000cd00],
  ['__truncdfsf2', 0x4000cd5c],
  ['__extendsfdf2', 0x4000cdfc],
  ['__divdi3', 0x4000ce60],
  ['__udivdi3', 0x4000d310],
  ['__umoddi3', 0x4000d770],
  ['__divsi3', 0x4000dc88],
  ['__umulsidi3', 0x4000dcf0],
  ['__udivsi3', 0x4000e21c],
  ['__umodsi3', 0x4000e268],
  ['__floatunsisf', 0x4000e2a4],
  ['__floatsisf', 0x4000e2ac],
  ['__floatunsidf', 0x4000e2e8],
  ['__floatsidf', 0x4000e2f0],
]);
