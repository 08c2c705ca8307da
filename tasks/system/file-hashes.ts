import { readdirSync, readFileSync, realpathSync, type Stats, statSync } from 'node:fs';
import { findProgram } from './find-program.ts';
import { hashOf } from './hash.ts';
import { hashAside } from './hash-aside.ts';
import { restBelow } from './inside.ts';

/** What was learned of a file: the hash of its content, and the look of the file (see `lookOf`) that goes with it. */
export interface HashedFile {
  readonly look: string;
  readonly hash: string;
}

interface Known extends HashedFile {
  /** Milliseconds since 1970 when the content was read. */
  readonly at: number;
  /** The file was changed so shortly before that a second change need not show in its look. */
  readonly young: boolean;
}

// Clocks of file systems tick every few milliseconds, those that count whole seconds (FAT: every two).
const TICK = 20;
const COARSE_TICK = 2000;
// For more changes than that it is quicker to look at everything again.
const MANY = 20;
const MAX_READ = 20_000;
// Smaller files are hashed in less time than handing them to a thread takes.
const LARGE = 256 * 1024;

/**
 * Content hashes of files. A file is read when its time, size or inode number differ from those noted with its hash,
 * and looked at once per round; a round is one build, or one pass of `gulp watch`.
 */
export class FileHashes {
  #known = new Map<string, Known>();
  #round = new Map<string, Known | undefined>();
  #exists = new Map<string, boolean>();
  /** Answers about folders, links and searches, which are asked for once per round. */
  #answers = new Map<string, string>();
  /** Files that are being read in other threads, with their looks. */
  readonly #ahead = new Map<string, Promise<void>>();
  /** What functions have made of contents, by hash. */
  readonly #contents = new Map<unknown, Map<string, unknown>>();

  constructor(noted: Readonly<Record<string, HashedFile>> = {}) {
    for (const [path, { look, hash }] of Object.entries(noted))
      this.#known.set(path, { look, hash, at: 0, young: false });
  }

  /**
   * The hash of a file's content as of this round; undefined when there is no such file. `path` is absolute. In the
   * course of a round the answer stays the same.
   */
  hash(path: string): string | undefined {
    return this.#look(path)?.hash;
  }

  /**
   * The look of a file that goes with its hash of this round; undefined when the file is gone, or could change unseen.
   */
  lookOfHash(path: string): string | undefined {
    const known = this.#look(path);
    return known === undefined || known.young ? undefined : known.look;
  }

  /** What somebody else has noted of a file: `lookOfHash` and its hash. */
  learn(path: string, noted: HashedFile): void {
    if (!this.#known.has(path)) this.#known.set(path, { ...noted, at: 0, young: false });
  }

  /**
   * Reads large files in other threads, so that `hash` has the answer when it asks. `hash` looks at each of them again,
   * and reads it itself when it is another one by then.
   */
  async readAhead(paths: Iterable<string>): Promise<void> {
    await Promise.all([...paths].map((path) => this.#readAhead(path)));
  }

  /** Whether there is anything of that name, as of this round. */
  exists(path: string): boolean {
    let there = this.#exists.get(path);
    if (there === undefined) {
      there = this.#round.get(path) !== undefined || statOf(path) !== undefined;
      this.#exists.set(path, there);
    }
    return there;
  }

  /** The hash of the names in a folder; empty when it is none. */
  names(folder: string): string {
    return this.#once(`names ${folder}`, () => hashOf(readdirSync(folder).sort().join('\0')));
  }

  /** Where a path leads once all links are followed; empty when it leads nowhere. */
  end(path: string): string {
    return this.#once(`end ${path}`, () => realpathSync(path));
  }

  /** What the search for a program finds, see `findProgram`; empty when there is none. */
  program(name: string, cwd: string): string {
    return this.#once(`program ${cwd}\0${name}`, () => findProgram(name, cwd) ?? '');
  }

  /** The hash of the environment. */
  environment(): string {
    return this.#once('environment', () => hashOf(JSON.stringify(Object.entries(steadyEnvironment()).sort())));
  }

  /**
   * The hash of a file that a process has read which was started at `start` (milliseconds since 1970), or undefined
   * when it is not certain that the process saw that content.
   */
  hashReadSince(path: string, start: number): string | undefined {
    const before = this.#round.get(path);
    const known = this.#look(path);
    const stat = statOf(path);
    if (known === undefined || stat === undefined || !stat.isFile()) return undefined;
    if (lookOf(stat) !== known.look) return undefined;
    if (known.young && hashOf(readFileSync(path)) !== known.hash) return undefined;
    const readBefore = before !== undefined && known.at < start;
    return readBefore || changedAt(stat) < start - tickOf(stat) ? known.hash : undefined;
  }

  /** Whether a file has the content that it had in this round, however it looks. */
  isStill(path: string): boolean {
    const known = this.#look(path);
    try {
      return known !== undefined && hashOf(readFileSync(path)) === known.hash;
    } catch {
      // It has just gone.
      return false;
    }
  }

  /** Whether a file or folder may have changed since that time (milliseconds since 1970); not where it is gone. */
  changedSince(path: string, time: number): boolean {
    const stat = statOf(path);
    return stat !== undefined && changedAt(stat) >= time - tickOf(stat);
  }

  /**
   * What `read` makes of a file whose content has this hash. The same content is read once by the same function,
   * whatever the round: reading it again would find the same.
   * @param read gets the hash of the bytes, too, which is another one when the file has just changed
   */
  readOnce<T>(path: string, hash: string, read: (bytes: Buffer, hash: string) => T): T {
    const known = (this.#contents.get(read) ?? new Map<string, T>()) as Map<string, T>;
    this.#contents.set(read, known);
    const before = known.get(hash);
    if (before !== undefined) return before;
    const bytes = readFileSync(path);
    const found = hashOf(bytes);
    const value = read(bytes, found);
    if (known.size >= MAX_READ) known.clear();
    if (found === hash) known.set(hash, value);
    return value;
  }

  /** Begins a new round: all files are looked at again, or only those given and what is below them. */
  nextRound(changed?: Iterable<string>): void {
    const paths = changed === undefined ? [] : [...changed];
    this.#answers.clear();
    for (const map of [this.#round, this.#exists]) {
      if (changed === undefined || paths.length > MANY) map.clear();
      for (const path of paths) {
        map.delete(path);
        // A folder that was moved or made brings what is in it.
        for (const other of map.keys()) if (restBelow(other, path) !== undefined) map.delete(other);
      }
    }
  }

  /** What may be noted for later builds: the files of this round, those left out that could have changed unseen. */
  notes(): Record<string, HashedFile> {
    const notes: Record<string, HashedFile> = {};
    for (const [path, known] of this.#round) {
      if (known !== undefined && !known.young) notes[path] = { look: known.look, hash: known.hash };
    }
    return notes;
  }

  #once(question: string, find: () => string): string {
    let answer = this.#answers.get(question);
    if (answer === undefined) {
      try {
        answer = find();
      } catch {
        // No answer is an answer: it differs from every real one.
        answer = '';
      }
      this.#answers.set(question, answer);
    }
    return answer;
  }

  #look(path: string): Known | undefined {
    if (this.#round.has(path)) return this.#round.get(path);
    const known = this.#read(path);
    this.#round.set(path, known);
    if (known !== undefined) this.#known.set(path, known);
    return known;
  }

  async #readAhead(path: string): Promise<void> {
    const stat = this.#round.has(path) ? undefined : statOf(path);
    if (stat === undefined || !stat.isFile() || stat.size < LARGE || this.#isKnown(path, stat)) return;
    const under = `${path}\0${lookOf(stat)}`;
    let reading = this.#ahead.get(under);
    if (reading === undefined) {
      reading = this.#hashAside(path, stat).finally(() => this.#ahead.delete(under));
      this.#ahead.set(under, reading);
    }
    await reading;
  }

  async #hashAside(path: string, stat: Stats): Promise<void> {
    const at = now();
    const hash = await hashAside(path);
    if (hash !== undefined) this.#known.set(path, found(stat, at, hash));
  }

  #isKnown(path: string, stat: Stats): boolean {
    const known = this.#known.get(path);
    return known?.look === lookOf(stat) && !known.young;
  }

  #read(path: string): Known | undefined {
    const stat = statOf(path);
    if (stat === undefined || !stat.isFile()) return undefined;
    if (this.#isKnown(path, stat)) return this.#known.get(path);
    try {
      const at = now();
      return found(stat, at, hashOf(readFileSync(path)));
    } catch {
      // Gone since, or not for this user: like no file at all.
      return undefined;
    }
  }
}

/** @param at when reading began @param stat from before that */
function found(stat: Stats, at: number, hash: string): Known {
  return { look: lookOf(stat), hash, at, young: changedAt(stat) > at - tickOf(stat) };
}

// They change from shell to shell, and say nothing that a Makefile or a compiler would use.
const VOLATILE = ['_', 'PWD', 'OLDPWD', 'SHLVL', 'INIT_CWD'];

/** The environment without what differs from one command to the next. */
export function steadyEnvironment(): NodeJS.ProcessEnv {
  const env = { ...process.env };
  for (const name of VOLATILE) delete env[name];
  return env;
}

/** Milliseconds since 1970 with fractions, so that it can be compared with times of files. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

/** Everything the file system tells that changes with the content. The change time shows what a restored time hides. */
export function lookOf({ size, mtimeMs, ctimeMs, ino, dev }: Stats): string {
  return `${size} ${mtimeMs} ${ctimeMs} ${ino} ${dev}`;
}

/** The look of a file that was written so long ago that a change would show in it; undefined when nobody can tell. */
export function settledLook(path: string): string | undefined {
  const stat = statOf(path);
  return stat === undefined || changedAt(stat) > now() - tickOf(stat) ? undefined : lookOf(stat);
}

/** The look of a file, empty when there is none. */
export function lookAt(path: string): string {
  const stat = statOf(path);
  return stat === undefined ? '' : lookOf(stat);
}

/** Undefined when there is nothing of that name. */
export function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    // For example a part of the path that is a file.
    return undefined;
  }
}

function changedAt({ mtimeMs, ctimeMs }: Stats): number {
  return Math.max(mtimeMs, ctimeMs);
}

function tickOf({ mtimeMs }: Stats): number {
  return mtimeMs % 1000 === 0 ? COARSE_TICK : TICK;
}
