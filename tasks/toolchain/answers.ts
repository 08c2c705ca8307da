import { readdirSync } from 'node:fs';
import { basename, delimiter, isAbsolute, join, resolve } from 'node:path';
import { placeOfZig, searchFolders } from '../../natmod-rules/compile/index.ts';
import { readSearched, readVerbose } from '../../natmod-rules/compile/messages.ts';
import { FileHashes, lookAt } from '../system/file-hashes.ts';
import { isScript } from '../system/file-head.ts';
import type { Answered } from '../system/file-trace.ts';
import { hashOf } from '../system/hash.ts';
import { runProcess } from '../system/processes.ts';
import { filesOfFlags } from './flag-files.ts';
import { compileNothing } from './nothing.ts';

/** What tells one compiler from another. */
export interface CompilerFacts {
  /**
   * Changes with everything that can change the objects it makes: driver, version, target, compiler proper, assembler.
   */
  readonly id: string;
  /** Changes also when a library or specs file is installed beside it. */
  readonly installation: string;
  /** Where it looks for headers by itself, and where the flags it was asked with say, in order. */
  readonly systemFolders: readonly string[];
  /** Folders for `#include "..."` alone, which flags or the environment bring. */
  readonly quoteFolders: readonly string[];
  /** The folders that come with it: those it has without flags and environment. */
  readonly ownFolders: readonly string[];
  /** Whether its assembler writes a list of the files that it reads. */
  readonly listsEmbedded: boolean;
  /**
   * What nobody can see into, such as a script that runs the real compiler; undefined when the compiler is what it
   * seems.
   */
  readonly opaque: string | undefined;
  /** The programs that take part: under which names they were searched, and where they are. */
  readonly programs: readonly (readonly [name: string, path: string])[];
}

/**
 * A program that takes part, by the name under which it was searched; `look` is empty when it was too young to tell by
 * that.
 */
type NotedProgram = readonly [name: string, path: string, content: string, look: string];

interface NotedFacts {
  readonly programs: readonly NotedProgram[];
  readonly libraryFolders: readonly string[];
  readonly systemFolders: readonly string[];
  readonly quoteFolders: readonly string[];
  readonly ownFolders: readonly string[];
  readonly listsEmbedded: boolean;
  readonly version: string;
  /** Specs files that were read, with hashes. */
  readonly specs: readonly (readonly [path: string, content: string])[];
  readonly opaque?: string;
}

interface NotedAnswer {
  readonly installation: string;
  readonly answer: string;
  /** For a question about a file. */
  readonly searched: Searched;
}

/** Where the answer comes from: folders, also those that are not there, and specs files. */
type Searched = ReturnType<typeof readSearched>;

const NOWHERE: Searched = { folders: [], specs: [] };

/** What compilers said, by question; it outlives a build where its owner keeps it. */
export interface AnswerNotes {
  /** @param question a hash */
  get(question: string): unknown;
  set(question: string, answer: unknown): void;
}

/**
 * What compilers answer about themselves, asked once. Noted answers of earlier builds hold while the search for each
 * program of the compiler finds the same file with the same content.
 */
export class CompilerAnswers {
  readonly #hashes: FileHashes;
  readonly #notes: AnswerNotes | undefined;
  readonly #facts = new Map<string, Promise<CompilerFacts>>();
  readonly #answers = new Map<string, Promise<string>>();
  readonly #searched = new Map<string, Promise<Searched>>();
  /** Of questions, as of this round. */
  readonly #keys = new Map<string, string>();

  /** @param notes left out: each round asks anew */
  constructor(hashes: FileHashes = new FileHashes(), notes?: AnswerNotes) {
    this.#hashes = hashes;
    this.#notes = notes;
  }

  /** Begins a new round: what was answered is looked at again. */
  nextRound(): void {
    for (const map of [this.#facts, this.#answers, this.#searched, this.#keys]) map.clear();
  }

  /**
   * Tells who a compiler is. It is run once; after that, looking at its programs tells whether it is still the same.
   * @param command its path, launcher before and flags such as `-specs=` behind it
   * @param language chooses the compiler proper and the folders of headers
   * @param cwd folder that relative paths in flags start from
   */
  factsOf(command: readonly string[], language: 'c' | 'c++' = 'c', cwd = resolve('.')): Promise<CompilerFacts> {
    const key = this.#key(command, `-v ${language}`, cwd);
    return memo(this.#facts, key, () => this.#findFacts(key, command, language, cwd));
  }

  /**
   * What a compiler answers to a question such as `-print-file-name=libm.a`, without line end; nothing when it fails.
   * An answer holds until a program of the compiler changes, or a folder where it looks for the variants of libraries
   * that the flags choose.
   */
  ask(command: readonly string[], question: string): Promise<string> {
    const key = this.#key(command, question, resolve('.'));
    return memo(this.#answers, key, async () => {
      if (this.#notes === undefined) return (await answer(command, question)).text;
      const { installation, opaque } = await this.factsOf(command.slice(0, flagsOf(command)));
      const known = this.#notes.get(key) as NotedAnswer | undefined;
      const holds = known !== undefined && known.installation === this.#installed(installation, known.searched);
      if (holds && opaque === undefined) return known.answer;
      const searched = question.startsWith('-print-') ? await this.#foldersOf(command) : NOWHERE;
      const before = this.#installed(installation, searched);
      const { text, isWhole } = await answer(command, question);
      if (isWhole) this.#notes.set(key, { installation: before, answer: text, searched } satisfies NotedAnswer);
      return text;
    });
  }

  /** The files, absolute, that would be the answer to a question if they were there. */
  async placesBefore({ command, question, answer }: Answered): Promise<string[]> {
    const runtime = question === '-print-libgcc-file-name' ? 'libgcc.a' : undefined;
    const file = /^-print-file-name=(.+)$/.exec(question)?.[1] ?? runtime;
    if (file === undefined) return [];
    const places = (await this.#foldersOf(command)).folders.map((folder) => join(folder, file));
    const end = places.indexOf(resolve(answer));
    return end === -1 ? places : places.slice(0, end);
  }

  #installed(installation: string, { folders, specs }: Searched): string {
    const files = specs.map((path) => this.#hashes.hash(path) ?? '');
    return hashOf(JSON.stringify([installation, folders.map(lookAt), files]));
  }

  #foldersOf(command: readonly string[]): Promise<Searched> {
    return memo(this.#searched, JSON.stringify(command), async () => {
      const { output } = await runProcess([...command, '-v', '-print-search-dirs'], { cwd: resolve('.') });
      const { folders, specs } = readSearched(output);
      return { folders: folders.map((folder) => resolve(folder)), specs };
    });
  }

  /** The hash of all files below folders, with their names. */
  contentOf(folders: readonly string[]): string {
    const files = folders.flatMap((folder) =>
      namesBelow(folder).map((name) => [name, this.#hashes.hash(join(folder, name))]),
    );
    return hashOf(JSON.stringify(files));
  }

  /** Files that flags name are part of the question, because they can hold more flags. */
  #key(command: readonly string[], question: string, cwd: string): string {
    const asked = JSON.stringify([command, question, cwd]);
    const known = this.#keys.get(asked) ?? this.#makeKey(command, question, cwd);
    this.#keys.set(asked, known);
    return known;
  }

  #makeKey(command: readonly string[], question: string, cwd: string): string {
    const files = filesOfFlags(
      command.filter((word) => word.startsWith('@')),
      cwd,
      this.#hashes,
    );
    const environment = environmentOfCompilers();
    const folder = dependsOnFolder(command, environment) ? cwd : '';
    return hashOf(JSON.stringify([command, question, files, environment, folder]));
  }

  async #findFacts(key: string, command: readonly string[], language: string, cwd: string): Promise<CompilerFacts> {
    let known = this.#notes?.get(key) as NotedFacts | undefined;
    if (known === undefined || known.opaque !== undefined || !this.#holds(known, cwd)) {
      known = await this.#interview(command, language, cwd);
      this.#notes?.set(key, known);
    }
    const { programs, libraryFolders, version, specs, opaque, ...rest } = known;
    const contents = programs.map(([name, , content]) => [basename(name), content]);
    const id = hashOf(JSON.stringify([contents, version, specs, rest]));
    return {
      ...rest,
      opaque,
      programs: programs.map(([name, path]) => [name, path] as const),
      id,
      installation: hashOf(JSON.stringify([id, libraryFolders.map(lookAt)])),
    };
  }

  #holds({ programs, specs }: NotedFacts, cwd: string): boolean {
    // A build in a new folder has read none of these files yet, and compilers are large.
    for (const [, path, hash, look] of programs) if (look !== '') this.#hashes.learn(path, { look, hash });
    return (
      programs.every(
        ([name, path, content]) => this.#hashes.program(name, cwd) === path && this.#hashes.hash(path) === content,
      ) && specs.every(([path, content]) => this.#hashes.hash(path) === content)
    );
  }

  /** Compiling nothing shows which programs take part, in which folders they look, and all versions. */
  async #interview(command: readonly string[], language: string, cwd: string): Promise<NotedFacts> {
    const asked = command.filter((word) => !MAKES_FILES.test(word));
    const { output, lists: listsEmbedded } = await compileNothing([...asked, '-v', '-x', language], cwd);
    const told = readVerbose(output);
    const own = programsOf(command);
    const places = [...new Set([...own, ...told.programs])].map(
      (name) => [name, this.#hashes.program(name, cwd)] as const,
    );
    await this.#hashes.readAhead(places.map(([, path]) => path));
    const programs = places.flatMap(([name, path]): NotedProgram[] => {
      const content = path === '' ? undefined : this.#hashes.hash(path);
      return content === undefined ? [] : [[name, path, content, this.#hashes.lookOfHash(path) ?? '']];
    });
    const inPlace = (folders: readonly string[]) => folders.map((folder) => resolve(cwd, folder));
    const launcher = own.length > 1 || programs.some(([, path]) => isLauncher(this.#hashes.end(path)));
    const systemFolders = inPlace([...told.absentFolders, ...told.systemFolders]);
    const brought = new Set(foldersOfFlagsAndEnvironment(command, cwd));
    const script = own.map((name) => this.#hashes.program(name, cwd)).find(isScript);
    return {
      programs,
      libraryFolders: [...new Set(inPlace(told.libraryFolders))],
      // Folders that are not there come first: a header in one of them would go before others once it is made.
      systemFolders,
      quoteFolders: inPlace(told.quoteFolders),
      ownFolders: systemFolders.filter((folder) => !brought.has(folder)),
      specs: told.specs.map((path) => [path, this.#hashes.hash(path) ?? '']),
      // A launcher that has the object already does not run the assembler, or would not know of a second file that it
      // writes.
      listsEmbedded: listsEmbedded && !launcher,
      version: told.version,
      ...(script === undefined ? {} : { opaque: `${script} is a script` }),
    };
  }
}

/** Flags that would make files of nothing. */
const MAKES_FILES = /^-(?:save-temps|fdump|d[A-Z]|fprofile|-?coverage|ftest|fstack-usage|fcallgraph|gsplit|M[DMPG]*$)/;

/** A flag that is not taken is an answer too; a compiler that was killed has given none. */
async function answer(command: readonly string[], question: string): Promise<{ text: string; isWhole: boolean }> {
  const { status, stdout } = await runProcess([...command, question], { cwd: resolve('.') });
  return { text: status === 0 ? stdout.trim() : '', isWhole: status !== undefined };
}

/** Variables of the environment by which compilers find their parts and headers, or that choose what they print. */
const ENVIRONMENT = [
  ...['PATH', 'GCC_EXEC_PREFIX', 'COMPILER_PATH', 'LIBRARY_PATH', 'CPATH', 'C_INCLUDE_PATH', 'CPLUS_INCLUDE_PATH'],
  ...['SOURCE_DATE_EPOCH', 'CCC_OVERRIDE_OPTIONS', 'CLANG_CONFIG_FILE_SYSTEM_DIR', 'CLANG_CONFIG_FILE_USER_DIR'],
  ...['LANG', 'LC_ALL', 'LC_CTYPE', 'LC_MESSAGES', 'LANGUAGE', 'TARGET_CPU', 'MACOSX_DEPLOYMENT_TARGET'],
];

/** Those of them that are set, without PATH: what a search on it finds is noted apart. */
export function environmentOfCompilers(): readonly (readonly [name: string, value: string])[] {
  return ENVIRONMENT.flatMap((name) => {
    const value = name === 'PATH' ? undefined : process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
}

/** The words of a command that are programs: a launcher and the compiler. `zig clang` is one program. */
function programsOf(command: readonly string[]): string[] {
  const place = placeOfZig(command);
  return command.slice(0, flagsOf(command)).filter((_, i) => place === undefined || i !== place + 1);
}

const LAUNCHERS = ['ccache', 'sccache', 'distcc', 'icecc', 'buildcache'];

/** Whether a program is a launcher of compilers; Debian puts links to ccache under the names of compilers. */
export function isLauncher(path: string): boolean {
  return LAUNCHERS.includes(basename(path).replace(/\.exe$/i, ''));
}

/** Flags that name no file, or name it wherever one is. */
const ANYWHERE = /^-(?:[xEv]$|[mfgOW][\w=+,.-]*|std=[\w+]+|[DU]\w+(?:=[\w.]*)?|(?:-?specs=|I|isystem|-sysroot=)\/.*)$/;

/**
 * Whether a compiler could answer otherwise in another folder: relative names among its words or in the environment.
 */
function dependsOnFolder(
  command: readonly string[],
  environment: readonly (readonly [name: string, value: string])[],
): boolean {
  const start = flagsOf(command);
  const flags = command.slice(start);
  if (!command.slice(0, start).every((word) => isAbsolute(word))) return true;
  if (!flags.every((flag, i) => flags[i - 1] === '-x' || ANYWHERE.test(flag))) return true;
  const searched = [process.env.PATH ?? '', ...environment.map(([, value]) => value)].filter((value) =>
    /[/\\]/.test(value),
  );
  return searched.some((value) => value.split(delimiter).some((place) => !isAbsolute(place)));
}

/** Folders of headers that are the user's, and not the compiler's. */
function foldersOfFlagsAndEnvironment(command: readonly string[], cwd: string): string[] {
  const { quote, all, after } = searchFolders(command);
  const variables = ['CPATH', 'C_INCLUDE_PATH', 'CPLUS_INCLUDE_PATH'].flatMap((name) =>
    (process.env[name] ?? '').split(delimiter),
  );
  return [...quote, ...all, ...after, ...variables].map((folder) => resolve(cwd, folder));
}

function namesBelow(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  } catch {
    // A folder that is not there has no files.
    return [];
  }
}

/** Where the flags begin; the words before are a launcher and the compiler. */
function flagsOf(command: readonly string[]): number {
  const index = command.findIndex((word) => word.startsWith('-') || word.startsWith('@'));
  return index === -1 ? command.length : index;
}

function memo<T>(map: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
