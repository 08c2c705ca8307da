/**
 * What Zig's compiler has to be told. One program holds clang, the headers of musl, and the sources of run-time
 * libraries, so it compiles for every CPU but Xtensa without anything else. `zig clang` is its clang as it is; `zig cc`
 * would translate flags and keep a cache, in its own way and with names of its own for CPUs.
 */
import type { Arch } from '../arch/index.ts';

const NAME = /^zig(?:-\d+(?:\.\d+)*)?(?:\.exe)?$/i;

/** The place of zig among the words of a compiler's command; undefined when it is another compiler. */
export function placeOfZig(command: readonly string[]): number | undefined {
  const place = command.findIndex((word) => !word.startsWith('-') && NAME.test(word.replace(/^.*[/\\]/, '')));
  return place === -1 ? undefined : place;
}

/** The same command with zig's clang: `zig`, `zig cc` and `zig c++` all mean it. */
export function asZigClang(command: readonly string[]): string[] {
  const place = placeOfZig(command);
  if (place === undefined) return [...command];
  const next = command[place + 1];
  const isWord = next !== undefined && /^(?:cc|c\+\+|clang)$/.test(next);
  return [...command.slice(0, place + 1), 'clang', ...command.slice(place + (isWord ? 2 : 1))];
}

/**
 * Zig's words for an architecture: `-target` and `-mcpu` of its own commands, and the CPU in the folders of its C
 * library.
 */
export interface ZigTarget {
  readonly target: string;
  readonly cpu: string;
  readonly headers: string;
}

const TARGETS: Readonly<Partial<Record<Arch['name'], ZigTarget>>> = {
  x86: { target: 'x86-freestanding-none', cpu: 'i686', headers: 'x86' },
  x64: { target: 'x86_64-freestanding-none', cpu: 'x86_64', headers: 'x86_64' },
  armv6m: { target: 'thumb-freestanding-eabi', cpu: 'cortex_m0', headers: 'arm' },
  // Without movt an address is a word that the loader can complete.
  armv7m: { target: 'thumb-freestanding-eabi', cpu: 'cortex_m3+no_movt', headers: 'arm' },
  armv7emsp: { target: 'thumb-freestanding-eabihf', cpu: 'cortex_m4+vfp4d16sp+no_movt', headers: 'arm' },
  armv7emdp: { target: 'thumb-freestanding-eabihf', cpu: 'cortex_m7+fp_armv8d16+no_movt', headers: 'arm' },
  rv32imc: { target: 'riscv32-freestanding-none', cpu: 'generic_rv32+m+a+c-f-d', headers: 'riscv32' },
  rv64imc: { target: 'riscv64-freestanding-none', cpu: 'generic_rv64+m+a+c-f-d', headers: 'riscv64' },
};

/** Zig's words for an architecture; undefined when it has no such CPU. */
export function zigTarget(arch: Arch): ZigTarget | undefined {
  return TARGETS[arch.name];
}
