import { execa } from 'execa';
import { joinWords } from '../../natmod-rules/compile/index.ts';
import { printLine } from './report.ts';

export interface ProcessResult {
  /** Exit status; undefined when a signal ended it. */
  readonly status: number | undefined;
  readonly signal: string | undefined;
  readonly stdout: string;
  /** Standard error, and standard output behind it. */
  readonly output: string;
  /** Why it could not be started, such as ENOENT. */
  readonly startError: string | undefined;
}

export interface ProcessOptions {
  readonly cwd: string;
  /** Changes to the environment; undefined removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Standard input; none when left out. */
  readonly input?: Uint8Array;
  /** Print the command line first. */
  readonly verbose?: boolean;
}

const MAX_OUTPUT = 64 * 1024 * 1024;

/** Runs a program without a shell and waits for it; failing is a value, not an exception. */
export async function runProcess(command: readonly string[], options: ProcessOptions): Promise<ProcessResult> {
  const [program, ...args] = command as [string, ...string[]];
  if (options.verbose) printLine(joinWords(command));
  const result = await execa(program, args, {
    cwd: options.cwd,
    env: options.env as NodeJS.ProcessEnv,
    input: options.input,
    stdin: options.input === undefined ? 'ignore' : 'pipe',
    reject: false,
    stripFinalNewline: false,
    maxBuffer: MAX_OUTPUT,
  });
  return {
    status: result.exitCode,
    signal: result.signal,
    stdout: result.stdout ?? '',
    output: (result.stderr ?? '') + (result.stdout ?? ''),
    startError:
      result.exitCode === undefined && result.signal === undefined ? (result.code ?? 'unknown error') : undefined,
  };
}

/** The same for a program whose standard output is a file; `output` is its standard error. */
export async function runBinary(command: readonly string[], options: ProcessOptions) {
  const [program, ...args] = command as [string, ...string[]];
  if (options.verbose) printLine(joinWords(command));
  const result = await execa(program, args, {
    cwd: options.cwd,
    input: options.input,
    reject: false,
    stripFinalNewline: false,
    maxBuffer: MAX_OUTPUT,
    encoding: 'buffer',
  });
  const stderr = Buffer.from(result.stderr ?? []).toString('utf8');
  return { status: result.exitCode, stdout: Buffer.from(result.stdout ?? []), output: stderr };
}
