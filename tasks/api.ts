/** What gulpfiles call: `buildModules` and `writeCompileCommands`, with the options of gulp's command line. */
import { natmod } from '../gulpfile.ts';
import { listItems } from './building/build-items.ts';
import { writeCommandsOf } from './building/compile-commands.ts';
import type { BuildSummary } from './building/run-build.ts';
import { type Module, modulesFrom } from './modules/of-gulpfile.ts';
import { selectModules } from './modules/select.ts';
import { runForGulp } from './options/gulp.ts';
import { TaskFailure } from './report/report.ts';
import { buildAsAsked } from './sizes/build-as-asked.ts';

/** How modules of a gulpfile are built. */
export interface BuildModulesOptions {
  /** Folder that sources start from and modules are written to; that of the gulpfile when left out. */
  readonly cwd?: string;
  /** Command line; that of gulp when left out. */
  readonly argv?: readonly string[];
}

/**
 * Builds modules that a gulpfile describes, with the options of gulp's command line (`--arch`, `--module`, `--out`, …).
 *
 *     export const build = () => buildModules(defineModule({ name: 'mymodule', sources: ['main.c'] }));
 *     export const all = () => buildModules(['first', 'second']);
 *
 * @returns what was built and left out
 * @throws TaskFailure, which gulp prints in one line, after everything that is wrong has been printed
 */
export async function buildModules(
  modules: Module | readonly Module[],
  { cwd = process.cwd(), argv }: BuildModulesOptions = {},
): Promise<BuildSummary> {
  let summary: BuildSummary | undefined;
  await runForGulp({ tasks: ['build'], argv, cwd }, async (options, report) => {
    const context = { report, flow: natmod.flow };
    summary = await buildAsAsked(modulesFrom([modules].flat(), cwd), options, context);
    if (summary.failed.length > 0) throw new TaskFailure(`not built: ${listItems(summary.failed)}`);
  });
  return summary!;
}

/**
 * Writes `compile_commands.json`, from which editors learn how sources are compiled, for modules of a gulpfile.
 *
 * @param modules as for `buildModules`
 * @param folder where the file goes; that of the gulpfile when left out
 */
export async function writeCompileCommands(
  modules: Module | readonly Module[],
  { folder = process.cwd(), argv }: { folder?: string; argv?: readonly string[] } = {},
): Promise<void> {
  await runForGulp({ tasks: ['compile-commands'], argv, cwd: folder }, async (options, report) => {
    const chosen = await selectModules(modulesFrom([modules].flat(), folder), options);
    await writeCommandsOf(chosen, options, folder, report);
  });
}
