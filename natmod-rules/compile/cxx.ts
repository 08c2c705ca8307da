/**
 * C++ sources. They get the flags of the module's C sources, less those that C++ does not know, and behind them what a
 * module can have of C++: no exceptions and no RTTI (there is nothing that would unwind the stack), and no locks around
 * static variables of functions. `sdk/py/dynruntime-rules.mk` says the same to make.
 */
import { isChecksSource, withoutChecks } from './sanitize.ts';

const ENDINGS = /\.(?:cpp|cc|cxx|C)$/;

/** Whether a source is C++, by its ending. */
export function isCxx(source: string): boolean {
  return ENDINGS.test(source);
}

/** What C++ sources get besides the flags of C; flags of the module's own (CXXFLAGS) go behind them. */
export const CXX_FLAGS: readonly string[] = [
  '-std=gnu++17',
  '-fno-exceptions',
  '-fno-rtti',
  '-fno-threadsafe-statics',
  '-fno-use-cxa-atexit',
];

/** Flags that compilers of C++ complain about; warnings of this kind may have `no-` or `error=` before the name. */
const C_ONLY =
  /^-std=(?:c|gnu|iso9899:)\d|^-D(?:_T|t)hread_local=$|^-fgnu89-inline$|^-W(?:no-)?(?:error=)?(?:strict-prototypes|missing-prototypes|old-style-definition|old-style-declaration|nested-externs|declaration-after-statement|implicit(?:-int|-function-declaration)?|bad-function-cast|c\+\+-compat|jump-misses-init|pointer-sign|int-conversion|incompatible-pointer-types|discarded-qualifiers|missing-parameter-type|override-init|designated-init|absolute-value)$/;

/**
 * The flags that a source is compiled with.
 * @param cflags of the C sources
 * @param cxxFlags of the module's own for C++
 */
export function flagsFor(source: string, cflags: readonly string[], cxxFlags: readonly string[] = []): string[] {
  if (isChecksSource(source)) return withoutChecks(cflags);
  if (!isCxx(source)) return [...cflags];
  return [...cflags.filter((flag) => !C_ONLY.test(flag)), ...CXX_FLAGS, ...cxxFlags];
}

/** What the compiler proper of a source is called in options such as `-x`. */
export function languageOf(source: string): 'c' | 'c++' {
  return isCxx(source) ? 'c++' : 'c';
}
