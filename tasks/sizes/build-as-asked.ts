import type { Context } from '../building/context.ts';
import { type BuildSummary, runBuild } from '../building/run-build.ts';
import type { ModuleSource } from '../modules/find.ts';
import type { Options } from '../options/options.ts';

/**
 * Builds, and does what `--keep`, `--why`, `--budget` and `--stack-budget` ask. A plain build loads nothing of all
 * that.
 */
export async function buildAsAsked(
  all: readonly ModuleSource[],
  options: Options,
  context: Context,
): Promise<BuildSummary> {
  const { keep, why, budget, stackBudget } = options;
  if (!keep && why.length === 0 && budget.length === 0 && stackBudget.length === 0)
    return runBuild(all, options, context);
  return (await import('./explain-build.ts')).buildAndExplain(all, options, context);
}
