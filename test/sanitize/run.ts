import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import type { ArchName } from '../../natmod-rules/arch/index.ts';
import { runNatmod } from '../make/support/doors.ts';
import { DEEP, DEEP_KIND, type Kind, moduleOf, sourceOf } from './kinds.ts';

/** Of the source: the language. */
export type Ending = 'c' | 'cpp';

/** The numbers of functions with the arguments that each is called with; what spoils the stack comes last. */
export function callsOf(kinds: readonly Kind[]): [number, number[]][] {
  return [
    ...kinds.map(({ good, bad }, i): [number, number[]] => [i, [...good, ...bad.map(([argument]) => argument)]]),
    [kinds.length, [DEEP_KIND.good, DEEP_KIND.bad]],
  ];
}

/** Prints a line for each call: the kind, the argument, and the exception. */
function scriptOf(kinds: readonly Kind[]): string {
  return `import kinds
for kind, arguments in ${JSON.stringify(callsOf(kinds))}:
    for argument in arguments:
        try:
            kinds.call(kind, argument)
            print(kind, argument, "fine")
        except Exception as e:
            print(kind, argument, e)
`;
}

/** Writes a module with one function of each kind and one that spoils the stack, and a script that calls them. */
export function writeKinds(folder: string, kinds: readonly Kind[], ending: Ending = 'c'): ReadonlyMap<string, number> {
  mkdirSync(folder, { recursive: true });
  const { text, lines } = sourceOf(kinds, ending === 'c' ? '' : 'extern "C" ');
  const source = `kinds.${ending}`;
  writeFileSync(join(folder, source), text);
  writeFileSync(join(folder, 'deep.c'), DEEP);
  writeFileSync(join(folder, 'glue.c'), moduleOf([...kinds.map(({ name }) => name), DEEP_KIND.name]));
  const sources = JSON.stringify(['glue.c', 'deep.c', source]);
  writeFileSync(join(folder, 'natmod.config.mjs'), `export default { name: 'kinds', sources: ${sources} };`);
  writeFileSync(join(folder, 'script.py'), scriptOf(kinds));
  return lines;
}

/**
 * Builds all kinds as one module with checks, that of the stack among them, runs it, and compares what is said of each
 * call.
 * @param checks for `--sanitize`
 */
export async function checkKinds(
  t: ExecutionContext,
  folder: string,
  arch: ArchName,
  kinds: readonly Kind[],
  checks: string,
  words: readonly string[] = [],
  ending: Ending = 'c',
): Promise<void> {
  const lines = writeKinds(folder, kinds, ending);
  const how = ['--arch', arch, '--sanitize', `${checks},stack`, ...words];
  const ran = await runNatmod(folder, ['run', ...how, 'script.py']);
  t.is(ran.exitCode, 0, ran.stdout + ran.stderr);
  t.regex(ran.stdout, new RegExp(`kinds ${arch}: the checks add `));
  compareKinds(t, ran.stdout, kinds, lines);
}

/** Compares what was said of each call. */
export function compareKinds(
  t: ExecutionContext,
  output: string,
  kinds: readonly Kind[],
  lines: ReadonlyMap<string, number>,
): void {
  const said = output.split(/\r?\n/);
  for (const [i, { name, good, bad }] of kinds.entries()) {
    for (const argument of good) t.true(said.includes(`${i} ${argument} fine`), `${name} ${argument}:\n${output}`);
    for (const [argument, says] of bad) {
      const line = said.find((one) => one.startsWith(`${i} ${argument} `)) ?? '';
      const [, text = line] =
        new RegExp(`^\\S+ \\S+ kinds\\.(?:c|cpp):${lines.get(name)}(?::\\d+)?: (.*)`).exec(line) ?? [];
      const known = text.replaceAll(/0x[0-9a-f]+/g, '0x...').replace("'int[", "'int [");
      t.is(known, says, name);
    }
  }
  const last = kinds.length;
  t.true(said.includes(`${last} ${DEEP_KIND.good} fine`), output);
  t.true(said.includes(`${last} ${DEEP_KIND.bad} ${DEEP_KIND.says}`), output);
}
