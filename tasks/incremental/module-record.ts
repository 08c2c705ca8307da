import { join } from 'node:path';
import type { Sizes } from '../report/events.ts';
import { checkWritable, isOnDisk, writeWhole } from '../system/files.ts';
import type { Inputs } from './observed.ts';
import { keyOf } from './record.ts';
import type { Records } from './record-store.ts';
import type { UnitFields } from './unit-key.ts';

/** One source that was compiled. */
export interface UnitRecord {
  readonly key: string;
  readonly place: string;
  /** What the key is made of, to tell later what is another one. */
  readonly fields: UnitFields;
  readonly inputs: Inputs;
  /** Why it has to be compiled at every build. */
  readonly unsure?: string;
  /** Date or time have landed in the object. */
  readonly usesTime?: boolean;
  /** Hash of the object. */
  readonly object: string;
  /** What the compiler printed: warnings. */
  readonly output?: string;
}

/**
 * What a compiler was asked about its libraries. A record never says which program to run: `command` is a place among
 * those of the plan that is built (see `link-records.ts`).
 */
export interface Asked {
  readonly command: number;
  readonly question: string;
  readonly answer: string;
}

/** The module that was linked. */
export interface LinkRecord {
  readonly key: string;
  /** Files found as libraries. */
  readonly inputs: Inputs;
  /** How they were found. */
  readonly asked: readonly Asked[];
  /** Hash of the .mpy file. */
  readonly output: string;
  readonly bytes: number;
  readonly sizes?: Sizes;
  /** What was told about libraries, to be told again when the result is taken from the cache. */
  readonly said?: string;
}

/** What a build of one module for one architecture left for the next one. */
export interface ModuleRecord {
  readonly config?: {
    readonly key: string;
    readonly inputs: Inputs;
    readonly qstrs: readonly string[];
    readonly header: string;
  };
  readonly units: Readonly<Record<string, UnitRecord>>;
  readonly parts: Readonly<Record<string, { readonly key: string; readonly output: string }>>;
  readonly link?: LinkRecord;
}

export const nothingKnown: ModuleRecord = { units: {}, parts: {} };

/** Name of the file that marks a folder as ours, so that `clean` removes nothing else. */
export const buildMark = '.natmod-build';

const INTRODUCTION = 'Made by `gulp build`; `gulp clean` removes this folder.';

export function markFolder(folder: string): void {
  const mark = join(folder, buildMark);
  const text = `${INTRODUCTION}\n`;
  // It is looked at first, because writing costs much more.
  if (isOnDisk(mark, Buffer.from(text))) checkWritable(folder);
  else writeWhole(mark, text);
}

/**
 * What the last build into a folder left. It is written last, when all it tells of is there; who reads it compares
 * hashes all the same, because other builds may have been at work since.
 */
export function readModuleRecord(records: Records, buildDir: string): ModuleRecord {
  const found = records.get<Packed>('module', keyOf('module', buildDir));
  return found === undefined ? nothingKnown : unpack(found.value);
}

export function writeModuleRecord(records: Records, buildDir: string, record: ModuleRecord): void {
  records.put('module', keyOf('module', buildDir), pack(record));
}

/** Units of one module have most of their headers in common, so each path is written once. */
interface Packed {
  readonly files: readonly (readonly [string, string])[];
  readonly names: readonly string[];
  readonly record: ModuleRecord;
}

function pack(record: ModuleRecord): Packed {
  const files = new Table<readonly [string, string]>();
  const names = new Table<string>();
  const packInputs = ({ files: list, there = [], missing, ...rest }: Inputs) => ({
    ...rest,
    files: list.map((file) => files.index(file.join('\0'), file)),
    there: there.map((name) => names.index(name, name)),
    missing: missing.map((name) => names.index(name, name)),
  });
  return { record: mapInputs(record, packInputs as never), files: files.values, names: names.values };
}

function unpack({ files, names, record }: Packed): ModuleRecord {
  return mapInputs(record, (inputs) => {
    const packed = inputs as unknown as { files: number[]; there: number[]; missing: number[] };
    return {
      ...inputs,
      files: packed.files.map((index) => files[index]!),
      there: packed.there.map((index) => names[index]!),
      missing: packed.missing.map((index) => names[index]!),
    };
  });
}

function mapInputs(record: ModuleRecord, map: (inputs: Inputs) => Inputs): ModuleRecord {
  const units = Object.entries(record.units).map(([name, unit]) => [name, { ...unit, inputs: map(unit.inputs) }]);
  return {
    ...record,
    ...(record.config === undefined ? {} : { config: { ...record.config, inputs: map(record.config.inputs) } }),
    units: Object.fromEntries(units),
    ...(record.link === undefined ? {} : { link: { ...record.link, inputs: map(record.link.inputs) } }),
  };
}

class Table<T> {
  readonly values: T[] = [];
  readonly #places = new Map<string, number>();

  index(key: string, value: T): number {
    let place = this.#places.get(key);
    if (place === undefined) {
      place = this.values.push(value) - 1;
      this.#places.set(key, place);
    }
    return place;
  }
}
