/** Work on files that no other process of ours has under its hands meanwhile. */
import { join } from 'node:path';
import { fail } from '../../natmod-rules/problem.ts';
import { holdLock } from '../bootstrap/folders.mjs';
import { makeFolders } from '../bootstrap/make-folders.cjs';
import { cacheDir } from '../bootstrap/paths.cjs';
import { hashOf } from './hash.ts';

/**
 * Does a job while no other process that asks for one of these paths does its own. Locks are in the cache folder; where
 * nothing can be written there, the job is done without.
 *
 * @param paths absolute; those of another process count as the same when they are spelled alike
 * @param onWait is told when another process has to end first
 * @throws NatmodError `make-failed` when another process does not end
 */
export async function holdingPaths<T>(paths: readonly string[], onWait: () => void, job: () => Promise<T>): Promise<T> {
  const releases: (() => void)[] = [];
  try {
    // All take them in the same order, so that no two wait for each other.
    for (const path of [...new Set(paths)].sort()) {
      const release = await hold(path, onWait);
      if (release !== undefined) releases.push(release);
    }
    return await job();
  } finally {
    for (const release of releases) release();
  }
}

const NAME_LENGTH = 32;

async function hold(path: string, onWait: () => void): Promise<(() => void) | undefined> {
  const folder = join(cacheDir(), 'locks');
  try {
    makeFolders(folder);
    return await holdLock(join(folder, hashOf(path).slice(0, NAME_LENGTH)), onWait);
  } catch (error) {
    const { code, name, message } = error as NodeJS.ErrnoException;
    if (name === 'SetupError') fail('make-failed', `make cannot begin: ${message}`);
    if (code === undefined) throw error;
    // A cache that cannot be written is no failure of a build.
    return undefined;
  }
}
