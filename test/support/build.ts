import type { BuildSummary } from '../../tasks/building/run-build.ts';
import type { ModuleSource } from '../../tasks/modules/find.ts';
import type { Options } from '../../tasks/options/options.ts';
import { buildAll } from '../../tasks/programs.ts';
import { silentReport } from '../../tasks/report/report.ts';

/** Builds modules in this process, without a word. */
export function runBuild(
  modules: readonly ModuleSource[],
  options: Options,
  report = silentReport(),
): Promise<BuildSummary> {
  return buildAll(modules, options, report);
}
