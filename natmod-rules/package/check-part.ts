import type { Arch } from '../arch/index.ts';
import { fail } from '../problem.ts';
import { readMpy } from './read.ts';
import { MPY_ARCH_NAMES, type MpyFile } from './types.ts';

/**
 * Checks a compiled Python source before it becomes part of a module for `arch`, and gives back what was read. `name`
 * is the file in errors.
 *
 * Plain bytecode fits every architecture. A part with machine code (native, viper, inline assembler) must be for
 * exactly `arch`. Thumb firmware would also run code for a lesser Thumb architecture, but the file names one
 * architecture only, and it must be the one that was asked for: a file that says less also loads where the rest of the
 * module does not run.
 *
 * Errors: those of `readMpy` (`mpy-version`, `mpy-sub-version`, …) and `mpy-arch`.
 */
export function checkPythonPart(bytes: Uint8Array, name: string, arch: Arch): MpyFile {
  const mpy = readMpy(bytes, name);
  const { archNumber } = mpy.header;
  if (archNumber === 0 || archNumber === arch.mpyNumber) return mpy;
  const found = MPY_ARCH_NAMES[archNumber]!;
  const why = isLesserThumb(found, arch.name)
    ? `${arch.name} firmware would run it, but the file of a module names one architecture and must not say ${found}`
    : `firmware for ${arch.name} does not load it`;
  return fail(
    'mpy-arch',
    `it has machine code for ${found}, and the module is for ${arch.name}: ${why}`,
    { file: name },
    `compile it with mpy-cross -march=${arch.name}, or without native, viper and assembler functions`,
  );
}

const THUMB = ['armv6m', 'armv7m', 'armv7em', 'armv7emsp', 'armv7emdp'];

function isLesserThumb(found: string, wanted: string): boolean {
  return THUMB.includes(found) && THUMB.indexOf(found) < THUMB.indexOf(wanted);
}
