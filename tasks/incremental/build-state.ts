import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Sizes } from '../report/events.ts';
import { writeWhole } from '../system/files.ts';
import type { Inputs } from './inputs.ts';

/** One source that was compiled. */
export interface UnitRecord {
  readonly key: string;
  readonly place: string;
  readonly inputs: Inputs;
  /** It has to be compiled at every build. */
  readonly unsure?: boolean;
  /** Hash of the object. */
  readonly object: string;
}

/** The module that was linked. */
export interface LinkRecord {
  readonly key: string;
  /** Files found as libraries. */
  readonly inputs: Inputs;
  /** Hash of the .mpy file. */
  readonly output: string;
  readonly bytes: number;
  readonly sizes?: Sizes;
  /** What was told about libraries, to be told again when the result is taken from the cache. */
  readonly said?: string;
}

/** What a build of one module for one architecture left for the next one. */
export interface BuildState {
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

export const emptyState: BuildState = { units: {}, parts: {} };

/** Name of the file that marks a folder of intermediates as ours, so that `clean` removes nothing else. */
export const buildMark = '.natmod-build';

// Changes when states of an older layout must not be read any more.
const LAYOUT = 1;
const INTRODUCTION = 'Made by `gulp build`; `gulp clean` removes this folder.';

/** Marks a folder; what an earlier build left there stays. */
export function markFolder(buildDir: string, state: BuildState): void {
  if (state === emptyState) writeWhole(join(buildDir, buildMark), `${INTRODUCTION}\n`);
}

/**
 * The state that the last build left, which is in the file that marks the folder. It is written last, when all it tells of is
 * there; who reads it compares hashes all the same, because other builds may have been at work since.
 */
export function readState(buildDir: string): BuildState {
  try {
    const [, text = ''] = readFileSync(join(buildDir, buildMark), 'utf8').split('\n', 2);
    return unpack(JSON.parse(text) as Packed);
  } catch {
    return emptyState;
  }
}

export function writeState(buildDir: string, state: BuildState): void {
  writeWhole(join(buildDir, buildMark), `${INTRODUCTION}\n${JSON.stringify(pack(state))}\n`);
}

/** Units of one module have most of their headers in common, so each path is written once. */
interface Packed {
  readonly layout: number;
  readonly files: readonly (readonly [string, string])[];
  readonly names: readonly string[];
  readonly state: BuildState;
}

function pack(state: BuildState): Packed {
  const files = new Table<readonly [string, string]>();
  const names = new Table<string>();
  const packInputs = ({ files: list, there = [], missing }: Inputs) => ({
    files: list.map((file) => files.index(file.join('\0'), file)),
    there: there.map((name) => names.index(name, name)),
    missing: missing.map((name) => names.index(name, name)),
  });
  return { layout: LAYOUT, state: mapInputs(state, packInputs as never), files: files.values, names: names.values };
}

function unpack({ layout, files, names, state }: Packed): BuildState {
  if (layout !== LAYOUT) return emptyState;
  return mapInputs(state, (inputs) => {
    const packed = inputs as unknown as { files: number[]; there: number[]; missing: number[] };
    return {
      files: packed.files.map((index) => files[index]!),
      there: packed.there.map((index) => names[index]!),
      missing: packed.missing.map((index) => names[index]!),
    };
  });
}

function mapInputs(state: BuildState, map: (inputs: Inputs) => Inputs): BuildState {
  const units = Object.entries(state.units).map(([name, unit]) => [name, { ...unit, inputs: map(unit.inputs) }]);
  return {
    ...state,
    ...(state.config === undefined ? {} : { config: { ...state.config, inputs: map(state.config.inputs) } }),
    units: Object.fromEntries(units),
    ...(state.link === undefined ? {} : { link: { ...state.link, inputs: map(state.link.inputs) } }),
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
