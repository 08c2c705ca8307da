// `natmod make-config`: the step of sdk/py/dynruntime.mk that makes the config header of a module's sources.
import { relative, resolve, sep } from 'node:path';
import { parseArgs } from 'node:util';
import { splitWords } from '../natmod-rules/compile/index.ts';
import { writeConfigHeader } from './building/config-header.ts';
import { MadeFiles } from './incremental/made-files.ts';
import { runProgram } from './report/program.ts';
import { writeWhole } from './system/files.ts';

/**
 * Writes the config header when it is another one than before, then the stamp that says it is up to date, and beside
 * the stamp the headers that were looked into, for make to include.
 *
 * @param args `--output=HEADER --stamp=FILE --build=BUILD --mod=MOD --tree=MPY_DIR --cflags=CFLAGS SOURCE...`
 * @returns exit status
 */
export function main(args: readonly string[]): Promise<number> {
  return runProgram('natmod make-config', async () => {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const { output = '', stamp = '', tree = '', cflags = '', build = '', mod = '' } = values;
    const { headers, missing, read } = await writeConfigHeader({
      output,
      sources: positionals,
      cflags: splitWords(cflags, 'CFLAGS'),
      dir: resolve('.'),
      mpyDir: resolve(tree),
    });
    await writeWhole(`${stamp}.d`, dependencies(stamp, headers));
    await writeWhole(stamp, '');
    const made = new MadeFiles(resolve(build), mod);
    const files = [...read, resolve(output)];
    await made.observe([relative(resolve(build), resolve(stamp))], () => ({ files, names: missing }));
  });
}

const options = {
  output: { type: 'string' },
  stamp: { type: 'string' },
  tree: { type: 'string' },
  cflags: { type: 'string' },
  build: { type: 'string' },
  mod: { type: 'string' },
} as const;

/** A rule without recipe for each header lets make go on when one is removed. */
function dependencies(target: string, headers: readonly { readonly path: string }[]): string {
  const names = headers.map(({ path }) => {
    const name = relative('.', path).split(sep).join('/');
    return name.replaceAll('$', '$$$$').replace(/([ #])/g, '\\$1');
  });
  if (names.length === 0) return '';
  return `${target}: ${names.join(' ')}\n${names.map((name) => `${name}:\n`).join('')}`;
}
