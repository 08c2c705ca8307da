import { type ProcessOptions, runProcess } from './processes.ts';

/** It changes nothing of the environment, as a shell would, and gives what it starts no input. */
const XARGS = '/usr/bin/xargs';

/** Its exit status when all were run, and some ended with one from 1 to 125. That of BSD says 1, and more with it. */
const SOME_FAILED = 123;

let isMissing = process.platform === 'win32';

/**
 * Runs a program several times, one after the other, with the same number of words each time. The next one begins when
 * the one before has ended. They are started by xargs, because starting a process costs the more the larger the one is
 * that does it.
 *
 * @param options `onStart` gets each command
 * @returns what all of them printed to standard output, one behind the other; undefined when they could not be run this
 *   way, or one of them was ended by a signal
 */
export async function runInRow(
  commands: readonly (readonly string[])[],
  { cwd, env, onStart }: ProcessOptions,
): Promise<{ readonly stdout: string; readonly haveFailed: boolean } | undefined> {
  const [program, ...rest] = commands[0] ?? [];
  const words = commands.flatMap((command) => command.slice(1));
  const isFit = commands.every((command) => command[0] === program && command.length === rest.length + 1);
  if (isMissing || program === undefined || !isFit || words.some((word) => word === '' || word.includes('\0')))
    return undefined;
  for (const command of commands) onStart?.(command);
  const input = Buffer.from(words.map((word) => `${word}\0`).join(''));
  const result = await runProcess([XARGS, '-0', '-x', '-n', `${rest.length}`, program], { cwd, env, input });
  if (result.startError !== undefined) isMissing = true;
  const haveFailed = result.status === SOME_FAILED;
  return result.status === 0 || haveFailed ? { stdout: result.stdout, haveFailed } : undefined;
}
