import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { statOf } from './file-hashes.ts';
import { isOwnTemporary } from './files.ts';

// A save is a few events within a millisecond. A change of branch goes on for long, with pauses.
const QUIET = 2;
const QUIET_AFTER_MANY = 150;
const MANY = 4;
const LONGEST = 5000;
// For editors that put the old file away, or empty it, before the new text is there.
const QUIET_AFTER_REMOVAL = 100;

/** What happened since it was last asked. */
export interface Changes {
  /** Absolute paths; undefined when anything can have changed. */
  readonly paths: ReadonlySet<string> | undefined;
  /** When the first of them was noticed, as `performance.now()` counts. */
  readonly since: number;
}

interface Watched {
  readonly watcher: FSWatcher;
  /** Tells a folder from another that has taken its place. */
  readonly inode: number;
}

/**
 * Watches folders, one by one and not what is below them: those that hold the files which count are few, whatever else
 * is in the project. Node's own watch() is used, because what wraps it waits 50 to 100 ms before it tells of a save.
 */
export class FolderWatcher {
  readonly #folders = new Map<string, Watched>();
  /**
   * Folders that may have been removed and made again, with the same inode number too; the system has stopped watching
   * those.
   */
  readonly #doubtful = new Set<string>();
  #paths: Set<string> | undefined = new Set();
  #since: number | undefined;
  #last = 0;
  #wake: (() => void) | undefined;

  /**
   * Watches these folders and no others; for one that does not exist, the nearest one above it.
   * @returns whether there are any that were not watched before
   */
  set(folders: Iterable<string>): boolean {
    const wanted = new Map<string, number>();
    for (const folder of folders) {
      const found = nearestFolder(folder);
      if (found !== undefined) wanted.set(found.path, found.inode);
    }
    for (const [path, { watcher, inode }] of this.#folders) {
      if (wanted.get(path) === inode && !this.#doubtful.has(path)) continue;
      watcher.close();
      this.#folders.delete(path);
    }
    this.#doubtful.clear();
    let added = false;
    for (const [path, inode] of wanted) {
      if (!this.#folders.has(path)) added = this.#add(path, inode) || added;
    }
    return added;
  }

  /** Whether `set` has to be called again, also when nothing else has changed. */
  get mustLookAgain(): boolean {
    return this.#doubtful.size > 0;
  }

  get size(): number {
    return this.#folders.size;
  }

  /** Waits until something has changed. What has is told again by `changes`, with all that comes after it. */
  async noticed(): Promise<Changes> {
    while (this.#since === undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      // Several changes are told of one after the other.
      await nextTurn();
    }
    return { paths: this.#paths && new Set(this.#paths), since: this.#since };
  }

  /**
   * Waits until something has changed and no more changes come.
   * @param isNeeded whether a file has to be there; for such a one that is gone or empty it waits a moment longer
   */
  async changes(isNeeded: (path: string) => boolean): Promise<Changes> {
    // What has happened is noticed when the system is asked, which ends a turn of the loop at the latest.
    await nextTurn();
    await nextTurn();
    for (;;) {
      const { since } = await this.noticed();
      const now = performance.now();
      const left = Math.min(this.#last + this.#quiet(isNeeded), since + LONGEST) - now;
      if (left <= 0) return this.#take();
      await new Promise((resolve) => setTimeout(resolve, Math.ceil(left)));
    }
  }

  close(): void {
    for (const { watcher } of this.#folders.values()) watcher.close();
    this.#folders.clear();
  }

  #quiet(isNeeded: (path: string) => boolean): number {
    if (this.#paths === undefined || this.#paths.size > MANY) return QUIET_AFTER_MANY;
    const isHalf = [...this.#paths].some((path) => isNeeded(path) && isGoneOrEmpty(path));
    return isHalf ? QUIET_AFTER_REMOVAL : QUIET;
  }

  #take(): Changes {
    const changes = { paths: this.#paths, since: this.#since! };
    this.#paths = new Set();
    this.#since = undefined;
    return changes;
  }

  #add(path: string, inode: number): boolean {
    try {
      const watcher = watch(path, (event, name) => {
        // The end of the folder itself is told with its own name; so is that of something in it of the same name.
        if (event === 'rename' && (name === null || name === basename(path))) this.#doubt(path);
        if (event === 'rename' && name !== null && this.#folders.has(join(path, name))) this.#doubt(join(path, name));
        this.#note(name === null ? undefined : join(path, name));
      });
      // For example when the folder is removed; the one above tells of that.
      watcher.on('error', () => {
        this.#doubt(path);
        this.#note(undefined);
      });
      this.#folders.set(path, { watcher, inode });
      return true;
    } catch {
      // It has just gone; the caller watches the folder above.
      return false;
    }
  }

  #doubt(path: string): void {
    this.#doubtful.add(path);
  }

  #note(path: string | undefined): void {
    if (path !== undefined && isOwnTemporary(path)) return;
    this.#last = performance.now();
    this.#since ??= this.#last;
    if (path === undefined) this.#paths = undefined;
    else this.#paths?.add(path);
    this.#wake?.();
    this.#wake = undefined;
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function nearestFolder(start: string): { path: string; inode: number } | undefined {
  for (let path = start; ; path = dirname(path)) {
    const inode = inodeOf(path);
    if (inode !== undefined) return { path, inode };
    if (path === dirname(path)) return undefined;
  }
}

function inodeOf(path: string): number | undefined {
  return statOf(path)?.ino;
}

function isGoneOrEmpty(path: string): boolean {
  const stat = statOf(path);
  return stat === undefined || (stat.isFile() && stat.size === 0);
}
