/**
 * What objects and bytecode were made of that make had made: the same that `natmod build` observes of its own, found
 * out from the command that make ran and from the lists that the compiler and the assembler wrote.
 */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { languageOf, readDependencies, shellWork, splitWords } from '../../natmod-rules/compile/index.ts';
import type { FileHashes } from '../system/file-hashes.ts';
import { readMade } from '../system/files.ts';
import { findProgram } from '../system/find-program.ts';
import { hashOf } from '../system/hash.ts';
import { type CompilerAnswers, type CompilerFacts, environmentOfCompilers } from '../toolchain/answers.ts';
import { filesOfFlags } from '../toolchain/flag-files.ts';
import type { MadeFiles, MadeOf } from './made-files.ts';
import { openSession, type Session } from './session.ts';
import { factsForFolders, findUnitInputs } from './unit-inputs.ts';
import { writesBeside } from './unit-key.ts';

/** The compiler of a module, for make. */
export interface MakeCompiler {
  /** Changes with the programs that take part, what they are told, and where they look. */
  readonly id: string;
  /** Whether its assembler writes a list of the files that it reads. */
  readonly listsEmbedded: boolean;
}

/**
 * Asks who a compiler is.
 *
 * @param words compiler and flags
 * @returns undefined when there is none
 */
export async function identify(
  { answers, hashes }: Session,
  words: readonly string[],
  cxx: boolean,
): Promise<MakeCompiler | undefined> {
  const cwd = resolve('.');
  const { compiler, flags } = splitCommand(words);
  if (findProgram(compiler[0] ?? '', cwd) === undefined) return undefined;
  const languages = cxx ? (['c', 'c++'] as const) : (['c'] as const);
  const facts = await Promise.all(languages.map((language) => factsOf(answers, compiler, flags, language, cwd)));
  const ids = facts.map(({ id }) => id);
  return {
    id: hashOf(JSON.stringify([ids, environmentOfCompilers(), filesRead(flags, cwd, hashes)])),
    listsEmbedded: facts.every(({ listsEmbedded }) => listsEmbedded),
  };
}

/** Not what a flag has the compiler write: that is new after every compilation. */
function filesRead(flags: readonly string[], ...rest: [cwd: string, hashes: FileHashes]) {
  return filesOfFlags(
    flags.filter((flag) => !writesBeside(flag)),
    ...rest,
  );
}

/** Notes all objects and parts that our rules have made and that are not noted yet. */
export async function observeObjects(made: MadeFiles, cwd: string): Promise<void> {
  const lists = new Map([...made.lists()].map(({ output, list }) => [output, list]));
  const session = openSession(made.buildDir, { cache: true, cacheUrl: '' });
  await made.observe(lists.keys(), (output) => {
    const list = join(made.buildDir, lists.get(output)!);
    return output.endsWith('.mpy') ? partMadeOf(list, cwd) : objectMadeOf(list, session, cwd);
  });
  await session.save();
}

/** Bytecode is made of its source alone; who made it is in the command, which make compares. */
function partMadeOf(list: string, cwd: string): MadeOf {
  const sources = readDependencies(readFileSync(list, 'utf8'));
  return { files: sources.map((name) => resolve(cwd, name)), names: [] };
}

async function objectMadeOf(list: string, { answers, hashes }: Session, cwd: string): Promise<MadeOf | undefined> {
  const text = readFileSync(list, 'utf8');
  const command = commandIn(text);
  if (command === undefined) return undefined;
  const { compiler, flags } = command;
  const embedded = readMade(`${list.slice(0, -2)}.ad`)?.toString('utf8');
  const headers = readDependencies(text);
  const facts = await factsOf(answers, compiler, flags, languageOf(headers[0] ?? ''), cwd);
  const inputs = findUnitInputs(
    { headers, embedded: embedded === undefined ? undefined : readDependencies(embedded) },
    hashes,
    // How old files are is asked by who notes this.
    { cwd, flags, facts, configHeader: '', started: Number.POSITIVE_INFINITY },
  );
  if (inputs === undefined || inputs.unsure !== undefined) return undefined;
  const programs = facts.programs.map(([name, path]) => [name, path] as const);
  const files = [
    ...inputs.files.map(([path]) => path),
    ...filesRead(flags, cwd, hashes).map(([name]) => resolve(cwd, name)),
    ...programs.map(([, path]) => path),
  ];
  return { files: [...new Set(files)], names: inputs.missing, programs };
}

interface Command {
  readonly compiler: readonly string[];
  readonly flags: readonly string[];
}

// -MD -MP -MF LIST -MT OBJECT before the flags of the module, -o OBJECT -c SOURCE behind them.
const WORDS_BEFORE = 6;
const WORDS_BEHIND = 4;

/** The command that the rules note in a list; undefined when only a shell knows its words. */
function commandIn(list: string): Command | undefined {
  const noted = /^natmod_did_\S+ := \|\S+ (.*)\|$/m.exec(list)?.[1];
  const line = noted?.replaceAll('$(natmod_hash)', '#').replaceAll('$$', '$');
  if (line === undefined || shellWork(line) !== undefined) return undefined;
  const words = splitWords(line, 'command');
  const at = words.indexOf('-MD');
  const before = words.slice(0, at).filter((word) => !word.startsWith('-Wa,--MD,'));
  return splitCommand([...before, ...words.slice(at + WORDS_BEFORE, -WORDS_BEHIND)]);
}

function splitCommand(words: readonly string[]): Command {
  const first = words.findIndex((word) => /^[-@]/.test(word));
  const end = first === -1 ? words.length : first;
  return { compiler: words.slice(0, end), flags: words.slice(end) };
}

// They choose the CPU, and with it which of its folders and programs a compiler takes.
const OF_MACHINE = /^-(?:m|-?specs=|-?target\b)/;
// They say nothing of folders and programs, and differ from module to module.
const SAYS_NOTHING = /^-[DUW](?![alp],)./;

/** What a compiler is with the flags of an object. */
async function factsOf(
  answers: CompilerAnswers,
  compiler: readonly string[],
  flags: readonly string[],
  language: 'c' | 'c++',
  cwd: string,
): Promise<CompilerFacts> {
  const ofMachine = flags.filter((flag, i) => OF_MACHINE.test(flag) || flags[i - 1] === '-target');
  const own = await answers.factsOf([...compiler, ...ofMachine], language, cwd);
  const asked = flags.filter(
    (flag, i) => !SAYS_NOTHING.test(flag) && !isInclude(flag) && !isInclude(flags[i - 1] ?? ''),
  );
  return factsForFolders(answers, own, [...compiler, ...asked], language, cwd);
}

function isInclude(flag: string): boolean {
  return flag === '-include' || flag === '-imacros';
}
