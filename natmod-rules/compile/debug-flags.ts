import type { Arch } from '../arch/index.ts';

/**
 * What makes a compiler describe its code, without changing it. Frames are described in `.debug_frame`: `.eh_frame`, where x86 has
 * them otherwise, is no debug information and goes. On Xtensa the lists of DWARF 5 hold distances that are fixed
 * when the assembler is done, and code moves afterwards.
 */
export function debugFlags({ family }: Pick<Arch, 'family'>, cflags: readonly string[]): string[] {
  const apart = cflags.includes('-gsplit-dwarf') ? ['-gno-split-dwarf'] : [];
  const version = family === 'xtensa' ? ['-gdwarf-4'] : [];
  return ['-g', ...version, ...apart, '-fno-asynchronous-unwind-tables'];
}

/** For where GCC makes other code when it keeps notes of variables, which it should not: less is told of variables then. */
export const FEWER_NOTES: readonly string[] = ['-fno-var-tracking-assignments'];
