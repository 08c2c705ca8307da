import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EM_386, EM_ARM, EM_X86_64 } from '../../natmod-rules/elf/constants.ts';
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

/** QEMU's programs by the CPU that an ELF file is for; those of places for other CPUs are in their command already. */
const QEMUS: Readonly<Record<number, string>> = {
  [EM_X86_64]: 'qemu-x86_64',
  [EM_386]: 'qemu-i386',
  [EM_ARM]: 'qemu-arm',
};

/** @throws NatmodError `no-stub` when there is no emulator for the CPU */
export async function stubCommand({ command, args }: Program, socket: string): Promise<string[]> {
  if (/qemu-[^/\\]*$/.test(command)) return [command, '-g', socket, ...args];
  const name = QEMUS[await machineOf(command)] ?? 'qemu-user';
  const qemu = findProgram(name, process.cwd()) ?? findProgram(`${name}-static`, process.cwd());
  if (qemu === undefined)
    fail('no-stub', `${name} is not on PATH`, undefined, 'Debian and Ubuntu: apt-get install qemu-user');
  return [qemu, '-g', socket, command, ...args];
}

/** `e_machine` of a program (System V ABI, "ELF Header"); this machine's when it is a script. */
async function machineOf(program: string): Promise<number> {
  const path = findProgram(program, process.cwd()) ?? program;
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(20), 0, 20, 0);
    const isElf = bytesRead === 20 && buffer.toString('latin1', 0, 4) === '\x7fELF';
    return isElf ? buffer.readUInt16LE(18) : EM_X86_64;
  } finally {
    await file.close();
  }
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
    const [command = '', ...args] = await stubCommand(place, socket);
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
