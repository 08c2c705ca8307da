import { readFileSync, statSync } from 'node:fs';
import { devNull } from 'node:os';
import { resolve } from 'node:path';
import { placeOfZig } from '../../natmod-rules/compile/index.ts';
import { hashOf, lookAt } from '../incremental/file-hashes.ts';
import { findProgram } from '../system/find-program.ts';
import { runProcess } from '../system/processes.ts';

/** What tells one compiler from another. */
export interface CompilerFacts {
  /** Changes with everything that can change the objects it makes: driver, version, target, compiler proper, assembler. */
  readonly id: string;
  /** Changes also when a library or specs file is installed beside it. */
  readonly installation: string;
  /** Where it looks for headers by itself, in order. */
  readonly systemFolders: readonly string[];
}

interface NotedFacts {
  readonly programs: readonly (readonly [path: string, look: string, content: string])[];
  readonly libraryFolders: readonly string[];
  readonly systemFolders: readonly string[];
  readonly version: string;
}

interface NotedAnswer {
  readonly installation: string;
  readonly answer: string;
}

let noted: Record<string, unknown> = {};
const facts = new Map<string, Promise<CompilerFacts>>();
const answers = new Map<string, Promise<string>>();

/** Begins a build: what compilers said in earlier ones is taken from `notes` where it still holds, and added there. */
export function rememberAnswers(notes: Record<string, unknown>): void {
  noted = notes;
  facts.clear();
  answers.clear();
}

/**
 * Tells who a compiler is. It is run once; after that, looking at its programs tells whether it is still the same.
 * @param command its path, launcher before and flags such as `-specs=` behind it
 * @param language chooses the compiler proper and the folders of headers
 */
export function factsOf(command: readonly string[], language: 'c' | 'c++' = 'c'): Promise<CompilerFacts> {
  return memo(facts, questionKey(command, `-v ${language}`), () => findFacts(command, language));
}

/**
 * What a compiler answers to a question such as `-print-file-name=libm.a`, without line end; nothing when it fails. An answer
 * holds until a program or folder of the compiler changes.
 */
export function ask(command: readonly string[], question: string): Promise<string> {
  const key = questionKey(command, question);
  return memo(answers, key, async () => {
    const { installation } = await factsOf(command.slice(0, flagsOf(command)));
    const known = noted[key] as NotedAnswer | undefined;
    if (known?.installation === installation) return known.answer;
    const result = await runProcess([...command, question], { cwd: resolve('.') });
    const answer = result.status === 0 ? result.stdout.trim() : '';
    if (result.status === 0) noted[key] = { installation, answer } satisfies NotedAnswer;
    return answer;
  });
}

/** Variables of the environment by which GCC finds its parts and headers (its manual, Environment Variables). */
const ENVIRONMENT = [
  'PATH',
  'GCC_EXEC_PREFIX',
  'COMPILER_PATH',
  'LIBRARY_PATH',
  'CPATH',
  'C_INCLUDE_PATH',
  'CPLUS_INCLUDE_PATH',
];

function questionKey(command: readonly string[], question: string): string {
  return hashOf(JSON.stringify([command, question, ENVIRONMENT.map((name) => process.env[name])]));
}

async function findFacts(command: readonly string[], language: string): Promise<CompilerFacts> {
  const key = questionKey(command, `-v ${language}`);
  let known = noted[key] as NotedFacts | undefined;
  if (known === undefined || known.programs.some(([path, look]) => lookAt(path) !== look)) {
    known = await interview(command, language);
    noted[key] = known;
  }
  const { programs, libraryFolders, systemFolders, version } = known;
  const id = hashOf(JSON.stringify([programs.map(([path, , content]) => [path, content]), version, systemFolders]));
  return { id, systemFolders, installation: hashOf(JSON.stringify([id, libraryFolders.map(lookAt)])) };
}

/** Compiling nothing shows which programs take part, in which folders they look, and all versions. */
async function interview(command: readonly string[], language: string): Promise<NotedFacts> {
  const { output } = await runProcess([...command, '-v', '-x', language, '-c', devNull, '-o', devNull], {
    cwd: resolve('.'),
  });
  const started = [...output.matchAll(/^ "?([^\s"]+)"? .*$/gm)].map((match) => match[1]!);
  const parts = [...programsOf(command), ...started]
    .map((name) => findProgram(name, resolve('.')))
    .filter((path) => path !== undefined);
  const absent = [...output.matchAll(/^ignoring nonexistent directory "(.*)"$/gm)].map((match) => resolve(match[1]!));
  const list = /^#include <\.\.\.> .*\n((?: .*\n)*)/m.exec(output)?.[1] ?? '';
  const libraries = /^LIBRARY_PATH=(.*)$/m.exec(output)?.[1]?.split(':') ?? [];
  return {
    programs: [...new Set(parts)].map((path) => [path, lookAt(path), contentOf(path)]),
    libraryFolders: [...new Set(libraries.filter((path) => path !== '').map((path) => resolve(path)))],
    // Folders that are not there come first: a header in one of them would go before others once it is made.
    systemFolders: [...absent, ...list.split('\n').flatMap(toFolder)],
    version: (output.match(/^(?:Target|Configured with|Thread model|\S.* version ).*$/gm) ?? []).join('\n'),
  };
}

/** `zig clang` is one program. */
function programsOf(command: readonly string[]): string[] {
  const place = placeOfZig(command);
  return command.filter((word, i) => !word.startsWith('-') && (place === undefined || i !== place + 1));
}

const LARGE = 4 * 1024 * 1024;

/** Wrapper scripts and drivers are compared by content; compilers proper are large, and their size and time tell enough. */
function contentOf(path: string): string {
  const { size, mtimeMs } = statSync(path);
  return size > LARGE ? `${size} ${mtimeMs}` : hashOf(readFileSync(path));
}

function toFolder(line: string): string[] {
  return line === '' ? [] : [resolve(line.replace(/ \(.*\)$/, '').trim())];
}

/** Where the flags begin; the words before are a launcher and the compiler. */
function flagsOf(command: readonly string[]): number {
  const index = command.findIndex((word) => word.startsWith('-'));
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
