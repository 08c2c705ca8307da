/** One compilation, described without touching anything. Paths are as the compiler shall see them. */
export interface Compilation {
  /** Compiler and its own first words: `['/usr/bin/ccache', 'arm-none-eabi-gcc']`. */
  readonly compiler: readonly string[];
  /** Flags that this compiler needs wherever it is used. */
  readonly compilerFlags: readonly string[];
  /** CFLAGS as the module's Makefile ends up with, split into words. */
  readonly cflags: readonly string[];
  /** Absolute path of the config header with the module's qstrs. */
  readonly configHeader: string;
  readonly source: string;
  readonly object: string;
  /** Make-style list of the headers that were read. */
  readonly dependencyFile: string;
  /** Where the assembler lists the files that it reads itself, which that list lacks; only GNU as writes one. */
  readonly embeddedFile?: string;
  /** Name of the object inside that list. */
  readonly dependencyTarget: string;
  readonly color: boolean;
  /** Folder that `#include "..."` starts from, when the source is not where the user wrote it. */
  readonly quoteFolder?: string;
  /** Language to assume instead of looking at the file name. */
  readonly language?: 'c' | 'assembler-with-cpp';
}

/**
 * A file's name as a C source can have it. After a backslash compilers read names of characters, as in `C:\users`; on
 * Windows a slash does as well.
 */
export function nameInSource(path: string): string {
  return /^(?:[A-Za-z]:|\\)/.test(path) ? path.replaceAll('\\', '/') : path;
}

/**
 * The command line of one compilation: the module's CFLAGS with our own config header in place of the one make would
 * have generated. CFLAGS keep their order, because later flags override earlier ones.
 */
export function compileCommand(c: Compilation): string[] {
  const own = flagsNotRepeated(c.compilerFlags, c.cflags);
  return [
    ...c.compiler,
    ...own,
    ...c.cflags.filter((word) => !word.startsWith('-DMP_CONFIGFILE=')),
    `-DMP_CONFIGFILE=<${nameInSource(c.configHeader)}>`,
    ...(c.color ? ['-fdiagnostics-color=always'] : []),
    ...(c.quoteFolder === undefined ? [] : ['-iquote', c.quoteFolder]),
    ...(c.language === undefined ? [] : ['-x', c.language]),
    ...(c.embeddedFile === undefined ? [] : [`-Wa,--MD,${c.embeddedFile}`]),
    '-MD',
    '-MF',
    c.dependencyFile,
    '-MT',
    c.dependencyTarget,
    '-o',
    c.object,
    '-c',
    c.source,
  ];
}

/** Flags of the compiler that the module's own do not say again, perhaps otherwise: GCC takes no second specs file. */
export function flagsNotRepeated(flags: readonly string[], cflags: readonly string[]): string[] {
  return flags.filter((flag) => !repeats(flag, cflags));
}

// The user's own specs file or core description wins over ours.
function repeats(flag: string, cflags: readonly string[]): boolean {
  const name = /^-{1,2}([a-z]+)=/.exec(flag)?.[1];
  return name !== undefined && cflags.some((word) => word.replace(/^-+/, '').startsWith(`${name}=`));
}
