import type { ArchName } from '../natmod-rules/arch/index.ts';
import { fail } from '../natmod-rules/problem.ts';
import { tracebackOf } from './board/outcome.ts';
import type { Context } from './building/context.ts';
import type { Options } from './options/options.ts';
import { TaskFailure } from './report/report.ts';
import { askPlace, buildForRun, placeToRun, withBoardArch } from './run/build-for-run.ts';
import { portPlace } from './run/places.ts';
import { runJob } from './run/run-job.ts';
import { readModules, scriptsOf, showOutput } from './run/scripts.ts';

/** `gulp run`: builds modules and runs a script, some code, or the modules' own tests in a real MicroPython. */
export async function run(options: Options, context: Context): Promise<void> {
  const { report } = context;
  const { code, scripts, modules, dir, timeoutMs } = options;
  const port = options.port === undefined ? undefined : portPlace(options.port, options);
  if (code === undefined && scripts.length === 0 && modules.length === 0 && dir === undefined) {
    const hint = 'gulp run --module NAME [SCRIPT.py | -c CODE]; `gulp test` runs all tests of all modules';
    fail('bad-option', 'neither a module nor a script is named', undefined, hint);
  }
  const boardOptions = port?.kind === 'board' ? withBoardArch(options, await askPlace(port), port.name) : options;
  const built = await buildForRun(boardOptions, context);
  const place = port ?? (await placeToRun(built[0]!.arch as ArchName, options, report));
  const files = await readModules(built);
  const problems: string[] = [];
  for (const script of await scriptsOf(options, built)) {
    report.note(`running ${script.scriptName} on ${place.name}`);
    const show = showOutput(report, place.kind === 'board');
    const outcome = await runJob(place, { ...script, modules: files, timeoutMs, show, report });
    // What a board says of an exception comes behind its output.
    if (place.kind === 'board' && !outcome.ok) report.emit({ kind: 'script', output: tracebackOf(outcome.output) });
    if (!outcome.ok) problems.push(`${script.scriptName}: ${outcome.reason}`);
  }
  for (const problem of problems) report.status('bad', 'failed', problem);
  if (problems.length > 0) throw new TaskFailure('the script failed');
}
