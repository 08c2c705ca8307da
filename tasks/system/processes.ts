import { type ChildProcess, spawn } from 'node:child_process';
import { execa } from 'execa';
import { publishProcess } from './spans.ts';

export interface ProcessResult {
  /** Exit status; undefined when a signal ended it. */
  readonly status: number | undefined;
  readonly signal: string | undefined;
  readonly stdout: string;
  /** Standard error, and standard output behind it. */
  readonly output: string;
  /** Why it could not be started, such as ENOENT. */
  readonly startError: string | undefined;
  /** It was ended because it printed more than anybody could want. */
  readonly tooMuch: boolean;
}

export interface ProcessOptions {
  readonly cwd: string;
  /** Changes to the environment; undefined removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Standard input; none when left out. */
  readonly input?: Uint8Array;
  /** Gets the command line first. */
  readonly onStart?: (command: readonly string[]) => void;
}

const MAX_OUTPUT = 64 * 1024 * 1024;

/** For messages about a program that was ended. */
export const MAX_OUTPUT_TEXT = 'more than 64 MiB';

/**
 * Runs a program without a shell and waits for it; failing is a value, not an exception.
 *
 * Compilers are started here, hundreds in one build. Node's own spawn() costs the main thread 1.2 ms per process where execa
 * costs 2.2 ms, and none of what execa adds is used, so this one is done by hand.
 */
export function runProcess(command: readonly string[], options: ProcessOptions): Promise<ProcessResult> {
  const [program, ...args] = command as [string, ...string[]];
  options.onStart?.(command);
  const start = performance.now();
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: options.env === undefined ? process.env : withChanges(options.env),
      stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      ...GROUP,
    });
    keepTrack(child);
    child.stdin?.on('error', () => {});
    child.stdin?.end(options.input);
    let tooMuch = false;
    const excess = () => {
      if (!tooMuch) endGroup(child);
      tooMuch = true;
    };
    const stdout = collect(child.stdout!, excess);
    const stderr = collect(child.stderr!, excess);
    let startError: string | undefined;
    child.on('error', (error: NodeJS.ErrnoException) => {
      startError ??= error.code ?? 'unknown error';
      if (child.pid === undefined)
        resolve({ status: undefined, signal: undefined, stdout: '', output: '', startError, tooMuch });
    });
    child.on('close', (code, signal) => {
      publishProcess(command, start);
      const out = Buffer.concat(stdout).toString('utf8');
      const output = Buffer.concat(stderr).toString('utf8') + out;
      resolve({ status: code ?? undefined, signal: signal ?? undefined, stdout: out, output, startError, tooMuch });
    });
  });
}

/** The same for a program that is given its input and whose standard output is a file; `output` is its standard error. */
export async function runBinary(command: readonly string[], options: ProcessOptions) {
  const [program, ...args] = command as [string, ...string[]];
  options.onStart?.(command);
  const start = performance.now();
  const child = execa(program, args, {
    cwd: options.cwd,
    input: options.input,
    reject: false,
    stripFinalNewline: false,
    maxBuffer: MAX_OUTPUT,
    encoding: 'buffer',
    ...GROUP,
  });
  keepTrack(child);
  const result = await child;
  publishProcess(command, start);
  const stderr = Buffer.from(result.stderr ?? []).toString('utf8');
  return { status: result.exitCode, stdout: Buffer.from(result.stdout ?? []), output: stderr };
}

// A compiler driver starts others. In a group of its own it can be ended together with them. Windows has no groups; there
// `detached` would open a window.
const GROUP = { detached: process.platform !== 'win32' } as const;

const running = new Set<ChildProcess>();
let watching = false;

/** Ends every process that still runs, with those it started. */
export function endProcesses(): void {
  for (const child of running) endGroup(child);
  running.clear();
}

function endGroup(child: ChildProcess): void {
  try {
    if (GROUP.detached) process.kill(-child.pid!, 'SIGKILL');
    else child.kill();
  } catch {
    // It has just ended by itself.
  }
}

function keepTrack(child: ChildProcess): void {
  if (child.pid === undefined) return;
  running.add(child);
  child.once('close', () => running.delete(child));
  if (watching) return;
  watching = true;
  process.once('exit', endProcesses);
  // In groups of their own the processes do not get the terminal's Ctrl-C.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, endBySignal);
}

/** Ends this process by the same signal, once nothing is left behind: so the shell sees 130 for Ctrl-C. */
function endBySignal(signal: NodeJS.Signals): void {
  endProcesses();
  process.off(signal, endBySignal);
  process.kill(process.pid, signal);
}

function collect(stream: NodeJS.ReadableStream, excess: () => void): Buffer[] {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= MAX_OUTPUT) chunks.push(chunk);
    else excess();
  });
  return chunks;
}

function withChanges(changes: Readonly<Record<string, string | undefined>>): NodeJS.ProcessEnv {
  const env = { ...process.env, ...changes };
  for (const name of Object.keys(changes)) if (changes[name] === undefined) delete env[name];
  return env;
}
