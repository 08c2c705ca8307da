/** Files that the command line names. */
import { readFileSync } from 'node:fs';
import { realpath, stat, writeFile } from 'node:fs/promises';
import { fail, NatmodError, type Problem } from '../../natmod-rules/problem.ts';
import { cannotWrite, writeWhole } from '../system/files.ts';

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'this is a folder',
  EACCES: 'permission denied',
};

/** The bytes of a file. @throws NatmodError `cannot-read` */
export function readBytes(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    return fail('cannot-read', reasons[code] ?? `cannot be read: ${code}`, { file });
  }
}

/** All files, in order. @throws NatmodError with every file that cannot be read */
export function readAll(files: readonly string[]): { name: string; bytes: Buffer }[] {
  const problems: Problem[] = [];
  const read = files.flatMap((name) => {
    try {
      return [{ name, bytes: readBytes(name) }];
    } catch (error) {
      if (!(error instanceof NatmodError)) throw error;
      problems.push(...error.problems);
      return [];
    }
  });
  if (problems.length > 0) throw new NatmodError(problems);
  return read;
}

/**
 * Writes a file so that it is there as a whole or not at all. What is no plain file, such as /dev/null, is written to and
 * not replaced, and so is the file behind a symbolic link.
 * @throws NatmodError `cannot-write`
 */
export async function writeOutput(file: string, contents: Uint8Array | string): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (found === undefined || found.isDirectory()) await writeWhole(file, contents);
  else if (found.isFile()) await writeWhole(await realpath(file), contents);
  else await writeFile(file, contents).catch((error) => cannotWrite(file, error));
}
