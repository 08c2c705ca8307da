import { shellWork, splitWords } from '../../natmod-rules/compile/index.ts';
import { fail } from '../../natmod-rules/problem.ts';
import type { ProcessResult } from '../system/processes.ts';

/** Words of a variable that is part of command lines. */
export interface VariableWords {
  readonly words: readonly string[];
  /** What a shell printed while it expanded them, for example that a file does not exist. */
  readonly said: string;
  /** A shell had a part in it, so they can depend on anything. */
  readonly expanded: boolean;
}

/**
 * Splits what make hands to a shell. Where a shell would do more than take quotes away, it is asked, by make, in a
 * recipe with the Makefile's own environment and shell: the author wrote those words for it.
 *
 * @param name of the variable
 * @param ask has make run the recipe that prints the words, each with a NUL behind it, with this mark as the first
 * @throws NatmodError `unclosed-quote`, `shell-operator`, `shell-failed`
 */
export async function wordsOfVariable(
  name: string,
  value: string,
  makefile: string,
  ask: (mark: string) => Promise<ProcessResult>,
): Promise<VariableWords> {
  const work = shellWork(value);
  if (work === undefined) return { words: splitWords(value, name), said: '', expanded: false };
  if (work.kind === 'operator') {
    const message = `${name} has a ${work.character} outside of quotes, which a shell takes for its own`;
    fail('shell-operator', message, { file: makefile }, `put it into quotes, as in '-DTEXT="a${work.character}b"'`);
  }
  const mark = 'natmod-words';
  const { status, stdout, output } = await ask(mark);
  const said = output.slice(0, output.length - stdout.length).trim();
  const words = stdout.slice(stdout.indexOf(`${mark}\0`) + mark.length + 1).split('\0');
  if (status !== 0 || words.pop() !== '') {
    fail('shell-failed', `the shell could not expand ${name}`, { file: makefile }, said === '' ? undefined : said);
  }
  return { words, said, expanded: true };
}
