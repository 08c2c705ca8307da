/**
 * What clang has to be told. One clang compiles for every CPU that it was built for, so it takes the target as an
 * option, and it does not know all options of GCC. Document: Clang's manual, "Cross-compilation using Clang" and
 * "Command line argument reference".
 */
import { ARCHES, type Arch } from '../arch/index.ts';
import { LEVELS, type Level } from '../link/shrink/levels.ts';

/**
 * The name of a clang, with or without its version and the target that it is for: `clang-14`, `riscv32-esp-elf-clang`.
 */
const NAME = /^(?:(.+)-)?clang(?:\+\+)?(?:-\d+(?:\.\d+)*)?(?:\.exe)?$/i;

/** The word of a compiler's command line that is a clang, split at its last slash or backslash. */
function clangOf(command: readonly string[]): RegExpExecArray | undefined {
  for (const word of command) {
    const match = word.startsWith('-') ? null : NAME.exec(word.replace(/^.*[/\\]/, ''));
    if (match !== null) return match;
  }
  return undefined;
}

/** @param command a compiler, behind a launcher such as ccache if there is one, and flags */
export function isClang(command: readonly string[]): boolean {
  return clangOf(command) !== undefined;
}

/**
 * The flag that makes clang compile for an architecture; undefined when the command or the name of the compiler says so
 * already, or when no clang without patches has that CPU.
 */
export function clangTargetFlag(arch: Arch, command: readonly string[]): string | undefined {
  const clang = clangOf(command);
  const isTold = clang?.[1] !== undefined || command.some((word) => /^--?target(=|$)/.test(word));
  const triple = { x86: 'i686-linux-gnu', x64: 'x86_64-linux-gnu', arm: 'arm-none-eabi', xtensa: undefined }[
    arch.family as 'x86'
  ];
  const target = arch.family === 'riscv' ? `riscv${arch.wordSize * 8}-unknown-elf` : triple;
  return isTold || target === undefined ? undefined : `--target=${target}`;
}

/** Modules are written for GCC: that clang lacks a step or a warning of its own must not stop a build by -Werror. */
export const CLANG_TAKES_GCCS: readonly string[] = [
  '-Wno-unknown-warning-option',
  '-Wno-ignored-optimization-argument',
  '-Wno-unused-command-line-argument',
];

/** What stands for GCC's flags; those that are not here are the same. */
const FLAGS: Readonly<Record<string, readonly string[]>> = {
  '-mword-relocations': ['-mno-movt'],
};

/**
 * The flags of a level besides those of the rules, in the words of the compiler.
 * @param level `speed` also for modules whose own flags ask for it
 */
export function compactFlagsFor(arch: Arch, command: readonly string[], level: Level = 'speed'): readonly string[] {
  const isSmallest = level === 'size';
  const forSize = isSmallest ? arch.sizeFlags : arch.sizeFlags.filter((flag) => !arch.costlyFlags.includes(flag));
  const flags = level === 'speed' ? arch.compactFlags : [...arch.compactFlags, ...forSize];
  if (!isClang(command)) return flags;
  const own = flags.flatMap((flag) => FLAGS[flag] ?? (ONLY_GCCS.test(flag) ? [] : [flag]));
  // There it gains on every CPU.
  return isSmallest && !own.includes('-Oz') ? [...own, '-Oz'] : own;
}

/**
 * All flags of all levels for all architectures of a family, each once: whether the compiler of one of these takes its
 * own is then one question for all.
 */
export function compactFlagsOfFamily({ family }: Arch, command: readonly string[]): readonly string[] {
  const arches = ARCHES.filter((arch) => arch.family === family);
  return [...new Set(arches.flatMap((arch) => LEVELS.flatMap((level) => compactFlagsFor(arch, command, level))))];
}

const ONLY_GCCS =
  /^-fno-(tree|schedule|code|move|ipa|ira|thread|ssa|caller|forward)-|^-f(ipa|ira|live|code|schedule)-|^-malign-data=|^-Wno-error=|^--param=/;

/** Whether the last word on optimisation asks for small code: -Os or -Oz. */
export function isForSize(cflags: readonly string[]): boolean {
  return /^-O[sz]$/.test(cflags.findLast((flag) => /^-O/.test(flag)) ?? '');
}

/** Whether a flag is one of those, which GCC does not know. */
export function isOnlyClangs(flag: string): boolean {
  return Object.values(FLAGS).some((flags) => flags.includes(flag));
}
