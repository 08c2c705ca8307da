/** The forms in which every random program is compiled and linked. */
import type { Level } from '../../natmod-rules/compile/index.ts';
import { COMPACT_PASSES, type CompactChoice } from '../../natmod-rules/link/shrink/passes.ts';
import type { Variables } from './program.ts';

export interface Form {
  /** `plain`, `small`, `small-icf` (without that pass), or `small+no-inline` (compiled otherwise). */
  readonly name: string;
  /** More of CFLAGS. */
  readonly cflags: readonly string[];
  readonly variables: Variables;
  /** Compiled for the smallest size. */
  readonly compactFlags: boolean;
  /** At this level of optimisation; `size` when left out. */
  readonly level?: Level;
  readonly passes: CompactChoice;
}

/**
 * The plain form, the small one, and the small one without each of its passes. Without inlining there are many calls
 * and many equal functions; for speed there are larger ones.
 */
export const FORMS: readonly Form[] = [
  { name: 'plain', cflags: [], variables: 'no-data', compactFlags: false, passes: false },
  { name: 'small', cflags: [], variables: 'as-is', compactFlags: true, passes: true },
  { name: 'small+no-inline', cflags: ['-fno-inline'], variables: 'as-is', compactFlags: true, passes: true },
  {
    name: 'balanced',
    cflags: [],
    variables: 'as-is',
    compactFlags: true,
    level: 'balanced',
    passes: COMPACT_PASSES.filter((pass) => pass !== 'outline'),
  },
  { name: 'small+speed', cflags: ['-O2'], variables: 'as-is', compactFlags: true, passes: true },
  ...COMPACT_PASSES.map((pass): Form => {
    const passes = COMPACT_PASSES.filter((other) => other !== pass);
    return {
      name: `small-${pass}`,
      cflags: [],
      variables: pass === 'variables' ? 'no-data' : 'as-is',
      compactFlags: true,
      passes,
    };
  }),
];
