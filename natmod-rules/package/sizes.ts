import type { MpyFile, RawCode } from './types.ts';
import { writeMpy } from './write.ts';

/** Bytes, but for `relocations`, which counts machine words. */
export interface MpySizes {
  /** Machine code of all functions, with the constants inside it. */
  readonly text: number;
  readonly rodata: number;
  readonly bss: number;
  readonly relocations: number;
  /** Bytecode of all functions, with their preludes. */
  readonly bytecode: number;
  /** The whole file. */
  readonly file: number;
}

/** Sizes of what the loader makes of a file, for tables. */
export function sizesOf(mpy: MpyFile): MpySizes {
  const sizes = { text: 0, rodata: 0, bss: 0, relocations: 0, bytecode: 0, file: writeMpy(mpy).length };
  addSizes(sizes, mpy.root);
  return sizes;
}

function addSizes(sizes: { -readonly [K in keyof MpySizes]: number }, code: RawCode): void {
  if (code.kind === 'bytecode') sizes.bytecode += code.code.length;
  else sizes.text += code.text.length;
  if (code.kind === 'native') {
    sizes.rodata += code.rodata.length;
    sizes.bss += code.bssSize;
    sizes.relocations += code.relocations.length;
  }
  for (const child of code.children) addSizes(sizes, child);
}
