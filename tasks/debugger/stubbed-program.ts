import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fail } from '../../natmod-rules/problem.ts';
import { type Job, MAX_OUTPUT } from '../board/outcome.ts';
import type { Place } from '../run/places.ts';
import { searchPath, withModules } from '../run/run-program.ts';
import { findProgram } from '../system/find-program.ts';
import { type ProgramEnd, startProgram } from '../system/programs.ts';
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
  readonly ended: Promise<ProgramEnd>;
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
    let output = '';
    const child = await startProgram([command, ...args, START], {
      cwd: folder,
      env: searchPath([job.folder]),
      // Ctrl-C in gdb is for gdb.
      ownGroup: true,
      onText(text) {
        job.show?.(text);
        output = (output + text).slice(-MAX_OUTPUT);
      },
    });
    let isGone = false;
    const ended = child.ended.then((end) => {
      isGone = true;
      return end;
    });
    try {
      const client = await connectToStub(socket, () => isGone);
      try {
        return await work({ client, folder, output: () => output, interrupt: () => child.kill('SIGINT'), ended });
      } finally {
        client.close();
      }
    } finally {
      child.kill();
      await ended;
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
