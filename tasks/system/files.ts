import {
  accessSync,
  close,
  constants,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fail } from '../../natmod-rules/problem.ts';
import { makeFolders } from '../bootstrap/make-folders.cjs';
import { namesIn } from './if-there.ts';

let counter = 0;

/** A name beside `path` that no other process or job uses; whoever writes it renames it to `path`. */
export function temporaryName(path: string): string {
  counter++;
  return `${path}.${process.pid}-${counter}.tmp`;
}

const held = new Set<string>();

/**
 * A temporary name that is the same each time for the same path, unless it is still in use: so it is known beforehand
 * what a program will be told. Nothing is there when it is given out.
 */
export function holdTemporaryName(path: string): { readonly name: string; release(): void } {
  const usual = `${path}.${process.pid}-0.tmp`;
  const name = held.has(usual) ? temporaryName(path) : usual;
  held.add(name);
  return { name, release: () => void held.delete(name) };
}

const OWN_TEMPORARY = new RegExp(`\\.${process.pid}-\\d+\\.tmp(?:(?:\\.as)?\\.d)?$`);

/** Whether this process gave that name to something that it has not finished. */
export function isOwnTemporary(path: string): boolean {
  return OWN_TEMPORARY.test(path);
}

/**
 * Writes a file so that it is there as a whole or not at all, with the folders it needs. It is done at once: for the
 * small files of a build, handing each step to a thread would take several times as long as the step.
 * @throws NatmodError `cannot-write`
 */
export function writeWhole(path: string, contents: Uint8Array | string): void {
  const temporary = temporaryName(path);
  try {
    try {
      writeFileSync(temporary, contents);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      makeFolders(dirname(path));
      writeFileSync(temporary, contents);
    }
    renameOver(temporary, path);
  } catch (error) {
    removeQuietly(temporary);
    cannotWrite(path, error);
  }
}

/** Gives a file that was written under a temporary name its own. @throws NatmodError `cannot-write` */
export function renameWhole(temporary: string, path: string): void {
  try {
    renameOver(temporary, path);
  } catch (error) {
    cannotWrite(path, error);
  }
}

const IN_USE = ['EPERM', 'EACCES', 'EBUSY'];
const PATIENCE_MS = 1500;

/**
 * Renames a file over another one. On Windows that fails while another program has either open without sharing it, as
 * virus scanners do for a moment with what is new.
 */
function renameOver(temporary: string, path: string): void {
  const old = holdOpen(path);
  try {
    renamePatiently(temporary, path);
  } finally {
    if (old !== undefined) closeLater(old);
  }
}

function renamePatiently(temporary: string, path: string): void {
  const giveUp = Date.now() + PATIENCE_MS;
  for (let pause = 5; ; pause *= 2) {
    try {
      renameSync(temporary, path);
      return;
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (process.platform !== 'win32' || !IN_USE.includes(code) || Date.now() > giveUp) throw error;
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause);
  }
}

const MOST_OPEN = 64;
let open = 0;

/**
 * Opens a file that is about to lose its name. Giving back the room that it has on the disk takes a hundred times as
 * long as the renaming (ext4: 1 ms and more), and whoever closes the last descriptor of it waits for that.
 * @returns undefined where it has to be done at once, or there is no file
 */
function holdOpen(path: string): number | undefined {
  // Windows renames nothing over a file that is open.
  if (process.platform === 'win32' || open >= MOST_OPEN) return undefined;
  try {
    // Opening a pipe or a device does something to it.
    return lstatSync(path, { throwIfNoEntry: false })?.isFile() === true ? openSync(path, 'r') : undefined;
  } catch {
    // It cannot be read, or has just gone: it is renamed over all the same, or that fails and says why.
    return undefined;
  }
}

/** Closes a file in another thread. */
function closeLater(descriptor: number): void {
  open++;
  // There is nothing in it that could get lost.
  close(descriptor, () => open--);
}

/** Removes what a temporary name stands for, whatever it is, if it can be removed. */
export function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true, recursive: true });
  } catch {
    // Nobody waits for it.
  }
}

/** Removes temporary files in a folder whose process ended before it could rename them. */
export function removeLeftovers(folder: string): void {
  for (const name of namesIn(folder)) {
    const pid = /\.(\d+)-\d+\.tmp(?:(?:\.as)?\.d)?$/.exec(name)?.[1];
    if (pid !== undefined && !isRunning(Number(pid))) removeQuietly(join(folder, name));
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/**
 * The bytes of a file that a program was to make. A folder, a pipe or nothing at all has none; reading a pipe would
 * wait for ever.
 */
export function readMade(path: string): Buffer | undefined {
  try {
    return statSync(path).isFile() ? readFileSync(path) : undefined;
  } catch {
    // Whoever needs the file says that there is none.
    return undefined;
  }
}

/** Whether a file holds exactly these bytes. */
export function isOnDisk(path: string, contents: Buffer): boolean {
  try {
    return readFileSync(path).equals(contents);
  } catch {
    // A file that cannot be read is not known to hold them.
    return false;
  }
}

/** Makes a folder with its parents. @throws NatmodError `cannot-write` */
export function makeFolder(path: string): void {
  try {
    makeFolders(path);
  } catch (error) {
    cannotWrite(path, error);
  }
}

/**
 * Looks whether files can be made in a folder that is there.
 * @throws NatmodError `cannot-write`
 */
export function checkWritable(folder: string): void {
  try {
    accessSync(folder, constants.W_OK);
  } catch (error) {
    cannotWrite(folder, error);
  }
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: process.platform === 'win32' ? 'not permitted, or another program has it open' : 'not permitted',
  EBUSY: 'another program has it open',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  ENOENT: 'this file system takes no new files there',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EEXIST: 'a file is where a folder must be',
  EISDIR: 'a folder is where the file must be',
  ENOTEMPTY: 'a folder is where the file must be',
  ENAMETOOLONG: 'the name is too long',
};

const RIGHTS = 'look at the rights of the folder, or name another place with --out';

/** What to do about some of them. */
const cures: Readonly<Record<string, string>> = {
  EACCES: RIGHTS,
  EPERM: process.platform === 'win32' ? `end the program that has it open, or ${RIGHTS}` : RIGHTS,
  EBUSY: 'end the program that has it open',
  EROFS: RIGHTS,
  ENOSPC: 'make room there, or name another place with --out',
};

/** Turns an error of the file system into a problem; others pass. */
export function cannotWrite(path: string, error: unknown): never {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === undefined) throw error;
  fail('cannot-write', `cannot write: ${reasons[code] ?? code}`, { file: path }, cures[code]);
}
