import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { splitWords } from '../../natmod-rules/compile/index.ts';
import { fail } from '../../natmod-rules/problem.ts';
import { checkRuntimes, type UserRuntimes } from '../../natmod-rules/runtime/commands.ts';
import { cacheDir } from '../bootstrap/paths.cjs';
import { writeWhole } from '../system/files.ts';

export type { UserRuntimes };

/** Such a command and the folder that it runs in, so that relative paths among its words start there. */
export interface UserCommand {
  readonly words: readonly string[];
  /** Absolute. */
  readonly folder: string;
}

export type UserCommands = Readonly<Record<string, UserCommand>>;

function runtimesFile(): string {
  return join(cacheDir(), 'runtimes.json');
}

/**
 * What `gulp runtimes --add ARCH=COMMAND` has noted.
 * @throws NatmodError `bad-runtimes` when the file is not what it should be
 */
export function readUserRuntimes(file = runtimesFile()): UserRuntimes {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    // Nothing was noted.
    return {};
  }
  try {
    return checkRuntimes(JSON.parse(text), file);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return fail('bad-runtimes', `this is no JSON: ${error.message}`, { file }, 'mend it, or delete it');
  }
}

/**
 * A command that will run from any folder: its program, when that is a path, and words that begin with `./` or `../`
 * become absolute.
 */
export function anywhere(words: readonly string[], folder: string): string[] {
  const isPath = (word: string, index: number) => /^\.\.?[/\\]/.test(word) || (index === 0 && /[/\\]/.test(word));
  return words.map((word, index) => (isPath(word, index) && !isPortName(word) ? resolve(folder, word) : word));
}

/** Notes a command, or forgets it (`undefined`). @returns whether anything changed */
export async function noteUserRuntime(arch: string, command: readonly string[] | undefined): Promise<boolean> {
  const { [arch]: old, ...others } = readUserRuntimes();
  if (old === undefined && command === undefined) return false;
  const all = command === undefined ? others : { ...others, [arch]: command };
  await writeWhole(runtimesFile(), `${JSON.stringify(all, null, 2)}\n`);
  return true;
}

/**
 * What the variable `NATMOD_MICROPYTHON_<ARCH>` says when it is a command of several words or a port. The path of a
 * single program means a MicroPython that runs scripts, and is left to `findRuntime`.
 */
export function runtimeOfEnvironment(
  arch: string,
  env: NodeJS.ProcessEnv = process.env,
): readonly string[] | undefined {
  const value = env[`NATMOD_MICROPYTHON_${arch.toUpperCase()}`];
  if (value === undefined || value === '') return undefined;
  const words = splitWords(value, `NATMOD_MICROPYTHON_${arch.toUpperCase()}`);
  return words.length > 1 || isPortName(words[0] ?? '') ? words : undefined;
}

/** Whether a word names a line and not a program. */
export function isPortName(word: string): boolean {
  return /^(socket|tcp|ws):\/\/|^\/dev\/|^COM\d+$/i.test(word);
}
