/**
 * What make has made with natmod's rules, and what each file of it was made of. Make compares times, and only with what
 * it was told of; so before it looks at anything, what is not surely right any more is removed, and make makes that
 * again.
 *
 * Contents are not read. What was read must be the same file as then, with the same size and times, of which the system
 * sets one by itself (`lookOf`); and it must have been older than the run of make that used it, so that nobody can have
 * changed it meanwhile.
 */
import { readdirSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { lookAt } from '../system/file-hashes.ts';
import { readMade, removeQuietly, writeWhole } from '../system/files.ts';
import { findProgram } from '../system/find-program.ts';
import { restBelow } from '../system/inside.ts';
import { keyOf, openRecord, sealRecord } from './record.ts';

/** What a file was made of. */
export interface MadeOf {
  /** Absolute paths of what was read. */
  readonly files: readonly string[];
  /** Absolute paths: whether there is anything of these names must not change. */
  readonly names: readonly string[];
  /** Programs that were searched, with what was found. */
  readonly programs?: readonly Program[];
}

type Program = readonly [name: string, path: string];

interface MadeRecord {
  readonly look: string;
  /** Places in the list of files. */
  readonly files: readonly number[];
  /** Places in the list of names. */
  readonly names: readonly number[];
  readonly programs: readonly Program[];
}

interface Notes {
  /** When this run of make began, by the clock of the file system, in milliseconds since 1970. */
  began: number;
  readonly files: readonly (readonly [path: string, look: string])[];
  readonly names: readonly (readonly [path: string, isThere: boolean])[];
  /** By path below the folder of intermediates. */
  readonly made: Readonly<Record<string, MadeRecord>>;
}

const nothing: Notes = { began: 0, files: [], names: [], made: {} };
// Another version of natmod may mean something else.
const keyOfMade = () => keyOf('made', []);

/** The notes of one module in one folder of intermediates. */
export class MadeFiles {
  readonly buildDir: string;
  readonly #file: string;
  readonly #looks = new Map<string, string>();
  readonly #programs = new Map<string, string | undefined>();
  #notes: Notes;
  #made: Map<string, MadeOf & { readonly look: string }>;

  /** @param buildDir absolute */
  constructor(buildDir: string, mod: string) {
    this.buildDir = buildDir;
    this.#file = join(buildDir, `${mod}.observed`);
    this.#notes = this.#read();
    const { files, names, made } = this.#notes;
    this.#made = new Map(
      Object.entries(made).map(([name, record]) => [
        name,
        {
          look: record.look,
          files: record.files.map((index) => files[index]![0]),
          names: record.names.map((index) => names[index]![0]),
          programs: record.programs,
        },
      ]),
    );
  }

  /**
   * Begins a run of make: removes what is not surely right.
   * @param others files that our rules make besides objects and parts, so that they must have been observed like those
   * @returns what was removed, below the folder of intermediates
   */
  begin(others: readonly string[]): string[] {
    const { files, names, made } = this.#notes;
    const isSameProgram = ([name, path]: Program) => this.#program(name) === path;
    const isSameFile = files.map(([path, look]) => this.#look(path) === look);
    const isSameName = names.map(([path, isThere]) => (this.#look(path) !== '') === isThere);
    const removed: string[] = [];
    for (const [name, record] of Object.entries(made)) {
      const isRight =
        this.#look(join(this.buildDir, name)) === record.look &&
        record.files.every((index) => isSameFile[index]) &&
        record.names.every((index) => isSameName[index]) &&
        record.programs.every(isSameProgram);
      if (isRight) continue;
      this.#made.delete(name);
      this.#remove(name, removed);
    }
    for (const output of [...[...this.#lists()].map((each) => each.output), ...others])
      if (!this.#made.has(output)) this.#remove(output, removed);
    this.#notes = { ...this.#notes, began: this.#now() };
    this.#write();
    return removed;
  }

  /**
   * Notes what files were made of.
   * @param findOf gives that for one; undefined when nobody can tell, so that it has to be made again
   */
  async observe(
    outputs: Iterable<string>,
    findOf: (output: string) => Promise<MadeOf | undefined> | MadeOf | undefined,
  ): Promise<void> {
    for (const output of outputs) {
      const look = lookAt(join(this.buildDir, output));
      const known = this.#made.get(output);
      if (known?.look === look) continue;
      this.#made.delete(output);
      const madeOf = look === '' ? undefined : await findOf(output);
      if (madeOf?.files.every((path) => this.#isOld(path))) this.#made.set(output, { look, ...madeOf });
    }
    this.#write();
  }

  /** Objects and parts that our rules have made: each has a list of what it was made of beside it. */
  *lists(): Generator<{ readonly output: string; readonly list: string }> {
    yield* this.#lists();
  }

  *#lists(): Generator<{ readonly output: string; readonly list: string }> {
    for (const list of namesBelow(this.buildDir)) {
      if (!list.endsWith('.d') || list.endsWith('.qstrs.d')) continue;
      const stem = list.slice(0, -2);
      yield { list, output: stem.endsWith('.mpy') ? stem : `${stem}.o` };
    }
  }

  #remove(name: string, removed: string[]): void {
    removeQuietly(join(this.buildDir, name));
    removed.push(name);
  }

  /** Whether nobody can have changed a file since make began; make itself may have made it before it was read. */
  #isOld(path: string): boolean {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined || !stat.isFile()) return false;
    return restBelow(path, this.buildDir) !== undefined || Math.max(stat.ctimeMs, stat.mtimeMs) < this.#notes.began;
  }

  #look(path: string): string {
    let look = this.#looks.get(path);
    if (look === undefined) {
      look = lookAt(path);
      this.#looks.set(path, look);
    }
    return look;
  }

  #program(name: string): string | undefined {
    if (!this.#programs.has(name)) this.#programs.set(name, findProgram(name, resolve('.')));
    return this.#programs.get(name);
  }

  #now(): number {
    const clock = `${this.#file}.clock`;
    writeWhole(clock, '');
    const { mtimeMs } = statSync(clock);
    removeQuietly(clock);
    return mtimeMs;
  }

  #read(): Notes {
    const file = readMade(this.#file);
    // Where it is not there, everything is made.
    return (file && openRecord<Notes>('made', keyOfMade(), file)?.value) ?? nothing;
  }

  #write(): void {
    const files = new Table();
    const names = new Table();
    const made = Object.fromEntries(
      [...this.#made].map(([name, { look, files: read, names: asked, programs = [] }]): [string, MadeRecord] => [
        name,
        { look, files: read.map((path) => files.index(path)), names: asked.map((path) => names.index(path)), programs },
      ]),
    );
    const notes: Notes = {
      ...this.#notes,
      files: files.values.map((path) => [path, lookAt(path)] as const),
      names: names.values.map((path) => [path, lookAt(path) !== ''] as const),
      made,
    };
    writeWhole(this.#file, sealRecord('made', keyOfMade(), notes));
  }
}

class Table {
  readonly values: string[] = [];
  readonly #places = new Map<string, number>();

  index(value: string): number {
    let place = this.#places.get(value);
    if (place === undefined) {
      place = this.values.push(value) - 1;
      this.#places.set(value, place);
    }
    return place;
  }
}

function namesBelow(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) =>
      relative(folder, resolve(folder, name)),
    );
  } catch {
    // Not there yet, so nothing in it is left over.
    return [];
  }
}
