import { appendFileSync, readdirSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolders } from '../bootstrap/make-folders.mjs';
import { cacheDir } from '../bootstrap/paths.mjs';
import { removeQuietly, writeWhole } from '../system/files.ts';
import { hashOf } from './file-hashes.ts';

/** What was stored under a key: notes about it, and bytes. */
export interface CacheEntry<T> {
  readonly notes: T;
  readonly bytes: Buffer;
}

export interface CacheStats {
  readonly folder: string;
  readonly entries: number;
  readonly bytes: number;
  readonly limit: number;
  /** Since the cache was cleared. */
  readonly hits: number;
  readonly misses: number;
}

const MEBIBYTE = 1024 * 1024;
const DEFAULT_LIMIT = 1024 * MEBIBYTE;
// When a cache is full this part of it goes, those first that were not used for longest.
const KEPT_PART = 0.8;
// Using an entry is noted so often at most.
const NOTE_USE_AFTER = 60_000;

/**
 * Results of compilers, kept per user across output folders, branches and `gulp clean`. Each file carries the hash of what is
 * in it: one that was cut off or changed is removed and counts as not there. Files are written under another name and renamed, so
 * any number of builds can use a cache at once. Failing to write is no failure of a build.
 */
export class ObjectCache {
  readonly #folder: string;
  #hits = 0;
  #misses = 0;
  #stored = 0;

  constructor(folder = join(cacheDir(), 'objects')) {
    this.#folder = folder;
  }

  /** What is stored under a key (a hash); undefined when there is nothing or it is damaged. */
  get<T>(key: string): CacheEntry<T> | undefined {
    const path = this.#path(key);
    let file: Buffer;
    try {
      file = readFileSync(path);
    } catch {
      return undefined;
    }
    const entry = decode<T>(file);
    if (entry === undefined) removeQuietly(path);
    else noteUse(path);
    return entry;
  }

  put(key: string, notes: unknown, bytes: Uint8Array = new Uint8Array(0)): void {
    const file = encode(notes, bytes);
    try {
      writeWhole(this.#path(key), file);
      this.#stored += file.length;
    } catch {
      // The next build compiles again.
    }
  }

  /** Counts for the statistics. */
  count(hit: boolean): void {
    if (hit) this.#hits++;
    else this.#misses++;
  }

  /** Ends a build: notes the counts, and makes room when much was stored since that was last looked at. */
  close(limit = limitFromEnvironment()): void {
    if (this.#hits + this.#misses + this.#stored === 0) return;
    const journal = this.#journal();
    try {
      makeFolders(this.#folder);
      appendFileSync(join(this.#folder, JOURNAL), `${this.#hits} ${this.#misses} ${this.#stored}\n`);
      const stored = journal.stored + this.#stored;
      if (stored > limit / 16)
        this.#trim(limit, { ...journal, hits: journal.hits + this.#hits, misses: journal.misses + this.#misses });
      else if (journal.lines > 1000)
        this.#writeJournal(journal.hits + this.#hits, journal.misses + this.#misses, stored);
    } catch {
      // A cache that cannot be written does not grow either.
    }
    this.#hits = this.#misses = this.#stored = 0;
  }

  stats(): CacheStats {
    const files = this.#files();
    const { hits, misses } = this.#journal();
    const bytes = files.reduce((sum, { size }) => sum + size, 0);
    return { folder: this.#folder, entries: files.length, bytes, limit: limitFromEnvironment(), hits, misses };
  }

  /** Removes everything. */
  clear(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #path(key: string): string {
    return join(this.#folder, key.slice(0, 2), key.slice(2));
  }

  #trim(limit: number, { hits, misses }: { hits: number; misses: number }): void {
    const files = this.#files().sort((a, b) => a.used - b.used);
    let size = files.reduce((sum, file) => sum + file.size, 0);
    if (size > limit) {
      for (const file of files) {
        if (size <= limit * KEPT_PART) break;
        removeQuietly(file.path);
        size -= file.size;
      }
    }
    this.#writeJournal(hits, misses, 0);
  }

  #files(): { path: string; size: number; used: number }[] {
    return list(this.#folder)
      .filter((name) => /^[\da-f]{2}$/.test(name))
      .flatMap((name) => list(join(this.#folder, name)).map((file) => join(this.#folder, name, file)))
      .flatMap((path) => {
        const stat = statSync(path, { throwIfNoEntry: false });
        return stat === undefined ? [] : [{ path, size: stat.size, used: stat.mtimeMs }];
      });
  }

  #journal(): { hits: number; misses: number; stored: number; lines: number } {
    let text = '';
    try {
      text = readFileSync(join(this.#folder, JOURNAL), 'utf8');
    } catch {
      // Nothing was stored yet.
    }
    const sums = { hits: 0, misses: 0, stored: 0, lines: 0 };
    for (const [, hits, misses, stored] of text.matchAll(/^(\d+) (\d+) (\d+)$/gm)) {
      sums.hits += Number(hits);
      sums.misses += Number(misses);
      sums.stored += Number(stored);
      sums.lines++;
    }
    return sums;
  }

  #writeJournal(hits: number, misses: number, stored: number): void {
    writeWhole(join(this.#folder, JOURNAL), `${hits} ${misses} ${stored}\n`);
  }
}

// One line per build: hits, misses, bytes stored.
const JOURNAL = 'journal';

/** `NATMOD_CACHE_SIZE` in MiB; 1024 when it is not set. */
function limitFromEnvironment(): number {
  const size = Number(process.env.NATMOD_CACHE_SIZE ?? '');
  return size > 0 ? size * MEBIBYTE : DEFAULT_LIMIT;
}

function encode(notes: unknown, bytes: Uint8Array): Buffer {
  const head = Buffer.from(`${JSON.stringify(notes)}\n`);
  const content = Buffer.concat([head, bytes]);
  return Buffer.concat([Buffer.from(`${hashOf(content)}\n`), content]);
}

function decode<T>(file: Buffer): CacheEntry<T> | undefined {
  const start = file.indexOf(10) + 1;
  const content = file.subarray(start);
  if (start === 0 || hashOf(content) !== file.toString('latin1', 0, start - 1)) return undefined;
  const end = content.indexOf(10);
  return { notes: JSON.parse(content.toString('utf8', 0, end)) as T, bytes: content.subarray(end + 1) };
}

function noteUse(path: string): void {
  try {
    const now = Date.now();
    if (now - statSync(path).mtimeMs > NOTE_USE_AFTER) utimesSync(path, now / 1000, now / 1000);
  } catch {
    // Another build has just removed it.
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
