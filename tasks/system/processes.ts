/**
 * Programs that run to their end, hundreds in one build: compilers and what is asked of them. Node's own spawn() costs
 * the main thread 1.7 ms of CPU per process where execa costs 4 ms, and none of what execa adds is used, so this is
 * done by hand. What is spoken with or watched while it runs is started by `programs.ts`, with execa.
 */
import { publishProcess } from './spans.ts';
import { type ChildProcess, GROUP, type Start, spawned } from './spawned.ts';
import { canWait, hasNotBecome, release, startWaiting, type Waiting, waitsFor } from './waiting.ts';

interface Ending {
  /** Exit status; undefined when a signal ended it. */
  readonly status: number | undefined;
  readonly signal: string | undefined;
  /** Why it could not be started, such as ENOENT. */
  readonly startError: string | undefined;
  /** It was ended because it printed more than anybody could want. */
  readonly tooMuch: boolean;
  /** It was ended because its time was over. */
  readonly isLate: boolean;
}

export interface ProcessResult extends Ending {
  readonly stdout: string;
  readonly stderr: string;
  /** Standard error, and standard output behind it. */
  readonly output: string;
}

export interface ProcessOptions {
  readonly cwd: string;
  /** Changes to the environment; undefined removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Standard input; none when left out. */
  readonly input?: Uint8Array;
  /** It is ended after that long. */
  readonly timeoutMs?: number;
  /** It is likely to be run again with the same words, see `startAhead`. */
  readonly repeats?: boolean;
  /** Gets the command line first. */
  readonly onStart?: (command: readonly string[]) => void;
}

/**
 * Caches of compilers that remember which headers a source had miss one that a new header goes before (ccache's manual,
 * "The direct mode"). So they have to look at what the preprocessor makes of the source.
 */
const DIRECT_MODES = { CCACHE_NODIRECT: '1', SCCACHE_DIRECT: 'false', BUILDCACHE_DIRECT_MODE: 'false' };

const MAX_OUTPUT = 64 * 1024 * 1024;

/** For messages about a program that was ended. */
export const MAX_OUTPUT_TEXT = 'more than 64 MiB';

type BinaryResult = Ending & { readonly stdout: Buffer; readonly stderr: Buffer };

/** Runs a program without a shell and waits for it; failing is a value, not an exception. */
export async function runProcess(command: readonly string[], options: ProcessOptions): Promise<ProcessResult> {
  const { stdout: out, stderr: err, ...ending } = await runBinary(command, options);
  const [stdout, stderr] = [out.toString('utf8'), err.toString('utf8')];
  return { ...ending, stdout, stderr, output: stderr + stdout };
}

/** The same, with what it prints as bytes. */
export async function runBinary(command: readonly string[], options: ProcessOptions): Promise<BinaryResult> {
  options.onStart?.(command);
  if (isScriptOfWindows(command[0] ?? '')) return runScriptOfWindows(command, options);
  const { cwd, input } = options;
  const start: Start = { command, cwd, env: withChanges({ ...DIRECT_MODES, ...options.env }) };
  const waiting = options.repeats === true ? takeWaiting(start) : undefined;
  if (waiting !== undefined) {
    const result = await follow(release(waiting), command, options);
    if (!hasNotBecome(result.status)) return result;
  }
  const child = spawned(start, input === undefined ? 'ignore' : 'pipe');
  if (typeof child === 'string') return { ...NOT_STARTED, startError: child };
  keepTrack(child);
  // One that does not read its input says so by its status.
  child.stdin?.on('error', () => {});
  child.stdin?.end(input);
  return follow(child, command, options);
}

const NOTHING = Buffer.alloc(0);
const NOT_STARTED = {
  status: undefined,
  signal: undefined,
  stdout: NOTHING,
  stderr: NOTHING,
  tooMuch: false,
  isLate: false,
};

/** Waits for a process that was just started. */
function follow(child: ChildProcess, command: readonly string[], options: ProcessOptions): Promise<BinaryResult> {
  const start = performance.now();
  return new Promise((resolve) => {
    let [tooMuch, isLate] = [false, false];
    const excess = () => {
      if (!tooMuch) endGroup(child);
      tooMuch = true;
    };
    const stdout = collect(child.stdout!, excess);
    const stderr = collect(child.stderr!, excess);
    const timer = options.timeoutMs === undefined ? undefined : setTimeout(late, options.timeoutMs);
    function late() {
      isLate = true;
      endGroup(child);
    }
    let startError: string | undefined;
    const end = (status?: number, signal?: string) => {
      clearTimeout(timer);
      const printed = { stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr) };
      resolve({ status, signal, ...printed, startError, tooMuch, isLate });
    };
    child.on('error', (error: NodeJS.ErrnoException) => {
      startError ??= error.code ?? 'unknown error';
      if (child.pid === undefined) end();
    });
    child.on('close', (code, signal) => {
      publishProcess(command, start);
      end(code ?? undefined, signal ?? undefined);
    });
  });
}

/** Programs with `repeats` that were run last, the last one at the end. */
let repeated: Start[] = [];
let waitingOnes: Waiting[] = [];
let mostWaiting = 0;

/**
 * Starts the programs with `repeats` that were run last, before they are wanted again: shells that wait to become them.
 * The first call finds none; from then on it is noted what is run.
 * @param most how many wait at once; 0 ends it
 */
export function startAhead(most: number): void {
  mostWaiting = most;
  repeated = most === 0 ? [] : repeated.slice(-most);
  const wanted = repeated.filter(canWait);
  const isWanted = (one: Waiting) => wanted.some((start) => waitsFor(one, start));
  for (const one of waitingOnes) if (!isWanted(one)) dismiss(one);
  waitingOnes = waitingOnes.filter(isWanted);
  for (const start of wanted) {
    if (waitingOnes.some((one) => waitsFor(one, start))) continue;
    const one = startWaiting(start);
    // The usual start tells why there is none.
    if (one === undefined) continue;
    keepTrack(one.child);
    waitingOnes.push(one);
  }
}

function takeWaiting(start: Start): Waiting | undefined {
  if (mostWaiting === 0) return undefined;
  repeated = [...repeated.filter((other) => !isSameCommand(other, start)), start].slice(-mostWaiting);
  const found = waitingOnes.find((one) => waitsFor(one, start));
  waitingOnes = waitingOnes.filter((one) => one !== found);
  return found;
}

function isSameCommand(one: Start, other: Start): boolean {
  return one.cwd === other.cwd && one.command.join('\0') === other.command.join('\0');
}

function dismiss({ child }: Waiting): void {
  if (child.pid === undefined) return;
  // The id of one that has ended may be another's by now.
  if (child.exitCode === null && child.signalCode === null) endGroup(child);
  // What nobody reads is never told to have ended.
  for (const stream of [child.stdout, child.stderr]) stream?.destroy();
}

/** Whether Windows needs its shell to run it, as for what npm puts on PATH. */
export function isScriptOfWindows(program: string, platform: NodeJS.Platform = process.platform): boolean {
  return platform === 'win32' && /\.(?:cmd|bat)$/i.test(program);
}

/** Node starts none by itself, since its arguments would be read by that shell; execa knows how to quote them. */
async function runScriptOfWindows(command: readonly string[], { cwd, env, timeoutMs }: ProcessOptions) {
  const { startProgram } = await import('./programs.ts');
  const parts: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] };
  let size = 0;
  const program = await startProgram(command, {
    cwd,
    env: { ...DIRECT_MODES, ...env },
    timeoutMs,
    onBytes: (bytes, stream) => {
      size += bytes.length;
      if (size <= MAX_OUTPUT) parts[stream].push(bytes);
      else program.kill();
    },
  });
  const { status, signal, startError, isLate } = await program.ended;
  const printed = { stdout: Buffer.concat(parts.stdout), stderr: Buffer.concat(parts.stderr) };
  return { status, signal, startError, isLate, tooMuch: size > MAX_OUTPUT, ...printed };
}

/** How a program ended that nobody had reason to end, for messages. */
export function howEnded({ status, signal, startError }: Pick<Ending, 'status' | 'signal' | 'startError'>): string {
  if (startError !== undefined) return `it cannot be started: ${startError}`;
  return signal === undefined ? `exit status ${status}` : `ended by ${signal}`;
}

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
