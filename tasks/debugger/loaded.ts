/** Emulators that have loaded modules and stand still, for a debugger to go on from there. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { importAndTell, readExportedFunctions, stopSignal } from '../../natmod-rules/debug/where/index.ts';
import { fail } from '../../natmod-rules/problem.ts';
import { lastLine } from '../../natmod-rules/runtime/messages.ts';
import { takeBoard } from '../board/board.ts';
import { openChild } from '../board/child.ts';
import type { Job } from '../board/outcome.ts';
import { loadModules, runScript } from '../board/run-board.ts';
import type { Place } from '../run/places.ts';
import { connectToStub } from './stub-client.ts';
import { type StubbedProgram, withStubbedProgram } from './stubbed-program.ts';

export interface LoadedTarget {
  /** The line to the emulator's stub. */
  readonly stub: Socket;
  /** What the modules have told of where they lie. */
  readonly told: string;
  /** Stops the program, where the stub cannot. */
  readonly interrupt?: () => void;
  /**
   * Lets the script begin as soon as the debugger lets the emulator run.
   * @returns why it failed; empty when it ended well
   */
  run(): Promise<string>;
}

/**
 * Starts an emulator, and has it import modules.
 * @param modules names as they are imported
 * @throws NatmodError `not-loaded`, `no-stub`, `stub-gone`, and those of boards
 */
export function withLoadedModules<T>(
  place: Place,
  job: Job,
  modules: readonly string[],
  work: (target: LoadedTarget) => Promise<T>,
): Promise<T> {
  const before = importAndTell(modules);
  if (place.kind === 'program') {
    const code = `${before}${WAIT}`;
    return withStubbedProgram(place, job, code, async (program) =>
      work(await stopBehindImport(program, job.timeoutMs)),
    );
  }
  const { emulator } = place;
  if (emulator !== undefined) return withFirmware(emulator, job, before, work);
  const hint = 'natmod gdb --port PORT tells gdb of a module on a board';
  return fail('bad-option', `--gdb starts an emulator, and ${place.name} is none`, undefined, hint);
}

const READY = 'natmod-ready';
const GO = 'natmod-go';

const WAIT = `
def _natmod_wait():
    import os, time
    open("${READY}", "w").close()
    while True:
        try:
            os.stat("${GO}")
            return
        except OSError:
            time.sleep(0.02)
_natmod_wait()
`;

const SIGINT = 2;

async function stopBehindImport(program: StubbedProgram, timeoutMs: number): Promise<LoadedTarget> {
  const { client, folder, output, interrupt, ended } = program;
  const timer = setTimeout(() => client.close(), timeoutMs);
  let isStopped = false;
  const stop = runUntilInterrupt(program).finally(() => (isStopped = true));
  while (!isStopped && !existsSync(join(folder, READY))) await sleep(20);
  if (!isStopped) interrupt();
  if ((await stop) !== SIGINT) {
    await ended;
    notLoaded(output());
  }
  clearTimeout(timer);
  // It has been printed before the program stopped, and may still be under way.
  for (let i = 0; i < 50 && readExportedFunctions(output()).length === 0; i++) await sleep(20);
  await writeFile(join(folder, GO), '');
  const run = async () => {
    const { status, signal } = await ended;
    if (signal !== undefined) return `MicroPython was ended by ${signal}`;
    return status === 0 ? '' : `exit status ${status}`;
  };
  return { stub: client.release(), told: output(), interrupt, run };
}

async function runUntilInterrupt({ client }: StubbedProgram): Promise<number | undefined> {
  let signal: number | undefined;
  do {
    signal = stopSignal(await client.resume(signal));
  } while (signal !== undefined && signal !== SIGINT);
  return signal;
}

function notLoaded(output: string): never {
  return fail('not-loaded', `the modules could not be imported: ${lastLine(output) || 'MicroPython has ended'}`);
}

/** A debugger may keep the script from its end as long as it likes. */
const NO_END_MS = 24 * 3600 * 1000;

async function withFirmware<T>(
  emulator: readonly string[],
  job: Job,
  before: string,
  work: (target: LoadedTarget) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'natmod-gdb-'));
  const socket = join(folder, 'stub');
  try {
    const stub = ['-gdb', `unix:${socket.replaceAll(',', ',,')},server=on,wait=off`];
    const board = await takeBoard(await openChild([...emulator, ...stub], { ownGroup: true }));
    try {
      await loadModules(board, job.modules, job.report);
      const { output, error } = await board.execute(before, { timeoutMs: job.timeoutMs });
      if (error !== '') notLoaded(error);
      const client = await connectToStub(socket, () => false);
      const run = async () => (await runScript(board, { ...job, timeoutMs: NO_END_MS })).reason;
      return await work({ stub: client.release(), told: output, run });
    } finally {
      await board.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
