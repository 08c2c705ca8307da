import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fail } from '../../natmod-rules/problem.ts';
import { type Job, MAX_OUTPUT } from '../board/outcome.ts';
import type { Place } from '../run/places.ts';
import { searchPath, withModules } from '../run/run-program.ts';
import { findProgram } from '../system/find-program.ts';
import { connectToStub, type StubClient } from './stub-client.ts';

type Program = Extract<Place, { kind: 'program' }>;

/** A MicroPython of an operating system, in an emulator that waits for gdb before the first instruction. */
export interface StubbedProgram {
  readonly client: StubClient;
  /** Folder that the script runs in. */
  readonly folder: string;
  /** What it has printed. */
  output(): string;
  /** Makes it stop as gdb's Ctrl-C does. */
  interrupt(): void;
  /** Ends when it has ended. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
}

/** QEMU's program for the CPU of this machine; others are in the place's command already. */
const HOST_QEMU: Readonly<Partial<Record<NodeJS.Architecture, string>>> = {
  x64: 'qemu-x86_64',
  ia32: 'qemu-i386',
  arm: 'qemu-arm',
};

/** @throws NatmodError `no-stub` when there is no emulator for the CPU */
export function stubCommand({ command, args }: Program, socket: string): string[] {
  if (/qemu-[^/\\]*$/.test(command)) return [command, '-g', socket, ...args];
  const name = HOST_QEMU[process.arch] ?? 'qemu-user';
  const qemu = findProgram(name, process.cwd()) ?? findProgram(`${name}-static`, process.cwd());
  if (qemu === undefined)
    fail('no-stub', `${name} is not on PATH`, undefined, 'Debian and Ubuntu: apt-get install qemu-user');
  return [qemu, '-g', socket, command, ...args];
}

/**
 * Starts a script under the stub.
 * @param before Python that runs before the script, in the same process
 * @throws NatmodError `no-stub`, `stub-gone`
 */
export async function withStubbedProgram<T>(
  place: Program,
  job: Job,
  before: string,
  work: (program: StubbedProgram) => Promise<T>,
): Promise<T> {
  return withModules(job, async (folder) => {
    const socket = join(folder, 'natmod-gdb');
    await writeFile(join(folder, job.scriptName), job.script);
    await writeFile(join(folder, START), startCode(before, job.scriptName));
    const [command = '', ...args] = stubCommand(place, socket);
    const child = spawn(command, [...args, START], {
      cwd: folder,
      env: searchPath([job.folder]),
      stdio: ['ignore', 'pipe', 'pipe'],
      // Ctrl-C in gdb is for gdb.
      detached: true,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        job.show?.(text);
        output = (output + text).slice(-MAX_OUTPUT);
      });
    }
    const kill = () => child.kill('SIGKILL');
    process.on('exit', kill);
    child.once('error', () => {});
    let isGone = false;
    const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
      child.once('close', (code, signal) => {
        isGone = true;
        resolve({ code, signal });
      });
    });
    try {
      const client = await connectToStub(socket, () => isGone);
      try {
        return await work({ client, folder, output: () => output, interrupt: () => child.kill('SIGINT'), ended });
      } finally {
        client.close();
      }
    } finally {
      kill();
      await ended;
      process.off('exit', kill);
    }
  });
}

const START = 'natmod_start.py';

function startCode(before: string, script: string): string {
  const name = JSON.stringify(script);
  return `${before}
with open(${name}, "rb") as _natmod_file:
    _natmod_code = _natmod_file.read()
exec(compile(_natmod_code, ${name}, "exec"), {"__name__": "__main__", "__file__": ${name}})
`;
}
