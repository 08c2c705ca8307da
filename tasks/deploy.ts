import { fail } from '../natmod-rules/problem.ts';
import { archesFor } from '../natmod-rules/runtime/index.ts';
import { deployModule, openTarget, runOnTarget, type Target } from './board/deploy.ts';
import { tracebackOf } from './board/outcome.ts';
import { tellDeployed } from './board/push-built.ts';
import type { Context } from './building/context.ts';
import type { Options } from './options/options.ts';
import { type Report, TaskFailure } from './report/report.ts';
import { buildForRun, withBoardArch } from './run/build-for-run.ts';
import { scriptsOf, showOutput } from './run/scripts.ts';

/** `gulp deploy`: builds modules for the board on a port and copies them there. */
export async function deploy(options: Options, context: Context): Promise<void> {
  const { report } = context;
  if (options.modules.length === 0 && options.dir === undefined) {
    fail('bad-option', 'no module is named', undefined, 'gulp deploy --port auto --module NAME');
  }
  const target = await openTarget(options.port ?? 'auto', options, report);
  const { board, firmware } = target;
  let closed = false;
  try {
    const names = archesFor(firmware).map((arch) => arch.name);
    report.note(
      `${board.name}: ${firmware.machine || firmware.platform}, MicroPython ${firmware.release}, ${names[0] ?? 'no native modules'}`,
    );
    const built = await buildForRun(withBoardArch(options, firmware, board.name), context);
    for (const { file } of built) tellDeployed(await deployModule(target, file), report);
    const runs = options.run || options.code !== undefined || options.scripts.length > 0;
    if (runs) await runScripts(target, options, built, report);
    if (options.reset) {
      await board.reset();
      closed = true;
      report.note('the board restarts');
    }
  } finally {
    if (!closed) await board.close();
  }
}

async function runScripts(
  target: Target,
  options: Options,
  built: Awaited<ReturnType<typeof buildForRun>>,
  report: Report,
): Promise<void> {
  const failed: string[] = [];
  for (const script of await scriptsOf(options, built)) {
    report.note(`running ${script.scriptName}`);
    const show = showOutput(report, true);
    const { ok, reason, output } = await runOnTarget(target, { ...script, timeoutMs: options.timeoutMs, show });
    if (ok) continue;
    report.emit({ kind: 'script', output: tracebackOf(output) });
    failed.push(`${script.scriptName}: ${reason}`);
  }
  for (const problem of failed) report.status('bad', 'failed', problem);
  if (failed.length > 0) throw new TaskFailure('the script failed');
}
