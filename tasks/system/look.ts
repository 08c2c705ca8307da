import { type Stats, statSync } from 'node:fs';
import { noteLook } from './file-trace.ts';

/** Whether there is a file of that name, for whatever reason there may not be. */
export function isFile(path: string): boolean {
  return look(path)?.isFile() ?? false;
}

export function isFolder(path: string): boolean {
  return look(path)?.isDirectory() ?? false;
}

/** Whether there is anything of that name. */
export function exists(path: string): boolean {
  return look(path) !== undefined;
}

/** Whether two paths lead to the same file or folder. */
export function isSame(a: string, b: string): boolean {
  if (a === b) return true;
  const [left, right] = [look(a), look(b)];
  return left !== undefined && left.ino === right?.ino && left.dev === right.dev;
}

function look(path: string): Stats | undefined {
  let stat: Stats | undefined;
  try {
    stat = statSync(path, { throwIfNoEntry: false });
  } catch {
    // For example a part of the path that is a file.
  }
  noteLook(path, stat !== undefined);
  return stat;
}
