/**
 * What makes a compiler describe its code, without changing it. Frames are described in `.debug_frame`: `.eh_frame`,
 * where x86 has them otherwise, is no debug information and goes.
 */
export function debugFlags(cflags: readonly string[]): string[] {
  const apart = cflags.includes('-gsplit-dwarf') ? ['-gno-split-dwarf'] : [];
  return ['-g', ...apart, '-fno-asynchronous-unwind-tables'];
}

/**
 * For where GCC makes other code when it keeps notes of variables, which it should not: less is told of variables then.
 */
export const FEWER_NOTES: readonly string[] = ['-fno-var-tracking-assignments'];
