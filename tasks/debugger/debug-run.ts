/** `run --gdb`: loads the modules in an emulator, and hands it over to gdb before the script begins. */
import { readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ArchName } from '../../natmod-rules/arch/index.ts';
import {
  exportedCode,
  findLoadPlace,
  gdbCommands,
  gdbScript,
  hideTold,
  readExportedFunctions,
  readLinkedFile,
} from '../../natmod-rules/debug/where/index.ts';
import { fail } from '../../natmod-rules/problem.ts';
import type { Job } from '../board/outcome.ts';
import type { Context } from '../building/context.ts';
import type { BuildSummary } from '../building/run-build.ts';
import type { Options } from '../options/options.ts';
import { type Report, TaskFailure } from '../report/report.ts';
import type { Place } from '../run/places.ts';
import { writeWhole } from '../system/files.ts';
import { runInherited } from '../system/run-inherited.ts';
import { findGdb } from './find-gdb.ts';
import { type GdbServer, serveGdb } from './gdb-server.ts';
import { type LoadedTarget, withLoadedModules } from './loaded.ts';

type Built = BuildSummary['built'][number];

/**
 * Runs a script under gdb: opened here with `--gdb`, or one that connects to `--gdb-port`.
 * @throws NatmodError `no-gdb`, `no-elf`, `not-loaded`, `other-build`, `no-port`, `bad-option`; TaskFailure when the
 *   script failed
 */
export async function debugRun(
  place: Place,
  job: Job,
  built: readonly Built[],
  options: Options,
  { report }: Context,
): Promise<void> {
  const arch = built[0]!.arch as ArchName;
  const gdb = options.gdb ? findGdb(arch, options.cwd) : undefined;
  const names = built.map(({ plan }) => plan.name);
  const shown = { ...job, show: job.show && hideTold(job.show) };
  const reason = await withLoadedModules(place, shown, names, async (target) => {
    const file = await writeScript(target, built, options.cwd);
    const server = await serveGdb(target.stub, options.gdbPort, target.interrupt);
    try {
      // Firmware does not end with the script; gdb, which waits for it, is told that it is over.
      const run = runBehindGdb(server, target, job.timeoutMs, report).finally(() => setTimeout(server.close, LAST_MS));
      if (gdb === undefined) tellHowToConnect(server.port, file, built, report);
      else await openGdb(gdb, server.port, file, options.cwd);
      return await run;
    } finally {
      server.close();
    }
  });
  if (reason === '') return;
  report.status('doubtful', 'ended', `${job.scriptName}: ${reason}`);
  throw new TaskFailure('the script failed');
}

/**
 * Writes MOD.gdb beside the ELF file of the first module: what gdb has to be told of all of them, and where it shall
 * stop.
 * @returns its path
 */
async function writeScript({ told }: LoadedTarget, built: readonly Built[], cwd: string): Promise<string> {
  const functions = readExportedFunctions(told);
  const commands: string[] = [];
  const stops: string[] = [];
  for (const { elf, plan } of built) {
    if (elf === undefined) continue;
    const file = readLinkedFile(await readFile(elf), elf);
    const own = functions.filter(({ module }) => module === plan.name);
    const at = findLoadPlace(file, own);
    if (at === undefined) {
      const what =
        own.length === 0 ? 'exports no function in C, so nobody knows where it lies' : 'is not where its ELF file says';
      return fail('no-base', `${plan.name} ${what}`, { file: relative(cwd, elf) });
    }
    commands.push(...gdbCommands(file, at, elf));
    stops.push(...exportedCode(file, at, own).map((where) => `tbreak ${where}`));
  }
  const [first] = built.flatMap(({ elf, plan }) => (elf === undefined ? [] : [join(dirname(elf), `${plan.name}.gdb`)]));
  if (first === undefined) {
    return fail('no-elf', 'there is no ELF file of the module', undefined, 'a module without native code has none');
  }
  writeWhole(first, gdbScript([...commands, ...stops]));
  return first;
}

/** What the stub says at last has to reach gdb. */
const LAST_MS = 300;

/** A script that ends under gdb makes gdb go, too. */
const SOON_MS = 500;

/** @returns why the script failed; empty when it ended well, or when the debugger has ended it */
async function runBehindGdb(
  server: GdbServer,
  target: LoadedTarget,
  timeoutMs: number,
  report: Report,
): Promise<string> {
  await server.resumed;
  const ended = target.run().catch((error: Error) => `ended with the debugger: ${error.message.split(';')[0]}`);
  const isFirst = await Promise.race([ended, server.gone.then(() => undefined)]);
  if (isFirst !== undefined) return isFirst;
  // Without a debugger the script has the time that any script has.
  const late = sleep(timeoutMs, `no end ${timeoutMs / 1000} s after gdb had gone`, { ref: false });
  const soon = await Promise.race([ended, sleep(SOON_MS, undefined, { ref: false })]);
  if (soon !== undefined) return soon;
  report.note('gdb is gone; the script goes on without it');
  return Promise.race([ended, late]);
}

function tellHowToConnect(port: number, file: string, built: readonly Built[], report: Report): void {
  const names = built.map(({ plan }) => plan.name).join(', ');
  report.show(
    `${names} is loaded, and waits for gdb:\n  target remote localhost:${port}\n  source ${file}\n  continue\n`,
  );
}

/** Ends when gdb has ended. */
async function openGdb(gdb: string, port: number, file: string, cwd: string): Promise<void> {
  const steps = [
    `target remote localhost:${port}`,
    `source ${file}`,
    'set confirm off',
    'continue',
    'delete breakpoints',
  ];
  const words = ['-q', '-ex', 'set confirm off', ...steps.flatMap((step) => ['-ex', step]), '-ex', 'set confirm on'];
  // Ctrl-C is for gdb: it stops the program there.
  const others = process.listeners('SIGINT');
  process.removeAllListeners('SIGINT');
  const ignore = () => {};
  process.on('SIGINT', ignore);
  try {
    await runInherited([gdb, ...words], { cwd });
  } finally {
    process.off('SIGINT', ignore);
    for (const listener of others) process.on('SIGINT', listener as NodeJS.SignalsListener);
  }
}
