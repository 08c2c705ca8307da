/** Programs that are spoken with, or watched, while they run. They end with this process. */
import { constants } from 'node:os';

export interface ProgramOptions {
  readonly cwd?: string;
  /** Changes to the environment; undefined removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /**
   * `none`: it has no input. `written`: that of `write`. `terminal`: it takes over our input and both outputs.
   * When left out: none.
   */
  readonly input?: 'none' | 'written' | 'terminal';
  /** It is ended after that long. */
  readonly timeoutMs?: number;
  /**
   * In a group of its own, together with what it starts, which `kill` then ends, too: so it gets no Ctrl-C of the
   * terminal's.
   */
  readonly ownGroup?: boolean;
  /** Gets messages that it sends, where it is a script of Node's; `send` is for those to it. */
  readonly onMessage?: (message: unknown) => void;
  /** Gets what it prints. Without this or `onText` nobody does. */
  readonly onBytes?: (bytes: Buffer, stream: 'stdout' | 'stderr') => void;
  /** Gets what it prints as text, characters whole. */
  readonly onText?: (text: string, stream: 'stdout' | 'stderr') => void;
}

/** How a program ended. */
export interface ProgramEnd {
  /** Exit status; undefined when it was ended by a signal or has not begun. */
  readonly status: number | undefined;
  readonly signal: string | undefined;
  /** Why it could not be started, such as ENOENT. */
  readonly startError: string | undefined;
  /** Its time was over. */
  readonly isLate: boolean;
}

export interface Program {
  /** Undefined when it could not be started. */
  readonly pid: number | undefined;
  /** Ends once the bytes are on their way; what a program that has ended does not get is lost, and `ended` says why. */
  write(bytes: Uint8Array): Promise<void>;
  send(message: object): void;
  /** Ends it, by SIGKILL unless told otherwise. */
  kill(signal?: NodeJS.Signals): void;
  readonly ended: Promise<ProgramEnd>;
}

/**
 * Starts a program without a shell.
 * @returns once it runs or cannot be started, which `ended` says
 */
export async function startProgram(command: readonly string[], options: ProgramOptions = {}): Promise<Program> {
  const [program, ...args] = command as [string, ...string[]];
  const { input = 'none', onBytes, onText, onMessage, ownGroup = false } = options;
  // It takes longer to load than most of what never starts such a program.
  const { execa } = await import('execa');
  const output = input === 'terminal' ? 'inherit' : onBytes || onText ? 'pipe' : 'ignore';
  const child = execa(program, args, {
    cwd: options.cwd,
    env: options.env,
    stdin: ({ none: 'ignore', written: 'pipe', terminal: 'inherit' } as const)[input],
    stdout: output,
    stderr: output,
    ipc: onMessage !== undefined,
    detached: ownGroup,
    killSignal: 'SIGKILL',
    // Who asks one to end waits as long as it takes.
    forceKillAfterDelay: false,
    timeout: options.timeoutMs,
    reject: false,
    buffer: false,
  });
  for (const stream of ['stdout', 'stderr'] as const) {
    const decoder = new TextDecoder();
    child[stream]?.on('data', (bytes: Buffer) => {
      onBytes?.(bytes, stream);
      onText?.(decoder.decode(bytes, { stream: true }), stream);
    });
  }
  if (onMessage !== undefined) child.on('message', onMessage);
  // What it does not take it has no use for.
  child.stdin?.on('error', () => {});
  // What is in a group of its own nobody else ends.
  const endWithUs = () => endGroup(child.pid, 'SIGKILL');
  if (ownGroup) process.once('exit', endWithUs);
  const ended = child.then(({ exitCode, signal, timedOut, code }): ProgramEnd => {
    process.off('exit', endWithUs);
    const isStarted = exitCode !== undefined || signal !== undefined || timedOut;
    return {
      status: exitCode,
      signal,
      startError: isStarted ? undefined : (code ?? 'unknown error'),
      isLate: timedOut,
    };
  });
  await Promise.race([new Promise((resolve) => child.once('spawn', resolve)), ended]);
  return {
    pid: child.pid,
    write: (bytes) => new Promise((resolve) => (child.stdin ? child.stdin.write(bytes, () => resolve()) : resolve())),
    send: (message) => child.send?.(message),
    kill: (signal = 'SIGKILL') => {
      if (ownGroup && process.platform !== 'win32') endGroup(child.pid, signal);
      else child.kill(signal);
    },
    ended,
  };
}

function endGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, constants.signals[signal]);
  } catch {
    // It has ended by itself.
  }
}
