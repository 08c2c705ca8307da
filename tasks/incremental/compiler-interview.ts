/**
 * What a compiler does when it is asked as an object is compiled, flags and all: for make, which starts it by itself.
 */
import { realpathSync } from 'node:fs';
import { devNull } from 'node:os';
import { resolve } from 'node:path';
import { searchFolders } from '../../natmod-rules/compile/index.ts';
import { lookAt } from '../system/file-hashes.ts';
import { findProgram } from '../system/find-program.ts';
import { hashOf } from '../system/hash.ts';
import { realPlace } from '../system/if-there.ts';
import { runProcess } from '../system/processes.ts';
import { isLauncher } from '../toolchain/answers.ts';
import type { Search } from './made-files.ts';

export interface Interview {
  /** Changes with the programs that take part, what they are told, and where they look. */
  readonly id: string;
  readonly search: Search;
  /** Whether its assembler writes a list of the files that it reads. */
  readonly listsEmbedded: boolean;
}

/**
 * Asks a compiler. What it says holds also for scripts that run another one: the whole command line of the compiler
 * proper is in it, with what scripts and files of flags have added.
 *
 * @param command compiler and flags
 * @returns undefined when it cannot be started
 */
export async function interview(command: readonly string[], cxx: boolean): Promise<Interview | undefined> {
  const asked = command.filter((word) => !MAKES_FILES.test(word));
  const languages = cxx ? ['c', 'c++'] : ['c'];
  const answers = await Promise.all(languages.map((language) => ask([...asked, '-x', language])));
  if (answers.some((answer) => answer === undefined)) return undefined;
  const outputs = answers.map((answer) => answer!.output);
  const all = outputs.join('\n');
  const programs = programsIn(command, all);
  const looks = programs.map((path) => [path, lookAt(path)]);
  // One that has the object already does not run the assembler, or does not keep a second file that it writes.
  const isLaunched = programs.some((path) => isLauncher(realpathSync(path)));
  return {
    id: hashOf(JSON.stringify([all, looks, VARIABLES.map((name) => process.env[name])])),
    search: searchOf(asked, all),
    listsEmbedded: answers.every((answer) => answer!.lists) && !isLaunched,
  };
}

/** Flags that would make files of nothing. */
const MAKES_FILES = /^-(?:save-temps|fdump|d[A-Z]|fprofile|-?coverage|ftest|fstack-usage|fcallgraph|gsplit|M[DMPG]*$)/;
/**
 * Variables that choose what a compiler makes, besides those whose effect is in its answer (GCC's manual, Environment
 * Variables).
 */
const VARIABLES = [
  'SOURCE_DATE_EPOCH',
  'CPATH',
  'C_INCLUDE_PATH',
  'CPLUS_INCLUDE_PATH',
  'GCC_EXEC_PREFIX',
  'LANG',
  'LC_ALL',
  'LC_CTYPE',
];

async function ask(command: readonly string[]): Promise<{ output: string; lists: boolean } | undefined> {
  const question = [...command, '-v', '-c', devNull, '-o', devNull];
  const first = await runProcess([...question, `-Wa,--MD,${devNull}`], { cwd: resolve('.') });
  if (first.startError !== undefined) return undefined;
  const lists = first.status === 0;
  const { output } = lists ? first : await runProcess(question, { cwd: resolve('.') });
  return { output: withoutTemporary(output), lists };
}

/**
 * Without names of temporary files, and without how many jobs make runs, which GCC tells when it was given no place
 * among them.
 */
function withoutTemporary(output: string): string {
  return output.replace(/\S*\/(?:cc\w{6}|null-\w+)\.\w+/g, 'temporary').replace(/^MAKEFLAGS=.*\n/gm, '');
}

/** The programs that were started, and the words that started them. */
function programsIn(command: readonly string[], output: string): string[] {
  const first = command.findIndex((word) => /^[-@]/.test(word));
  const own = first === -1 ? command : command.slice(0, first);
  const started = [...output.matchAll(/^ "?([^\s"]+)"? .*$|^COLLECT_GCC=(.+)$/gm)].map(
    (match) => match[1] ?? match[2]!,
  );
  const paths = [...own, ...started].map((name) => findProgram(name, resolve('.')));
  return [...new Set(paths.filter((path) => path !== undefined))];
}

function searchOf(command: readonly string[], output: string): Search {
  const listed = [...output.matchAll(/^#include (?:"\.\.\."|<\.\.\.>) .*\n((?: .*\n)*)/gm)].flatMap((match) =>
    match[1]!.split('\n').filter((line) => line !== ''),
  );
  const absent = [...output.matchAll(/^ignoring nonexistent directory "(.*)"$/gm)].map((match) => match[1]!);
  const absolute = (name: string) => resolve(name.replace(/ \(.*\)$/, '').trim());
  const { quote, all, after } = searchFolders(command);
  const ofEnvironment = VARIABLES.slice(1, 4).flatMap((name) => (process.env[name] ?? '').split(':'));
  const named = new Set([...quote, ...all, ...after, ...ofEnvironment, '.'].map((name) => resolve(name)));
  const folders = [...new Set([...listed, ...absent].map(absolute))];
  const ofCompiler = folders.filter((folder) => !named.has(folder));
  // Where a folder is a link, compilers list what they read by the place that it leads to.
  const real = ofCompiler.map(realPlace).filter((folder) => !named.has(folder));
  return { folders, ofCompiler: [...new Set([...ofCompiler, ...real])] };
}
