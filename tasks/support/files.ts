import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fail } from '../../natmod-rules/problem.ts';

let counter = 0;

/** A name beside `path` that no other process or job uses; whoever writes it renames it to `path`. */
export function temporaryName(path: string): string {
  counter++;
  return `${path}.${process.pid}-${counter}.tmp`;
}

/**
 * Writes a file so that it is there as a whole or not at all, with the folders it needs.
 * @throws NatmodError `cannot-write`
 */
export async function writeWhole(path: string, contents: Uint8Array | string): Promise<void> {
  const temporary = temporaryName(path);
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(temporary, 'w');
    try {
      await file.writeFile(contents);
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    cannotWrite(path, error);
  }
}

/** Makes a folder with its parents. @throws NatmodError `cannot-write` */
export async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true }).catch((error) => cannotWrite(path, error));
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EEXIST: 'a file is where a folder must be',
  EISDIR: 'a folder is where the file must be',
  ENOTEMPTY: 'a folder is where the file must be',
  ENAMETOOLONG: 'the name is too long',
};

/** Turns an error of the file system into a problem; others pass. */
export function cannotWrite(path: string, error: unknown): never {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === undefined) throw error;
  fail('cannot-write', `cannot write: ${reasons[code] ?? code}`, { file: path });
}
