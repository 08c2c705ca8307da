import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type Job, lastLine, MAX_OUTPUT, type Outcome } from '../board/outcome.ts';
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

function watch(
  place: Program,
  args: readonly string[],
  cwd: string,
  { folder, timeoutMs, show }: Job,
): Promise<Pick<Outcome, 'reason' | 'output' | 'crashed'>> {
  return new Promise((resolve) => {
    const env = searchPath([folder]);
    const child = spawn(place.command, [...place.args, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let late = false;
    let startError = '';
    const kill = () => child.kill('SIGKILL');
    const timer = setTimeout(() => {
      late = true;
      kill();
    }, timeoutMs);
    process.on('exit', kill);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (text: string) => {
        show?.(text);
        output += text;
        if (output.length > MAX_OUTPUT)
          output = `${output.slice(0, MAX_OUTPUT / 4)}\n[…]\n${output.slice(-MAX_OUTPUT / 4)}`;
      });
    }
    child.on('error', (error: NodeJS.ErrnoException) => {
      startError = `${place.command} cannot be started: ${error.code ?? error.message}`;
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      process.off('exit', kill);
      resolve({
        reason: late ? `no end after ${timeoutMs / 1000} s` : startError || howItEnded(code, signal, output),
        output,
        crashed: !late && (signal !== null || UNCAUGHT.test(output)),
      });
    });
  });
}

/** What QEMU says when it ends with a status instead of the signal. */
const UNCAUGHT = /^qemu: uncaught target signal \d+/m;

/** Empty when it ended well. */
function howItEnded(code: number | null, signal: string | null, output: string): string {
  if (signal !== null) return `MicroPython was ended by ${signal}`;
  if (code === 0) return '';
  const last = lastLine(output);
  if (UNCAUGHT.test(output)) return `MicroPython crashed: ${last}`;
  return /^\w+(Error|Exception|Interrupt|Exit)\b/.test(last) ? last : `exit status ${code}`;
}
