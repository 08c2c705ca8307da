import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { fail } from '../../natmod-rules/problem.ts';
import type { Job } from '../board/outcome.ts';
import type { BuildSummary } from '../building/run-build.ts';
import type { Options } from '../options/options.ts';
import type { Report } from '../report/report.ts';
import { wantedModules } from './build-for-run.ts';
import { findTests } from './test-files.ts';

type Script = Pick<Job, 'scriptName' | 'script' | 'folder'>;

/**
 * Tells the output of a script as it comes; boards send it as one character per byte, with the line ends of terminals.
 */
export function showOutput(report: Report, fromBoard: boolean): (text: string) => void {
  if (!fromBoard) return (output) => report.emit({ kind: 'script', output });
  return (text) => report.emit({ kind: 'script', output: Buffer.from(text.replaceAll('\r\n', '\n'), 'latin1') });
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
export async function scriptsOf(options: Options, built: BuildSummary['built'] = []): Promise<Script[]> {
  if (options.code !== undefined) return [{ scriptName: 'main.py', script: new TextEncoder().encode(options.code) }];
  const paths = await scriptPathsOf(options, built);
  if (paths.length > 0) return Promise.all(paths.map(readScript));
  return fail('no-script', 'the module has no test', undefined, 'name a script, or give code with -c');
}

/** The absolute paths of what `scriptsOf` reads: none when there is code to run. */
export async function scriptPathsOf(options: Options, built: BuildSummary['built'] = []): Promise<readonly string[]> {
  if (options.code !== undefined) return [];
  if (options.scripts.length > 0) return options.scripts;
  const sourcesOf = (dir: string) => built.find(({ plan }) => plan.module.dir === dir)?.plan.sources;
  const tests = await Promise.all((await wantedModules(options)).map(({ dir }) => findTests(dir, sourcesOf(dir))));
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
