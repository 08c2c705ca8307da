import { spawn } from 'node:child_process';
import { fail } from '../../natmod-rules/problem.ts';
import { type Link, makeLink } from './link.ts';

export interface ChildOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** It is asked to end, and gets so many milliseconds to write down what it has to. */
  readonly patienceMs?: number;
  /** In a process group of its own, where the terminal's Ctrl-C does not reach it. */
  readonly detached?: boolean;
}

/**
 * A line to a program of ours that speaks on its standard input and output, such as QEMU with `-serial stdio`.
 * The program ends with the line, and with this process.
 * @throws NatmodError `no-runtime` when it cannot be started
 */
export async function openChild(
  command: readonly string[],
  { patienceMs = 0, ...options }: ChildOptions = {},
): Promise<Link> {
  const [program, ...args] = command as [string, ...string[]];
  const child = spawn(program, args, { ...options, stdio: ['pipe', 'pipe', 'pipe'] });
  let stderr = '';
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const kill = () => child.kill('SIGKILL');
  const { link, feed } = makeLink({
    name: program,
    send: (bytes) =>
      new Promise((resolve) => {
        // A program that has ended says so through `close`; the write itself need not fail too.
        child.stdin.write(bytes, () => resolve());
      }),
    async end() {
      const timer = setTimeout(kill, patienceMs);
      if (patienceMs > 0) child.kill('SIGTERM');
      else kill();
      await gone;
      clearTimeout(timer);
      process.off('exit', kill);
    },
  });
  process.on('exit', kill);
  child.stdin.on('error', () => {});
  child.stdout.on('data', (bytes: Buffer) => feed.data(bytes));
  child.stderr.on('data', (bytes: Buffer) => {
    stderr = (stderr + bytes.toString()).slice(-2000);
  });
  child.on('close', (code, signal) => {
    const how = signal === null ? `the program ended with status ${code}` : `the program was ended by ${signal}`;
    feed.ended(stderr.trim() === '' ? how : `${how}: ${stderr.trim()}`);
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  }).catch((error: NodeJS.ErrnoException) => {
    process.off('exit', kill);
    fail('no-runtime', `${program} cannot be started: ${error.code ?? error.message}`);
  });
  return link;
}
