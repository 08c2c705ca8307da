/**
 * A module that has a Python part of its own name. Newer versions of MicroPython's `dynruntime.mk` give that part and
 * the native one the same intermediate file, and the Python part is lost without a word. The link is not told of Python
 * sources, so the config header carries a note to it.
 */
import { basename, dirname, resolve } from 'node:path';
import { fail } from '../../natmod-rules/problem.ts';

const MARK = '// The module has a Python part of its own name: ';

/** The note for the config header of these sources; empty when there is nothing to note. */
export function markOf(sources: readonly string[], output: string): string {
  const own = `${basename(output).replace(/\.config\.h$/, '')}.py`;
  return sources.some((source) => source === own || source === `./${own}`) ? `${MARK}${own}\n` : '';
}

/**
 * @param header the config header, as text
 * @param file its path
 * @param output the native part
 * @throws NatmodError `lost-part`
 */
export function checkParts(header: string, file: string, output: string): void {
  const name = header
    .split('\n')
    .find((line) => line.startsWith(MARK))
    ?.slice(MARK.length);
  if (name === undefined || resolve(dirname(file), name.replace(/py$/, 'mpy')) !== resolve(output)) return;
  const message = `it would be left out: these rules of make give its compiled form the name of the native part, ${output}`;
  fail(
    'lost-part',
    message,
    { file: name },
    'rename it, or take the rules that come with natmod: MPY_DIR=$(npx natmod --sdk)',
  );
}
