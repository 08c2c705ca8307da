/** Temporary folders for compilers, and a limit for how many run at once. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';

/** Writes files into a new folder, calls `fn` with its path, and removes it. */
export async function writeTree<T>(
  files: Readonly<Record<string, string>>,
  fn: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'natmod-abi-'));
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
    return await fn(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const LIMIT = availableParallelism();
const waiting: (() => void)[] = [];
let running = 0;

/** Calls `fn` when fewer than one call per core is under way; ava starts all tests of a file together. */
export async function inPool<T>(fn: () => Promise<T>): Promise<T> {
  if (running >= LIMIT) await new Promise<void>((resume) => waiting.push(resume));
  running++;
  try {
    return await fn();
  } finally {
    running--;
    waiting.shift()?.();
  }
}
