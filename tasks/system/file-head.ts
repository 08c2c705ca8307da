/** What files begin with. Programs are large, so no more of them is read. */
import { closeSync, openSync, readSync } from 'node:fs';

/**
 * The first bytes of a file, with zeros behind its end.
 * @throws the error of the file system
 */
export function headOf(path: string, count: number): Buffer {
  const head = Buffer.alloc(count);
  const file = openSync(path, 'r');
  try {
    readSync(file, head, 0, count, 0);
  } finally {
    closeSync(file);
  }
  return head;
}

/** Whether a program is a script, which can run anybody; one that is missing is none. */
export function isScript(path: string): boolean {
  try {
    return headOf(path, 2).toString('latin1') === '#!';
  } catch {
    // Missing, or not to be read, so it cannot be run either.
    return false;
  }
}
