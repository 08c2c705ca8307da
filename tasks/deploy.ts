import { fail } from '../natmod-rules/problem.ts';
import { archesFor } from '../natmod-rules/runtime/index.ts';
import { deployModule, openTarget, runOnTarget, type Target } from './board/deploy.ts';
import { printDeployed } from './board/push-built.ts';
import { currentOptions } from './options/options.ts';
import { printLine, red, runTask, TaskFailure } from './report/report.ts';
import { buildForRun, withBoardArch } from './run/build-for-run.ts';
import { currentRunOptions, type RunOptions } from './run/run-options.ts';
import { scriptsOf, showOutput } from './run.ts';

/** `gulp deploy`: builds modules for the board on a port and copies them there. */
export async function deploy(): Promise<void> {
  await runTask(async () => {
    const asked = currentRunOptions();
    const port = asked.port ?? 'auto';
    const options = currentOptions();
    if (options.modules.length === 0 && options.dir === undefined) {
      fail('bad-option', 'no module is named', undefined, 'gulp deploy --port auto --module NAME');
    }
    const target = await openTarget(port, asked);
    const { board, firmware } = target;
    let closed = false;
    try {
      const names = archesFor(firmware).map((arch) => arch.name);
      printLine(
        `${board.name}: ${firmware.machine || firmware.platform}, MicroPython ${firmware.release}, ${names[0] ?? 'no native modules'}`,
      );
      const built = await buildForRun(withBoardArch(options, firmware, board.name));
      for (const { file } of built) printDeployed(await deployModule(target, file));
      if (asked.run || asked.code !== undefined || asked.scripts.length > 0)
        await runScripts(target, asked, options, built);
      if (asked.reset) {
        await board.reset();
        closed = true;
        printLine('the board restarts');
      }
    } finally {
      if (!closed) await board.close();
    }
  });
}

async function runScripts(
  target: Target,
  asked: RunOptions,
  options: ReturnType<typeof currentOptions>,
  built: Awaited<ReturnType<typeof buildForRun>>,
): Promise<void> {
  const failed: string[] = [];
  for (const script of await scriptsOf(asked, options, built)) {
    printLine(`running ${script.scriptName}`);
    const show = showOutput(true);
    const { ok, reason, output } = await runOnTarget(target, { ...script, timeoutMs: asked.timeoutMs, show });
    if (ok) continue;
    const traceback = output.lastIndexOf('Traceback (most recent call last)');
    if (traceback >= 0) process.stdout.write(output.slice(traceback));
    failed.push(`${script.scriptName}: ${reason}`);
  }
  for (const problem of failed) printLine(`${red('failed')} ${problem}`);
  if (failed.length > 0) throw new TaskFailure('the script failed');
}
