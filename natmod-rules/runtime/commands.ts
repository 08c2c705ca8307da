import { isArchName } from '../arch/index.ts';
import { fail } from '../problem.ts';

/**
 * Commands of the user's by architecture. Each speaks raw REPL on its standard input and output, or on the pty that it
 * announces; a single word may also be a port such as `socket://HOST:PORT` or `/dev/ttyACM0`.
 */
export type UserRuntimes = Readonly<Record<string, readonly string[]>>;

/** Checks a value such as `{ "armv7m": ["qemu-system-arm", "-serial", "stdio"] }`. */
export function checkRuntimes(value: unknown, file: string): UserRuntimes {
  const bad = (what: string) =>
    fail('bad-runtimes', what, { file }, 'it should be like { "armv7m": ["program", "argument"] }');
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return bad('this is no object');
  for (const [arch, words] of Object.entries(value)) {
    if (!isArchName(arch)) bad(`unknown architecture '${arch}'`);
    const isCommand = Array.isArray(words) && words.length > 0 && words.every((word) => typeof word === 'string');
    if (!isCommand || words[0] === '') bad(`the command for ${arch} is no list of words`);
  }
  return value as UserRuntimes;
}
