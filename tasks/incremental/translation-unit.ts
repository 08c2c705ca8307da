import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type ScannedInclude, type SourceScan, scanSource, searchFolders } from '../../natmod-rules/compile/index.ts';
import type { FileHashes } from './file-hashes.ts';
import type { Inputs } from './inputs.ts';

/** What an object depends on beyond its command line, found out after the compiler has run. */
export interface UnitInputs extends Inputs {
  /** It must be compiled at every build, because nobody can tell what it depends on. */
  readonly unsure: boolean;
  /** Texts of the module ask for the spelling of paths. */
  readonly usesPaths: boolean;
  /** Date or time have landed in it. */
  readonly usesTime: boolean;
}

export interface UnitPlace {
  /** Folder the compiler ran in. */
  readonly cwd: string;
  readonly flags: readonly string[];
  readonly systemFolders: readonly string[];
  /** Absolute path of the config header; its content is part of the command line as far as keys go. */
  readonly configHeader: string;
  /** Copy of a source that the compiler read in place of the real one. */
  readonly copy?: string;
  /** Milliseconds since 1970. */
  readonly started: number;
}

/**
 * Finds the inputs of an object.
 *
 * @param dependencies what the compiler says it has read, the source first
 * @returns undefined when a file changed while the compiler ran, so that nobody knows which of its contents was read
 */
export function findUnitInputs(
  dependencies: readonly string[],
  hashes: FileHashes,
  place: UnitPlace,
): UnitInputs | undefined {
  const { cwd, configHeader, copy, started } = place;
  const unit = new Unit(hashes, place);
  const files = new Map<string, string>();
  for (const name of dependencies) {
    const path = resolve(cwd, name);
    const hash = hashes.hashReadSince(path, started);
    if (hash === undefined) return undefined;
    if (path !== configHeader && path !== copy) files.set(path, hash);
    unit.add(path, hash);
  }
  for (const path of unit.extra) {
    if (!hashes.exists(path)) continue;
    const hash = hashes.hashReadSince(path, started);
    if (hash === undefined) return undefined;
    files.set(path, hash);
  }
  return {
    files: [...files],
    missing: [...unit.missing],
    unsure: unit.unsure,
    usesPaths: unit.usesPaths,
    usesTime: unit.usesTime,
  };
}

/** Collects what the texts of a translation unit say. */
class Unit {
  readonly missing = new Set<string>();
  readonly extra = new Set<string>();
  unsure = false;
  usesPaths = false;
  usesTime = false;
  readonly #hashes: FileHashes;
  readonly #cwd: string;
  readonly #quoted: readonly string[];
  readonly #all: readonly string[];
  readonly #system: readonly string[];

  constructor(hashes: FileHashes, { cwd, flags, systemFolders }: UnitPlace) {
    const { quote, all, after, forced } = searchFolders(flags);
    const absolute = (folders: readonly string[]) => folders.map((folder) => resolve(cwd, folder));
    this.#hashes = hashes;
    this.#cwd = cwd;
    this.#system = systemFolders.flatMap((system) => [`${system}/`, `${endOf(system)}/`]);
    this.#all = [...absolute(all), ...systemFolders, ...absolute(after)];
    this.#quoted = [...absolute(quote), ...this.#all];
    for (const name of forced) this.#search({ name, quoted: true, next: false }, cwd);
  }

  add(path: string, hash: string): void {
    const scan = scanOf(path, hash);
    const folder = dirname(path);
    for (const include of scan.includes) this.#search(include, folder);
    for (const asked of scan.asksFor) {
      const found = this.#search(asked, folder);
      if (found !== undefined) this.extra.add(found);
    }
    for (const name of scan.embeds) {
      const embedded = resolve(this.#cwd, name);
      this.extra.add(embedded);
      if (!this.#hashes.exists(embedded)) this.unsure = true;
    }
    this.usesTime ||= scan.usesTime;
    // The compiler's own headers ask for each other in macros, and change with the compiler only. Their assert() is seen in the
    // object when it is used.
    if (this.#system.some((system) => path.startsWith(system))) return;
    if (scan.asksUnknown || scan.embedsUnknown) this.unsure = true;
    this.usesPaths ||= scan.usesPaths;
  }

  /** Notes the places that were searched in vain; returns the first file found. */
  #search({ name, quoted, next }: ScannedInclude, folder: string): string | undefined {
    const folders = quoted && !next ? [folder, ...this.#quoted] : this.#all;
    for (const candidate of name.startsWith('/') ? ['/'] : folders) {
      const path = join(candidate, name);
      if (!this.#hashes.exists(path)) this.missing.add(path);
      else if (!next || candidate !== folder) return path;
    }
    return undefined;
  }
}

const ends = new Map<string, string>();

/** Compilers print where links among their own folders lead. */
function endOf(folder: string): string {
  let end = ends.get(folder);
  if (end === undefined) {
    end = existsSync(folder) ? realpathSync(folder) : folder;
    ends.set(folder, end);
  }
  return end;
}

const MAX_SCANS = 20_000;
const scans = new Map<string, SourceScan>();

function scanOf(path: string, hash: string): SourceScan {
  let scan = scans.get(hash);
  if (scan === undefined) {
    if (scans.size >= MAX_SCANS) scans.clear();
    scan = scanSource(readFileSync(path, 'latin1'));
    scans.set(hash, scan);
  }
  return scan;
}
