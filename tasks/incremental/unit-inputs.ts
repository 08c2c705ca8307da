import { basename, dirname, isAbsolute, join, parse, resolve, sep } from 'node:path';
import { type AskedHeader, type SourceScan, scanSource, searchFolders } from '../../natmod-rules/compile/index.ts';
import type { FileHashes } from '../system/file-hashes.ts';
import { restBelow } from '../system/inside.ts';
import type { CompilerAnswers, CompilerFacts } from '../toolchain/answers.ts';
import type { Inputs } from './observed.ts';
import { readsBehind } from './unit-key.ts';

/** What an object depends on beyond its command line, found out after the compiler has run. */
export interface UnitInputs extends Inputs {
  /** Why it must be compiled at every build: nobody can tell what it depends on. */
  readonly unsure: string | undefined;
  /** Texts of the module ask for the spelling of paths. */
  readonly usesPaths: boolean;
  /** Date or time have landed in it. */
  readonly usesTime: boolean;
}

export interface UnitPlace {
  /** Folder the compiler ran in. */
  readonly cwd: string;
  readonly flags: readonly string[];
  /** Of the compiler with those flags that say more about folders than `-I` does, see `factsForFolders`. */
  readonly facts: CompilerFacts;
  /** Absolute path of the config header; its content is part of the command line as far as keys go. */
  readonly configHeader: string;
  /** Milliseconds since 1970; infinite when the caller looks at the ages of files. */
  readonly started: number;
}

/**
 * What a compiler says of the folders that it searches with all its flags, where these say more than `-I` does.
 *
 * @param facts what it says without the flags of the module; which folders are its own is told by that
 * @param command compiler and flags
 */
export async function factsForFolders(
  answers: CompilerAnswers,
  facts: CompilerFacts,
  command: readonly string[],
  language: 'c' | 'c++',
  cwd: string,
): Promise<CompilerFacts> {
  if (!hasOtherFolders(command)) return facts;
  const { ownFolders } = facts;
  return { ...(await answers.factsOf(command, language, cwd)), ownFolders };
}

/** Whether only the compiler knows which folders it searches with these flags. */
function hasOtherFolders(flags: readonly string[]): boolean {
  return flags.some((flag) =>
    /^@|^-Wp,|^-X|^-{1,2}(?:specs|sysroot|include-|config|gcc-)|^-isysroot|^-iprefix|^-iwithprefix|^-nostdinc|^-imultilib|^-I-$|^-ivfs|^-cxx-/.test(
      flag,
    ),
  );
}

/**
 * What the compiler and its assembler say they have read, the source first; `embedded` undefined when it said nothing.
 */
export interface ToldFiles {
  readonly headers: readonly string[];
  readonly embedded: readonly string[] | undefined;
}

/**
 * Finds the inputs of an object.
 * @returns undefined when a file changed while the compiler ran, so that nobody knows which of its contents was read,
 *   or when the compiler told of none
 */
export function findUnitInputs(told: ToldFiles, hashes: FileHashes, place: UnitPlace): UnitInputs | undefined {
  const { cwd, configHeader, started, facts } = place;
  if (told.headers.length === 0) return undefined;
  const search = new SearchedPlaces(hashes, place, told.headers);
  const texts = new Texts(hashes, search, facts);
  const files = new Map<string, string>();
  for (const name of told.headers) {
    const path = resolve(cwd, name);
    const hash = hashes.hashReadSince(path, started);
    if (hash === undefined) return undefined;
    if (path !== configHeader) files.set(path, hash);
    texts.add(path, hash);
    search.shadows(name);
  }
  const [source = ''] = told.headers;
  const embedded = (told.embedded ?? []).filter(
    (name) => !isTemporary(name, cwd, hashes) && !isOnlyNamed(name, source, cwd, hashes),
  );
  for (const name of embedded) search.shadowsEmbedded(name);
  for (const path of [...texts.asked, ...embedded.map((name) => resolve(cwd, name))]) {
    const hash = hashes.hashReadSince(path, started);
    if (hash === undefined) return undefined;
    files.set(path, hash);
  }
  const { usesPaths, usesTime, mayEmbed } = texts;
  const hidden = told.embedded === undefined && (mayEmbed || facts.listsEmbedded);
  const untold = hidden ? 'its assembler does not tell which files it reads' : undefined;
  const unsure = facts.opaque ?? readsBehind(place.flags) ?? texts.unsure ?? untold;
  return { files: [...files], missing: [...search.missing], unsure, usesPaths, usesTime };
}

/**
 * Of an object of which nobody knows which contents it was made of. Those who watch files want to know the names all
 * the same.
 */
export function unknownInputs({ headers }: ToldFiles, cwd: string): UnitInputs {
  const unsure = 'nobody knows which contents of its files the compiler has read';
  return {
    files: headers.map((name) => [resolve(cwd, name), '']),
    missing: [],
    unsure,
    usesPaths: false,
    usesTime: false,
  };
}

/** Folders of `-Wa,-I`. */
function foldersOfAssembler(flags: readonly string[]): string[] {
  const words = flags.filter((flag) => flag.startsWith('-Wa,')).flatMap((flag) => flag.split(',').slice(1));
  return words.flatMap((word, i) =>
    word === '-I' ? (words[i + 1] ?? []) : word.startsWith('-I') ? word.slice(2) : [],
  );
}

/** The text that a compiler hands to its assembler. */
function isTemporary(name: string, cwd: string, hashes: FileHashes): boolean {
  return name.startsWith('{') || name === '-' || (name.endsWith('.s') && !hashes.exists(resolve(cwd, name)));
}

/** Compilers tell their assembler the name of the source without its folder (`.file`), and it lists that as a file. */
function isOnlyNamed(name: string, source: string, cwd: string, hashes: FileHashes): boolean {
  return name === basename(source) && !hashes.exists(resolve(cwd, name));
}

const SLASHES = sep === '/' ? '/' : /[\\/]/;
// A precompiled header is taken for the first one that is included.
const MAY_BE_PRECOMPILED = 4;

/**
 * The places where a file would have to appear to be taken in place of one that was read. Which line named a header is
 * not known, and need not be: below each folder that it can have been found in, its name is the rest of its path.
 */
class SearchedPlaces {
  readonly missing = new Set<string>();
  readonly #hashes: FileHashes;
  readonly #cwd: string;
  /** In the order of the search. */
  readonly #folders: readonly string[];
  /** Where the assembler looks. */
  readonly #embedding: readonly string[];
  /** Folders of files that include others. */
  readonly #includers: readonly string[];
  readonly #isSystem: (path: string) => boolean;
  #count = 0;

  constructor(hashes: FileHashes, { cwd, flags, facts }: UnitPlace, headers: readonly string[]) {
    const { quote, all, after } = searchFolders(flags);
    const absolute = (folders: readonly string[]) => folders.map((folder) => resolve(cwd, folder));
    this.#hashes = hashes;
    this.#cwd = cwd;
    // Forced includes and files for the assembler are looked for in the folder where the compiler runs.
    this.#folders = [
      ...new Set([
        cwd,
        ...absolute(quote),
        ...facts.quoteFolders,
        ...absolute(all),
        ...facts.systemFolders,
        ...absolute(after),
      ]),
    ];
    this.#embedding = [...new Set([cwd, ...absolute(all), ...absolute(foldersOfAssembler(flags))])];
    this.#isSystem = (path) => isBelow(path, facts, hashes);
    this.#includers = [...new Set(headers.map((name) => dirname(this.#spelled(name))))];
  }

  /** Notes the places before the one where a file was found. */
  shadows(name: string): void {
    const spelled = this.#spelled(name);
    const isSystem = this.#isSystem(spelled);
    if (!isSystem && this.#count++ < MAY_BE_PRECOMPILED) this.#note(dirname(spelled), `${basename(spelled)}.gch`);
    for (const path of new Set([spelled, resolve(spelled)])) {
      for (let place = this.#folders.length - 1; place >= 0; place--) {
        const folder = this.#folders[place]!;
        const rest = restBelow(path, folder);
        if (rest === undefined) continue;
        for (const before of this.#folders.slice(0, place)) this.#note(before, rest);
        for (const includer of this.#includers) {
          // The compiler's own headers name each other as they do everywhere.
          if (!isSystem || !this.#isSystem(`${includer}/`)) this.#note(includer, rest);
        }
      }
    }
  }

  /**
   * The same for a file of the assembler's: whether it looks first into the folder where it runs depends on its
   * version.
   */
  shadowsEmbedded(name: string): void {
    const path = this.#spelled(name);
    for (const folder of this.#embedding) {
      const rest = restBelow(path, folder);
      if (rest === undefined) continue;
      for (const other of this.#embedding) this.#note(other, rest);
    }
  }

  /** Looks for a header as the compiler would; returns the first file found. */
  find({ name, quoted }: AskedHeader, folder: string): string | undefined {
    const root = isAbsolute(name) ? parse(name).root : '';
    const rest = name.slice(root.length);
    for (const place of root !== '' ? [root] : quoted ? [folder, ...this.#folders] : this.#folders) {
      const path = join(place, rest);
      if (this.#hashes.exists(path)) return path;
      this.#note(place, rest);
    }
    return undefined;
  }

  /** Nothing is there as long as the first folder on the way is not. */
  #note(folder: string, rest: string): void {
    let path = folder;
    for (const part of ['.', ...rest.split(SLASHES)]) {
      path = join(path, part);
      if (this.#hashes.exists(path)) continue;
      this.missing.add(path);
      return;
    }
  }

  /** Absolute, with `..` as the compiler wrote it. */
  #spelled(name: string): string {
    return isAbsolute(name) ? name : `${this.#cwd}/${name}`;
  }
}

/** Collects what the texts of a translation unit say. */
class Texts {
  readonly asked = new Set<string>();
  unsure: string | undefined;
  usesPaths = false;
  usesTime = false;
  mayEmbed = false;
  readonly #hashes: FileHashes;
  readonly #search: SearchedPlaces;
  readonly #facts: CompilerFacts;

  constructor(hashes: FileHashes, search: SearchedPlaces, facts: CompilerFacts) {
    this.#hashes = hashes;
    this.#search = search;
    this.#facts = facts;
  }

  add(path: string, hash: string): void {
    const scan = this.#hashes.readOnce(path, hash, readSource);
    for (const asked of scan.asksFor) {
      const found = this.#search.find(asked, dirname(path));
      if (found !== undefined && this.#hashes.hash(found) !== undefined) this.asked.add(found);
    }
    this.usesTime ||= scan.usesTime;
    // The compiler's own headers ask for each other in macros, and change with the compiler only. Their assert() is
    // seen in the object when it is used.
    if (isBelow(path, this.#facts, this.#hashes)) return;
    if (scan.asksUnknown) this.unsure ??= `${path} asks for files in a way that only the compiler knows`;
    this.mayEmbed ||= scan.mayEmbed;
    this.usesPaths ||= scan.usesPaths;
  }
}

function isBehind(path: string, folder: string): boolean {
  return restBelow(path, folder) !== undefined;
}

/** Whether a file is one of the compiler's own. */
function isBelow(path: string, { ownFolders }: CompilerFacts, hashes: FileHashes): boolean {
  // Compilers print where links among their own folders lead.
  return ownFolders.some((folder) => isBehind(path, folder) || isBehind(path, hashes.end(folder) || folder));
}

function readSource(bytes: Buffer): SourceScan {
  return scanSource(bytes.toString('latin1'));
}
