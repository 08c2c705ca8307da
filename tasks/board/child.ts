import { fail } from '../../natmod-rules/problem.ts';
import { startProgram } from '../system/programs.ts';
import { type Link, makeLink } from './link.ts';

export interface ChildOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** It is asked to end, and gets so many milliseconds to write down what it has to. */
  readonly patienceMs?: number;
  /** In a process group of its own, where the terminal's Ctrl-C does not reach it. */
  readonly ownGroup?: boolean;
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
  const program = command[0] ?? '';
  let stderr = '';
  const { link, feed } = makeLink({
    name: program,
    // A program that has ended says so by its end; the write itself need not fail too.
    send: (bytes) => child.write(bytes),
    async end() {
      const timer = setTimeout(() => child.kill(), patienceMs);
      child.kill(patienceMs > 0 ? 'SIGTERM' : 'SIGKILL');
      await child.ended;
      clearTimeout(timer);
    },
  });
  const child = await startProgram(command, {
    ...options,
    input: 'written',
    onBytes(bytes, stream) {
      if (stream === 'stdout') feed.data(bytes);
      else stderr = (stderr + bytes.toString()).slice(-2000);
    },
  });
  if (child.pid === undefined) {
    const { startError } = await child.ended;
    fail('no-runtime', `${program} cannot be started: ${startError}`);
  }
  child.ended.then(({ status, signal }) => {
    const how = signal === undefined ? `the program ended with status ${status}` : `the program was ended by ${signal}`;
    feed.ended(stderr.trim() === '' ? how : `${how}: ${stderr.trim()}`);
  });
  return link;
}
