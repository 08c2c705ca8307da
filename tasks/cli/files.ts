/** Files that the command line names. */
import { realpathSync, type Stats, statSync, writeFileSync } from 'node:fs';
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
 * and not replaced, and so is the file behind a symbolic link. It is done at once, as Node's promises of files take
 * longer to load than a small module takes to link.
 * @throws NatmodError `cannot-write`
 */
export function writeOutput(file: string, contents: Uint8Array | string): void {
  const device = deviceOfWindows(file);
  const found = device === undefined ? statOf(file) : undefined;
  if (found?.isFile() === true) writeWhole(realpathSync(file), contents);
  else if (device === undefined && (found === undefined || found.isDirectory())) writeWhole(file, contents);
  else writeInto(device ?? file, contents, file);
}

function writeInto(path: string, contents: Uint8Array | string, file: string): void {
  try {
    writeFileSync(path, contents);
  } catch (error) {
    cannotWrite(file, error);
  }
}

function statOf(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch {
    // Why it cannot be reached, writing will say.
    return undefined;
  }
}

/**
 * Windows has NUL and the like in every folder, and does not show them. Node makes names absolute in a form in which
 * they would be plain files; this form is that of devices.
 */
function deviceOfWindows(file: string): string | undefined {
  const name = process.platform === 'win32' ? /(?:^|[\\/])(nul|con)$/i.exec(file)?.[1] : undefined;
  return name === undefined ? undefined : `\\\\.\\${name}`;
}
