// What our own scripts (`npm start`, the bench, programs of the tests) call of the compiled project.
import { natmod } from '../gulpfile.ts';
import type { OnLinked } from './building/build-module.ts';
import { type BuildSummary, runBuild } from './building/run-build.ts';
import type { ModuleSource } from './modules/find.ts';
import type { Options } from './options/options.ts';
import { openReport } from './report/open.ts';
import type { Report } from './report/report.ts';

export { moduleIn } from './modules/find.ts';
export { parseOptions } from './options/options.ts';

/** Builds modules as `gulp build` does, and tells of it on the terminal unless there is another report. */
export function buildAll(
  modules: readonly ModuleSource[],
  options: Options,
  report: Report = openReport({ log: 'text', verbose: options.verbose }),
  onLinked?: OnLinked,
): Promise<BuildSummary> {
  return runBuild(modules, options, { report, flow: natmod.flow }, onLinked);
}
