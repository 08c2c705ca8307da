import { type Stats, statSync } from 'node:fs';

/** Whether there is a file of that name, for whatever reason there may not be. */
export function isFile(path: string): boolean {
  return look(path)?.isFile() ?? false;
}

export function isFolder(path: string): boolean {
  return look(path)?.isDirectory() ?? false;
}

/** Whether two paths lead to the same file or folder. */
export function isSame(a: string, b: string): boolean {
  const [left, right] = [look(a), look(b)];
  return left !== undefined && left.ino === right?.ino && left.dev === right.dev;
}

function look(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}
