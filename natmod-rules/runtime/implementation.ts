/**
 * What a firmware loads, by `sys.implementation._mpy`; the bits are those of MicroPython's
 * `docs/reference/mpyfiles.rst`.
 */

import { type Arch, archByMpyNumber } from '../arch/index.ts';
import type { MpyHeader } from '../package/index.ts';
import type { Problem } from '../problem.ts';

export interface Implementation {
  /** Version of bytecode and file layout. */
  readonly version: number;
  /** Version of the native ABI. */
  readonly subVersion: number;
  /** Number of the architecture of native code; 0 when it loads none. */
  readonly archNumber: number;
  /** Extensions of the architecture that the CPU has. */
  readonly archFlags: number;
  /** Such as `rp2` or `linux`; empty when not known. */
  readonly platform: string;
  /** Such as `Raspberry Pi Pico with RP2040`; empty when not known. */
  readonly machine: string;
  /** Such as `1.25.0`; empty when not known. */
  readonly release: string;
}

/** Python that prints what `readImplementation` reads. */
export const ASK_IMPLEMENTATION = `import sys
i=sys.implementation
print('natmod:', getattr(i,'_mpy',0), sys.platform, '.'.join(str(n) for n in i.version[:3]), getattr(i,'_machine',''))
`;

/** @returns undefined when the text is no answer to `ASK_IMPLEMENTATION` */
export function readImplementation(text: string): Implementation | undefined {
  const match = /^natmod: (\d{1,9}) (\S*) (\S*) ?(.*)$/m.exec(text);
  if (match === null) return undefined;
  const [, number, platform, release, machine] = match as unknown as [string, string, string, string, string];
  return { ...splitMpyNumber(Number(number)), platform, release, machine };
}

/** The fields of `sys.implementation._mpy`. */
export function splitMpyNumber(number: number) {
  return {
    version: number & 0xff,
    subVersion: (number >> 8) & 3,
    archNumber: (number >> 10) & 0xf,
    archFlags: number >> 16,
  };
}

const FIRST_THUMB = 3;
const LAST_THUMB = 8;

function isThumb(number: number): boolean {
  return number >= FIRST_THUMB && number <= LAST_THUMB;
}

/** Name of an architecture number for messages. */
export function archLabel(number: number): string {
  if (number === 0) return 'no native code';
  // MicroPython knows these two, but nothing is built for them.
  const others: Record<number, string> = { 3: 'armv6', 6: 'armv7em' };
  return archByMpyNumber(number)?.name ?? others[number] ?? `architecture ${number}`;
}

/**
 * Whether firmware for one architecture loads files for another: Thumb takes every lower Thumb, all others only their
 * own.
 */
export function archAccepts(firmware: number, file: number): boolean {
  if (file === 0) return true;
  return isThumb(firmware) && isThumb(file) ? file <= firmware : firmware === file;
}

/** What decides how a firmware passes floats. */
type FloatFacts = Pick<Implementation, 'archNumber'> &
  Partial<Pick<Implementation, 'platform' | 'machine' | 'release'>>;

/** The architectures to build for that firmware, best first; empty when it loads no native code. */
export function archesFor(firmware: FloatFacts): Arch[] {
  const numbers = Array.from({ length: 16 }, (_, index) => 15 - index);
  const loaded = numbers.filter((number) => number !== 0 && archAccepts(firmware.archNumber, number));
  const fits = (number: number) => floatWarning(number, firmware) === undefined;
  const inOrder = [...loaded.filter(fits), ...loaded.filter((number) => !fits(number))];
  return inOrder.flatMap((number) => archByMpyNumber(number) ?? []);
}

/**
 * Code for a CPU with floating point passes floats in its registers (AAPCS-VFP), other code in those for integers. A
 * module that does it another way than the firmware loads, and computes nonsense.
 * @returns a warning
 */
export function floatWarning(archNumber: number, firmware: FloatFacts): string | undefined {
  if (!isThumb(archNumber) || !isThumb(firmware.archNumber)) return undefined;
  const inFloatRegisters = firmware.archNumber >= FIRST_WITH_FLOATS && !isSoftfp(firmware);
  if (inFloatRegisters === archNumber >= FIRST_WITH_FLOATS) return undefined;
  const own = archLabel(archNumber);
  return `${own} passes C floats in other registers than this firmware; numbers are wrong if the module passes any`;
}

const FIRST_WITH_FLOATS = 7;

/**
 * Firmware that computes with the CPU's floating point, and passes floats in the registers for integers
 * (-mfloat-abi=softfp): that of RP2350 and of i.MX RT with single precision up to MicroPython 1.28 (pico-sdk's
 * pico_arm_cortex_m33_gcc.cmake, ports/mimxrt/Makefile).
 */
function isSoftfp({ archNumber, platform, machine = '', release = '' }: FloatFacts): boolean {
  const [major, minor] = release.split('.').map(Number);
  if (archNumber !== FIRST_WITH_FLOATS || major !== 1 || minor === undefined || minor > 28) return false;
  return platform === 'mimxrt' || (platform === 'rp2' && /RP2350/i.test(machine));
}

/**
 * Why a firmware refuses a file, which is what its loader says only as "incompatible .mpy file".
 * @returns undefined when it loads the file
 */
export function whyRefused(
  header: Pick<MpyHeader, 'version' | 'subVersion' | 'archNumber' | 'archFlags'>,
  firmware: Implementation,
  file: string,
): Problem | undefined {
  const problem = (message: string, hint: string): Problem => ({
    code: 'wrong-firmware',
    message,
    where: { file },
    hint,
  });
  // Firmware that loads no .mpy files at all has no such number.
  if (header.archNumber !== 0 && firmware.archNumber === 0) {
    const message = `the module is for ${archLabel(header.archNumber)}, the firmware loads no native code at all`;
    return problem(message, 'it was built without support for native modules (sys.implementation._mpy says so)');
  }
  if (header.version !== firmware.version) {
    const message = `the module is of .mpy version ${header.version}, the firmware loads version ${firmware.version}`;
    return problem(message, 'update the firmware, or build with a natmod of its time');
  }
  if (header.archNumber === 0) return undefined;
  if (!archAccepts(firmware.archNumber, header.archNumber)) {
    const names = archesFor(firmware).map((arch) => arch.name);
    const message = `the module is for ${archLabel(header.archNumber)}, the firmware loads ${archLabel(firmware.archNumber)}`;
    return problem(message, names.length === 0 ? 'nothing here builds for it' : `build with --arch ${names[0]}`);
  }
  if (header.subVersion !== firmware.subVersion) {
    const message = `the module has native ABI ${header.version}.${header.subVersion}, the firmware has ${firmware.version}.${firmware.subVersion}`;
    return problem(message, 'both must be the same: use firmware 1.23 or later');
  }
  const lacking = header.archFlags & ~firmware.archFlags;
  if (lacking === 0) return undefined;
  const message = `the module needs extensions 0x${header.archFlags.toString(16)} of the CPU, the firmware has 0x${firmware.archFlags.toString(16)}`;
  return problem(message, 'build without ARCH_FLAGS');
}
