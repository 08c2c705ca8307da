/**
 * Folders that exist complete or not at all. A folder is filled under a temporary name and renamed at the end, so a run
 * that is interrupted leaves nothing that looks finished; a lock keeps two runs from doing the same work at once.
 */

import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeFolders } from './make-folders.cjs';
import { describeDiskError, SetupError } from './report.mjs';

const STAMP = '.natmod.json';
/** A holder touches its lock this often; a lock left alone for `STALE_MS` belongs to a run that died. */
const HEARTBEAT_MS = 5_000;
const STALE_MS = 60_000;
const GIVE_UP_MS = 15 * 60_000;

/**
 * What a finished folder's stamp says; undefined when the folder is not there, not finished or made by another recipe.
 * @param {string} folder
 * @param {number} recipe
 * @returns {Record<string, unknown> | undefined}
 */
export function readStamp(folder, recipe) {
  try {
    const stamp = JSON.parse(readFileSync(join(folder, STAMP), 'utf8'));
    return stamp?.recipe === recipe ? stamp : undefined;
  } catch {
    // Not there, or cut off: the folder is made anew.
    return undefined;
  }
}

/**
 * Makes a folder unless it is there already.
 * @param {string} target absolute path of the folder
 * @param {number} recipe raised whenever `fill` makes something else than before; an older folder is then replaced
 * @param {(temporary: string) => Promise<Record<string, unknown>>} fill fills an empty folder; what it returns goes
 *   into the stamp. It throws a SetupError when it cannot.
 * @returns {Promise<boolean>} whether there was anything to do
 * @throws {SetupError} when it cannot be made; nothing is left behind
 */
export async function provideFolder(target, recipe, fill) {
  if (readStamp(target, recipe) !== undefined) return false;
  try {
    return await withLock(`${target}.lock`, async () => {
      if (readStamp(target, recipe) !== undefined) return false;
      const temporary = `${target}.tmp-${process.pid}`;
      removeLeftovers(target);
      try {
        mkdirSync(temporary);
        const stamp = { ...(await fill(temporary)), recipe };
        writeFileSync(join(temporary, STAMP), `${JSON.stringify(stamp)}\n`);
        rmSync(target, { recursive: true, force: true });
        renameSync(temporary, target);
      } finally {
        rmSync(temporary, { recursive: true, force: true });
      }
      return true;
    });
  } catch (error) {
    const disk = describeDiskError(error);
    throw disk === undefined ? error : new SetupError(disk);
  }
}

/**
 * Makes a folder and those above it.
 * @param {string} folder absolute path
 * @throws {SetupError} with the reason
 */
export function makeFolder(folder) {
  try {
    makeFolders(folder);
  } catch (error) {
    const { message } = /** @type {NodeJS.ErrnoException} */ (error);
    const hint = 'set NATMOD_CACHE to a folder that this user may write';
    throw new SetupError(`folder ${folder} cannot be made: ${message}`, hint);
  }
}

/**
 * Temporary folders of runs that were killed. Only the holder of the lock may look.
 * @param {string} target
 */
function removeLeftovers(target) {
  const prefix = `${basename(target)}.tmp-`;
  for (const name of readdirSync(dirname(target))) {
    if (name.startsWith(prefix)) rmSync(join(dirname(target), name), { recursive: true, force: true });
  }
}

/**
 * Runs `work` while no other process runs anything under the same lock file.
 * @template T
 * @param {string} file absolute path of the lock file; its folder is made
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(file, work) {
  const release = await holdLock(file);
  try {
    return await work();
  } finally {
    release();
  }
}

/**
 * Waits until no other process holds a lock, and takes it.
 * @param {string} file absolute path of the lock file; its folder is made
 * @param {() => void} [onWait] is told when another process holds it
 * @returns {Promise<() => void>} gives it back
 * @throws {SetupError} when another run does not end, or nothing can be written there
 */
export async function holdLock(file, onWait = () => {}) {
  makeFolder(dirname(file));
  await takeLock(file, onWait);
  const heartbeat = setInterval(() => touch(file), HEARTBEAT_MS);
  return () => {
    clearInterval(heartbeat);
    rmSync(file, { force: true });
  };
}

/**
 * @param {string} file
 * @param {() => void} onWait
 */
async function takeLock(file, onWait) {
  const giveUp = Date.now() + GIVE_UP_MS;
  for (let tries = 0; ; tries++) {
    try {
      writeFileSync(file, JSON.stringify({ pid: process.pid, host: hostname() }), { flag: 'wx' });
      return;
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') {
        // A full disk takes a name without content.
        rmSync(file, { force: true });
        throw error;
      }
    }
    if (isStale(file)) removeStale(file);
    else if (Date.now() > giveUp) {
      throw new SetupError(`another run has held ${file} for a long time`, 'end it, or delete the file');
    } else {
      if (tries === 0) onWait();
      await sleep(100);
    }
  }
}

/**
 * @param {string} file
 * @returns {boolean}
 */
function isStale(file) {
  try {
    if (Date.now() - statSync(file).mtimeMs > STALE_MS) return true;
    const { pid, host } = JSON.parse(readFileSync(file, 'utf8'));
    return host === hostname() && typeof pid === 'number' && !isAlive(pid);
  } catch {
    // Gone, or its holder has not written it yet: the next look tells.
    return false;
  }
}

/**
 * Moves the lock aside before deleting it: when another run was quicker and the file is its fresh lock, it is put back.
 * @param {string} file
 */
function removeStale(file) {
  const aside = `${file}.stale-${process.pid}`;
  try {
    renameSync(file, aside);
    if (!isStale(aside)) linkSync(aside, file);
  } catch {
    // Another run removed it first.
  }
  rmSync(aside, { force: true });
}

/**
 * @param {number} pid
 * @returns {boolean}
 */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code !== 'ESRCH';
  }
}

/** @param {string} file */
function touch(file) {
  if (!existsSync(file)) return;
  try {
    utimesSync(file, new Date(), new Date());
  } catch {
    // Somebody took the lock for dead and removed it; the rename at the end still keeps the result whole.
  }
}
