import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { type ArchName, archByName } from '../natmod-rules/arch/index.ts';
import { fail } from '../natmod-rules/problem.ts';
import type { BuildSummary } from './building/run-build.ts';
import { currentOptions } from './options/options.ts';
import { printLine, red, runTask, TaskFailure } from './report/report.ts';
import { askPlace, buildForRun, runtimesOf, wantedModules, withBoardArch } from './run/build-for-run.ts';
import type { Job } from './run/outcome.ts';
import { needPlace, portPlace } from './run/places.ts';
import { runJob } from './run/run-job.ts';
import { currentRunOptions, type RunOptions } from './run/run-options.ts';
import { findTests } from './run/test-files.ts';

type Script = Pick<Job, 'scriptName' | 'script' | 'folder'>;

/** `gulp run`: builds modules and runs a script, some code, or the modules' own tests in a real MicroPython. */
export async function run(): Promise<void> {
  await runTask(async () => {
    const asked = currentRunOptions();
    const port = asked.port === undefined ? undefined : portPlace(asked.port, asked);
    const options = currentOptions();
    if (
      asked.code === undefined &&
      asked.scripts.length === 0 &&
      options.modules.length === 0 &&
      options.dir === undefined
    ) {
      const hint = 'gulp run --module NAME [SCRIPT.py | -c CODE]; `gulp test` runs all tests of all modules';
      fail('bad-option', 'neither a module nor a script is named', undefined, hint);
    }
    const boardOptions = port?.kind === 'board' ? withBoardArch(options, await askPlace(port), port.name) : options;
    const built = await buildForRun(boardOptions);
    const place =
      port ??
      needPlace(archByName(built[0]!.arch).name as ArchName, {
        ...asked,
        runtimes: await runtimesOf(wantedModules(options)),
      });
    const modules = await readModules(built);
    const problems: string[] = [];
    for (const script of await scriptsOf(asked, options, built)) {
      printLine(`running ${script.scriptName} on ${place.name}`);
      const show = showOutput(place.kind === 'board');
      const outcome = await runJob(place, { ...script, modules, timeoutMs: asked.timeoutMs, show });
      // What a board says of an exception comes behind its output.
      if (place.kind === 'board' && !outcome.ok) process.stdout.write(tracebackOf(outcome.output));
      if (!outcome.ok) problems.push(`${script.scriptName}: ${outcome.reason}`);
    }
    for (const problem of problems) printLine(`${red('failed')} ${problem}`);
    if (problems.length > 0) throw new TaskFailure('the script failed');
  });
}

/** Prints output of a script as it comes; boards send it as one character per byte, with the line ends of terminals. */
export function showOutput(fromBoard: boolean): (text: string) => void {
  if (!fromBoard) return (text) => process.stdout.write(text);
  return (text) => process.stdout.write(Buffer.from(text.replaceAll('\r\n', '\n'), 'latin1'));
}

function tracebackOf(output: string): string {
  const at = output.lastIndexOf('Traceback (most recent call last)');
  return at < 0 ? '' : output.slice(at);
}

/** The modules as the files that MicroPython imports. */
export async function readModules(built: BuildSummary['built']): Promise<Map<string, Uint8Array>> {
  const modules = new Map<string, Uint8Array>();
  for (const { file } of built) modules.set(basename(file), await readFile(file));
  return modules;
}

/**
 * What to run: code, scripts, or the tests of the modules.
 * @param built what was built, when that is known: a source of a module is no test
 * @throws NatmodError `no-script`, `cannot-read`
 */
export async function scriptsOf(
  asked: RunOptions,
  options: ReturnType<typeof currentOptions>,
  built: BuildSummary['built'] = [],
): Promise<Script[]> {
  if (asked.code !== undefined) return [{ scriptName: 'main.py', script: new TextEncoder().encode(asked.code) }];
  const paths = await scriptPathsOf(asked, options, built);
  if (paths.length > 0) return Promise.all(paths.map(readScript));
  return fail('no-script', 'the module has no test', undefined, 'name a script, or give code with -c');
}

/** The absolute paths of what `scriptsOf` reads: none when there is code to run. */
export async function scriptPathsOf(
  asked: RunOptions,
  options: ReturnType<typeof currentOptions>,
  built: BuildSummary['built'] = [],
): Promise<readonly string[]> {
  if (asked.code !== undefined) return [];
  if (asked.scripts.length > 0) return asked.scripts;
  const sourcesOf = (dir: string) => built.find(({ plan }) => plan.module.dir === dir)?.plan.sources;
  const tests = await Promise.all(wantedModules(options).map(({ dir }) => findTests(dir, sourcesOf(dir))));
  return tests.flat().map((test) => test.path);
}

async function readScript(path: string): Promise<Script> {
  const script = await readFile(path).catch((error: NodeJS.ErrnoException) =>
    fail('cannot-read', error.code === 'ENOENT' ? 'there is no such script' : `cannot be read: ${error.code}`, {
      file: path,
    }),
  );
  return { scriptName: basename(path), script, folder: dirname(path) };
}
