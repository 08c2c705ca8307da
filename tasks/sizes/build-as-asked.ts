import { type BuildSummary, runBuild } from '../building/run-build.ts';
import type { ModuleSource } from '../modules/find.ts';
import type { Options } from '../options/options.ts';
import { readCommandLine } from '../options/table.ts';

/**
 * Builds, and does what `--keep`, `--why` and `--budget` ask. A plain build loads nothing of all that.
 * @param cwd folder that relative paths start from
 */
export async function buildAsAsked(
  all: readonly ModuleSource[],
  options: Options,
  argv: readonly string[] = process.argv.slice(2),
  cwd = process.env.INIT_CWD ?? process.cwd(),
): Promise<BuildSummary> {
  const { values } = readCommandLine(argv);
  if (!values.has('keep') && !values.has('why') && !values.has('budget')) return runBuild(all, options);
  const [{ parseSizeOptions }, { buildAndExplain }] = await Promise.all([
    import('./options.ts'),
    import('./explain-build.ts'),
  ]);
  return buildAndExplain(all, options, parseSizeOptions(argv, cwd));
}
