import { appendFileSync, readFileSync, rmSync, type Stats, statSync, utimesSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeFolders } from '../bootstrap/make-folders.cjs';
import { cacheDir } from '../bootstrap/paths.cjs';
import { readMade, removeQuietly, writeWhole } from '../system/files.ts';
import { namesIn } from '../system/if-there.ts';
import { openRecord, RECORD_KINDS, type RecordKind, type StoredRecord, sealRecord } from './record.ts';

/** Where records are looked up and kept. */
export interface Records {
  /** The record under a key; undefined when there is none or it is damaged. */
  get<T>(kind: RecordKind, key: string): StoredRecord<T> | undefined;
  /** Keeps a record; failing to is no failure of a build. */
  put(kind: RecordKind, key: string, value: unknown, bytes?: Uint8Array): void;
  /** Counts for the statistics whether a source was found. */
  count(hit: boolean): void;
  /** Ends a build. */
  close(): void;
}

/** Remembers nothing, as with --no-cache. */
export const noRecords: Records = { get: () => undefined, put() {}, count() {}, close() {} };

export interface RecordStats {
  readonly folder: string;
  readonly kinds: readonly { readonly kind: RecordKind; readonly entries: number; readonly bytes: number }[];
  readonly limit: number;
  /** Since the records were cleared. */
  readonly hits: number;
  readonly misses: number;
}

const MEBIBYTE = 1024 * 1024;
const DEFAULT_LIMIT = 1024 * MEBIBYTE;
// When the store is full this part of it stays, those that were used last.
const KEPT_PART = 0.8;
// The largest objects are a few MiB.
const MAX_RECORD = 256 * MEBIBYTE;
// Using a record is noted so often at most.
const NOTE_USE_AFTER = 60_000;

/**
 * Records in a folder of the user's, across output folders, branches and `gulp clean`. Files are written under another
 * name and renamed, so any number of builds can use it at once. `trust.ts` says whether what lies there may be
 * believed.
 */
export class RecordStore implements Records {
  readonly #folder: string;
  #hits = 0;
  #misses = 0;
  #stored = 0;

  constructor(folder = recordsFolder()) {
    this.#folder = folder;
  }

  get<T>(kind: RecordKind, key: string): StoredRecord<T> | undefined {
    const path = this.#path(kind, key);
    let record: StoredRecord<T> | undefined;
    try {
      const stat = statSync(path, { throwIfNoEntry: false });
      if (stat === undefined) return undefined;
      // Of a pipe or a device nobody would see the end.
      record = stat.isFile() && stat.size <= MAX_RECORD ? openRecord<T>(kind, key, readFileSync(path)) : undefined;
      if (record !== undefined) noteUse(path, stat);
    } catch {
      // It cannot be read, or another build has just removed it: what it is of is made.
    }
    if (record === undefined) removeQuietly(path);
    return record;
  }

  put(kind: RecordKind, key: string, value: unknown, bytes?: Uint8Array): void {
    const file = sealRecord(kind, key, value, bytes);
    try {
      writeWhole(this.#path(kind, key), file);
      this.#stored += file.length;
    } catch {
      // The next build does the work again.
    }
  }

  count(hit: boolean): void {
    if (hit) this.#hits++;
    else this.#misses++;
  }

  /** Notes the counts, and makes room when much was stored since that was last looked at. */
  close(limit = limitFromEnvironment()): void {
    if (this.#hits + this.#misses + this.#stored === 0) return;
    const journal = this.#journal();
    try {
      makeFolders(this.#folder);
      const place = join(this.#folder, JOURNAL);
      // Writing to a pipe would wait for a reader.
      if (statSync(place, { throwIfNoEntry: false })?.isFile() === false) removeQuietly(place);
      appendFileSync(place, `${this.#hits} ${this.#misses} ${this.#stored}\n`);
      const stored = journal.stored + this.#stored;
      if (stored > limit / 16)
        this.#trim(limit, { ...journal, hits: journal.hits + this.#hits, misses: journal.misses + this.#misses });
      else if (journal.lines > 1000)
        this.#writeJournal(journal.hits + this.#hits, journal.misses + this.#misses, stored);
    } catch {
      // A store that cannot be written does not grow either.
    }
    this.#hits = this.#misses = this.#stored = 0;
  }

  stats(): RecordStats {
    const { hits, misses } = this.#journal();
    const kinds = (Object.keys(RECORD_KINDS) as RecordKind[]).map((kind) => {
      const files = this.#files([kind]);
      return { kind, entries: files.length, bytes: files.reduce((sum, { size }) => sum + size, 0) };
    });
    return { folder: this.#folder, kinds, limit: limitFromEnvironment(), hits, misses };
  }

  /** Removes every record, the libraries that were made for zig, and what earlier versions kept elsewhere. */
  clear(): void {
    rmSync(this.#folder, { recursive: true, force: true });
    const parent = dirname(this.#folder);
    for (const name of ['objects', 'notes']) rmSync(join(parent, name), { recursive: true, force: true });
    for (const name of namesIn(join(parent, 'libraries')))
      if (/^(?:libm|zig)-/.test(name)) rmSync(join(parent, 'libraries', name), { recursive: true, force: true });
  }

  #path(kind: RecordKind, key: string): string {
    return join(this.#folder, kind, key.slice(0, 1), key.slice(1));
  }

  #trim(limit: number, { hits, misses }: { hits: number; misses: number }): void {
    const files = this.#files(Object.keys(RECORD_KINDS)).sort((a, b) => a.used - b.used);
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

  #files(kinds: readonly string[]): { path: string; size: number; used: number }[] {
    return kinds
      .flatMap((kind) => namesIn(join(this.#folder, kind)).map((name) => join(this.#folder, kind, name)))
      .flatMap((folder) => namesIn(folder).map((name) => join(folder, name)))
      .flatMap((path) => {
        const stat = statSync(path, { throwIfNoEntry: false });
        return stat === undefined ? [] : [{ path, size: stat.size, used: stat.mtimeMs }];
      });
  }

  #journal(): { hits: number; misses: number; stored: number; lines: number } {
    const text = readMade(join(this.#folder, JOURNAL))?.toString('utf8') ?? '';
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

// One line per build: hits, misses, bytes stored. It counts and decides nothing.
const JOURNAL = 'journal';

/** Where the records of this user are. */
export function recordsFolder(): string {
  return join(cacheDir(), 'records');
}

/** `NATMOD_CACHE_SIZE` in MiB; 1024 when it is not set. */
function limitFromEnvironment(): number {
  const size = Number(process.env.NATMOD_CACHE_SIZE ?? '');
  return size > 0 ? size * MEBIBYTE : DEFAULT_LIMIT;
}

function noteUse(path: string, { mtimeMs }: Stats): void {
  try {
    const now = Date.now();
    if (now - mtimeMs > NOTE_USE_AFTER) utimesSync(path, now / 1000, now / 1000);
  } catch {
    // Another build has just removed it.
  }
}
