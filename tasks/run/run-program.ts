import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { isException, lastLine, tellsOfCrash } from '../../natmod-rules/runtime/messages.ts';
import { type Job, MAX_OUTPUT, type Outcome } from '../board/outcome.ts';
import { type ProgramEnd, startProgram } from '../system/programs.ts';
import type { Place } from './places.ts';

type Program = Extract<Place, { kind: 'program' }>;

/**
 * A temporary folder with the modules of a job. The build folder will not do: it holds a folder of every module's name,
 * which Python would import instead.
 */
export async function withModules<T>(job: Pick<Job, 'modules'>, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'natmod-run-'));
  try {
    for (const [name, bytes] of job.modules) await writeFile(join(folder, name), bytes);
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The environment that makes MicroPython look into the folders; the folder of the script itself goes before them. */
export function searchPath(folders: readonly (string | undefined)[]): NodeJS.ProcessEnv {
  const own = folders.filter((folder) => folder !== undefined);
  return {
    ...process.env,
    MICROPYPATH: [...own, '.frozen', '~/.micropython/lib', '/usr/lib/micropython'].join(delimiter),
  };
}

/** Runs a script in MicroPython of an operating system. Crashes and time-outs are results, with the last output. */
export async function runInProgram(place: Program, job: Job): Promise<Outcome> {
  return withModules(job, async (folder) => {
    await writeFile(join(folder, job.scriptName), job.script);
    const start = performance.now();
    const end = await watch(place, [job.scriptName], folder, job);
    const seconds = (performance.now() - start) / 1000;
    return { ok: end.reason === '', ...end, seconds };
  });
}

async function watch(
  place: Program,
  args: readonly string[],
  cwd: string,
  { folder, timeoutMs, show }: Job,
): Promise<Pick<Outcome, 'reason' | 'output' | 'crashed'>> {
  let output = '';
  const child = await startProgram([place.command, ...place.args, ...args], {
    cwd,
    env: searchPath([folder]),
    timeoutMs,
    onText(text) {
      show?.(text);
      output += text;
      if (output.length > MAX_OUTPUT)
        output = `${output.slice(0, MAX_OUTPUT / 4)}\n[…]\n${output.slice(-MAX_OUTPUT / 4)}`;
    },
  });
  const end = await child.ended;
  const unable = end.startError && `${place.command} cannot be started: ${end.startError}`;
  return {
    reason: end.isLate ? `no end after ${timeoutMs / 1000} s` : (unable ?? howItEnded(end, output)),
    output,
    crashed: !end.isLate && (end.signal !== undefined || tellsOfCrash(output)),
  };
}

/** Empty when it ended well. */
function howItEnded({ status, signal }: ProgramEnd, output: string): string {
  if (signal !== undefined) return `MicroPython was ended by ${signal}`;
  if (status === 0) return '';
  const last = lastLine(output);
  if (tellsOfCrash(output)) return `MicroPython crashed: ${last}`;
  return isException(last) ? last : `exit status ${status}`;
}
