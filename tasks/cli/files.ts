/** Files that the command line names. */
import { realpath, stat, writeFile } from 'node:fs/promises';
import { NatmodError, type Problem, problemsIn } from '../../natmod-rules/problem.ts';
import { cannotWrite, writeWhole } from '../system/files.ts';
import { readNamed } from '../system/named-file.ts';

/** All files, in order. @throws NatmodError with every file that cannot be read */
export function readAll(files: readonly string[]): { name: string; bytes: Buffer }[] {
  const problems: Problem[] = [];
  const read = files.flatMap((name) => {
    try {
      return [{ name, bytes: readNamed(name) }];
    } catch (error) {
      problems.push(...problemsIn(error));
      return [];
    }
  });
  if (problems.length > 0) throw new NatmodError(problems);
  return read;
}

/**
 * Writes a file so that it is there as a whole or not at all. What is no plain file, such as /dev/null, is written to
 * and not replaced, and so is the file behind a symbolic link.
 * @throws NatmodError `cannot-write`
 */
export async function writeOutput(file: string, contents: Uint8Array | string): Promise<void> {
  const device = deviceOfWindows(file);
  if (device !== undefined) return writeFile(device, contents).catch((error) => cannotWrite(file, error));
  // Why it cannot be reached, writing will say.
  const found = await stat(file).catch(() => undefined);
  if (found === undefined || found.isDirectory()) await writeWhole(file, contents);
  else if (found.isFile()) await writeWhole(await realpath(file), contents);
  else await writeFile(file, contents).catch((error) => cannotWrite(file, error));
}

/**
 * Windows has NUL and the like in every folder, and does not show them. Node makes names absolute in a form in which
 * they would be plain files; this form is that of devices.
 */
function deviceOfWindows(file: string): string | undefined {
  const name = process.platform === 'win32' ? /(?:^|[\\/])(nul|con)$/i.exec(file)?.[1] : undefined;
  return name === undefined ? undefined : `\\\\.\\${name}`;
}
