import { fail } from '../natmod-rules/problem.ts';
import { archesFor } from '../natmod-rules/runtime/index.ts';
import { splitTraceback } from '../natmod-rules/runtime/messages.ts';
import { deployModule, openTarget, runOnTarget, type Target } from './board/deploy.ts';
import { tellDeployed } from './board/push-built.ts';
import type { Context } from './building/context.ts';
import { tellCrash } from './debugger/tell-crash.ts';
import type { Options } from './options/options.ts';
import { TaskFailure } from './report/report.ts';
import { buildForRun, withBoardArch } from './run/build-for-run.ts';
import { portPlace } from './run/places.ts';
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
    if (runs) await runScripts(target, options, built, context);
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
  context: Context,
): Promise<void> {
  const { report } = context;
  const failed: string[] = [];
  const tell = built.filter(({ elf }) => elf !== undefined).map(({ plan }) => plan.name);
  for (const script of await scriptsOf(options, built)) {
    report.note(`running ${script.scriptName}`);
    const show = showOutput(report, true);
    const job = { ...script, tell: tell.length > 0 ? tell : undefined, timeoutMs: options.timeoutMs, show };
    const { ok, reason, output, ...how } = await runOnTarget(target, job);
    if (ok) continue;
    report.emit({ kind: 'script', output: splitTraceback(output).traceback });
    failed.push(`${script.scriptName}: ${reason}`);
    if (!how.crashed) continue;
    const place = portPlace(target.board.name);
    const crash = { place, job: { ...job, modules: new Map() }, outcome: { output, ...how }, built };
    await tellCrash(crash, options, context);
    // The board starts anew.
    break;
  }
  for (const problem of failed) report.status('bad', 'failed', problem);
  if (failed.length > 0) throw new TaskFailure('the script failed');
}
