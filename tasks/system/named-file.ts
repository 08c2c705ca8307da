/** Files that somebody has named, on a command line or in a Makefile. */
import { readFileSync } from 'node:fs';
import { fail } from '../../natmod-rules/problem.ts';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'this is a folder',
  EACCES: 'permission denied',
};

/**
 * The bytes of a file.
 * @param name how messages call it
 * @param refuse what is thrown in place of `cannot-read`; gets the reason as a part of a sentence
 * @throws NatmodError `cannot-read`
 */
export function readNamed(
  path: string,
  name: string = path,
  refuse: (why: string) => never = (why) => fail('cannot-read', why, { file: name }),
): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    return refuse(REASONS[code] ?? `it cannot be read: ${code}`);
  }
}
