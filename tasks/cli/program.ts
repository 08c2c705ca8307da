/** What the two programs share: running to an exit status, and printing without waiting for a stream. */
import { writeSync } from 'node:fs';
import { formatProblem, problemsIn } from '../../natmod-rules/problem.ts';
import { type Arguments, type CommandSpec, help, parseArguments, UsageError, usage } from './arguments.ts';

/** 0 done, 1 it could not be done, 2 the command line is wrong: those of MicroPython's own tools. */
export type ExitStatus = 0 | 1 | 2;

/**
 * Runs a program on a command line. Failures that the user can mend are printed to standard error; other errors pass.
 * @param words the command line without the program's name
 */
export async function runProgram(
  spec: CommandSpec,
  words: readonly string[],
  body: (args: Arguments) => Promise<void>,
): Promise<ExitStatus> {
  try {
    const args = parseArguments(spec, words);
    if (args === undefined) print(help(spec));
    else await body(args);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      printError(`${usage(spec)}\n${spec.program}: error: ${error.message}`);
      return 2;
    }
    for (const problem of problemsIn(error)) printError(`${spec.program}: error: ${formatProblem(problem)}`);
    return 1;
  }
}

/** Turns a NatmodError about a value of the command line into a UsageError. */
export function checkUsage<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new UsageError(problemsIn(error).map(formatProblem).join('\n'));
  }
}

/** Prints to standard output. */
export function print(text: string): void {
  writeAll(1, Buffer.from(`${text}\n`));
}

export function printError(text: string): void {
  writeAll(2, Buffer.from(`${text}\n`));
}

/**
 * Writes everything at once; `process.stdout` would take longer to set up than most links take. A reader that has gone,
 * as in `mpy-ld ... | head -1`, is no error.
 */
export function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(descriptor, bytes, at);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EPIPE' || code === 'EBADF') return;
      if (code !== 'EAGAIN') throw error;
      // The reader of a non-blocking pipe is slow.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
    }
  }
}
