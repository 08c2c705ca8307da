/**
 * What objects were made of that make compiled: what the compiler and the assembler say, and where they looked before.
 */
import { readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { readDependencies, searchFolders, splitWords } from '../../natmod-rules/compile/index.ts';
import { exists } from '../system/look.ts';
import type { MadeFiles, MadeOf, Search } from './made-files.ts';

/** Notes all objects and parts that our rules have made and that are not noted yet. */
export function observeObjects(made: MadeFiles, cwd: string): void {
  const lists = new Map([...made.lists()].map(({ output, list }) => [output, list]));
  // Headers are read by many objects, and do not change while this looks at them.
  const scans: Scans = new Map();
  made.observe(lists.keys(), (output) => {
    const list = join(made.buildDir, lists.get(output)!);
    return findMadeOf(list, made.search, cwd, scans);
  });
}

function findMadeOf(list: string, search: Search, cwd: string, scans: Scans): MadeOf | undefined {
  const text = readFileSync(list, 'utf8');
  const command = /^natmod_did_\S+ := \|(.*)\|$/m.exec(text)?.[1];
  if (command === undefined) return undefined;
  const read = readDependencies(text);
  const embedded = readEmbedded(`${list.slice(0, -2)}.ad`);
  const unit = new Unit(search, flagsOf(command, cwd), cwd, scans);
  for (const name of read) unit.add(name);
  for (const name of embedded ?? []) {
    // The compiler tells the assembler the source's name without its folder. Whether such a file appears is looked at
    // all the same.
    if (read[0] !== undefined && name === basename(read[0]) && !exists(resolve(cwd, name))) unit.spell(name);
    else unit.add(name);
  }
  for (const name of read) unit.scan(name, embedded !== undefined);
  return unit.isUnsure || read.length === 0 ? undefined : unit.madeOf();
}

/** What the assembler says it has read, without the compiler's temporary file; undefined when it was not asked. */
function readEmbedded(list: string): string[] | undefined {
  try {
    return readDependencies(readFileSync(list, 'utf8')).filter((name) => !isTemporary(name) && !/^[-{]/.test(name));
  } catch {
    // Nobody asked the assembler, or it is one that does not tell.
    return undefined;
  }
}

function isTemporary(name: string): boolean {
  return /(?:^|\/)cc\w+\.s$/.test(name) && !exists(resolve(name));
}

interface Flags {
  readonly folders: readonly string[];
  /** Files that hold more flags. */
  readonly files: readonly string[];
}

/** What the command line of one object names. */
function flagsOf(command: string, cwd: string): Flags {
  const files: string[] = [];
  const expand = (words: readonly string[]): string[] =>
    words.flatMap((word) => {
      if (/^-W[ap],/.test(word)) return word.split(',').slice(1);
      const path = resolve(cwd, word.slice(1));
      if (!word.startsWith('@') || files.includes(path) || !exists(path)) return [word];
      files.push(path);
      return expand(splitWords(readFileSync(path, 'latin1'), word));
    });
  const words = expand(splitWords(command.replaceAll('$(natmod_hash)', '#').replaceAll('$$', '$'), 'command'));
  const { quote, all, after } = searchFolders(words);
  return { folders: [...quote, ...all, ...after], files };
}

const ASKS = /__has_(?:include|include_next|embed)\b/g;
const ASKS_PLAINLY = /__has_include(?:_next)?[ \t]*\([ \t]*(?:"([^"\n]+)"|<([^>\n]+)>)[ \t]*\)/g;
const ASKS_FOR_ITSELF = /\b(?:defined[ \t]*\(?|ifdef|ifndef)[ \t]*__has_(?:include|include_next|embed)\b/g;

class Unit {
  readonly #cwd: string;
  readonly #folders: Set<string>;
  readonly #ofCompiler: readonly string[];
  readonly #files = new Set<string>();
  readonly #spelled = new Set<string>();
  readonly #scans: Scans;
  isUnsure = false;

  constructor({ folders, ofCompiler }: Search, own: Flags, cwd: string, scans: Scans) {
    this.#cwd = cwd;
    this.#scans = scans;
    this.#folders = new Set([cwd, ...folders, ...own.folders.map((name) => resolve(cwd, name))]);
    this.#ofCompiler = ofCompiler;
    for (const file of own.files) this.#files.add(file);
  }

  /** Adds a file that was read. */
  add(name: string): void {
    const path = resolve(this.#cwd, name);
    this.#files.add(path);
    this.#folders.add(dirname(path));
  }

  /** Adds a name that nothing was found under. */
  spell(name: string): void {
    this.#spelled.add(name);
  }

  /** Looks through a text for what no list tells. */
  scan(name: string, hasList: boolean): void {
    const path = resolve(this.#cwd, name);
    if (this.#ofCompiler.some((folder) => path.startsWith(`${folder}/`))) return;
    const { asked, isOpen, embeds } = scanText(path, this.#scans);
    for (const each of asked) this.#spelled.add(each);
    if (isOpen || (embeds && !hasList)) this.isUnsure = true;
  }

  /**
   * A file was found in one of the folders under some name, so one of that name in any other folder may go before it:
   * whatever the source calls it, by which macro, and in which order the folders are searched.
   */
  madeOf(): MadeOf {
    for (const path of this.#files)
      for (const folder of this.#folders)
        if (path.startsWith(`${folder}/`)) this.#spelled.add(path.slice(folder.length + 1));
    const names = new Set<string>();
    for (const name of this.#spelled) for (const folder of this.#folders) names.add(resolve(folder, name));
    for (const path of this.#files) names.delete(path);
    return { files: [...this.#files], names: [...names] };
  }
}

interface Scan {
  readonly asked: readonly string[];
  /** It asks for a file whose name is not written out. */
  readonly isOpen: boolean;
  readonly embeds: boolean;
}

/** By path. */
type Scans = Map<string, Scan>;

function scanText(path: string, scans: Scans): Scan {
  let scan = scans.get(path);
  if (scan === undefined) {
    const text = readFileSync(path, 'latin1');
    const count = (pattern: RegExp) => [...text.matchAll(pattern)].length;
    const asked = [...text.matchAll(ASKS_PLAINLY)].map((match) => (match[1] ?? match[2])!);
    const isOpen = count(ASKS) > asked.length + count(ASKS_FOR_ITSELF);
    // A macro takes its name from somewhere else.
    scan = { asked, isOpen, embeds: /\.inc|embed/.test(text) };
    scans.set(path, scan);
  }
  return scan;
}
