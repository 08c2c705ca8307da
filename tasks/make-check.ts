/**
 * `natmod make-check`: the first step of sdk/py/dynruntime.mk in every run of make. It asks the compiler who it is,
 * tells make that in variables, and removes what is not surely right any more. With `--observe` it only notes what was
 * made.
 */
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { splitWords } from '../natmod-rules/compile/index.ts';
import { MadeFiles } from './incremental/made-files.ts';
import { identify, type MakeCompiler, observeObjects } from './incremental/made-objects.ts';
import { ownVersion } from './incremental/own-version.ts';
import { openSession } from './incremental/session.ts';
import { openReport } from './report/open.ts';
import { runProgram } from './report/program.ts';
import { lookAt } from './system/file-hashes.ts';
import { isScript } from './system/file-head.ts';
import { isOnDisk, writeWhole } from './system/files.ts';
import { findProgram } from './system/find-program.ts';
import { hashOf } from './system/hash.ts';
import { findMpyCross } from './toolchain/mpy-cross.ts';

/**
 * @param args `--build=BUILD --mod=MOD --output=FILE --arch=ARCH --cflags=CFLAGS --cxx=1 --tree=MPY_DIR
 *   --mpy-cross=COMMAND -- CC CFLAGS...`
 * @returns exit status
 */
export function main(args: readonly string[]): Promise<number> {
  return runProgram('natmod make-check', async () => {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const { build = '', mod = '', output = '', arch = '' } = values;
    const made = new MadeFiles(resolve(build), mod);
    if (values.observe === true) {
      await observeObjects(made, resolve('.'));
      return;
    }
    const session = openSession(made.buildDir, { cache: true, cacheUrl: '' }, openReport({ log: 'text' }));
    const compiler = positionals.length === 0 ? undefined : await identify(session, positionals, values.cxx === '1');
    await session.save();
    made.begin([`${mod}.qstrs`, `${mod}.mpy`]);
    writeWhole(join(resolve(build), `${mod}.for-${arch}`), '');
    const text = Buffer.from(variables(compiler, values));
    if (!isOnDisk(resolve(output), text)) writeWhole(resolve(output), text);
  });
}

const text = { type: 'string' } as const;
const options = {
  build: text,
  mod: text,
  output: text,
  arch: text,
  cflags: text,
  cxx: text,
  tree: text,
  'mpy-cross': text,
  observe: { type: 'boolean' },
} as const;

type Values = { readonly [name in Exclude<keyof typeof options, 'observe'>]?: string };

function variables(compiler: MakeCompiler | undefined, values: Values): string {
  const lines = {
    natmod_compiler: compiler === undefined ? 'none' : compiler.id,
    natmod_lists: compiler?.listsEmbedded === true ? 'yes' : '',
    natmod_linker: hashOf(ownVersion()),
    natmod_mpy_cross: mpyCrossId(values),
    natmod_cflags: forMake(values.cflags ?? ''),
  };
  return Object.entries(lines)
    .map(([name, value]) => `${name} := ${value}\n`)
    .join('');
}

function forMake(text: string): string {
  return text.replaceAll('$', '$$$$').replaceAll('#', '\\#');
}

/** Who makes bytecode; a script can be anybody, so its like is never seen again. */
function mpyCrossId({ tree = '', 'mpy-cross': command = '' }: Values): string {
  const words = splitWords(command, 'MPY_CROSS');
  const programs = isOwn(words) ? findMpyCross(resolve(tree), resolve('.')).command : words;
  const paths = programs.map((word) => findProgram(word, resolve('.')) ?? resolve(word));
  const round = paths.some(isScript) ? Date.now() : 0;
  return hashOf(JSON.stringify([ownVersion(), paths.map((path) => [path, lookAt(path)]), round]));
}

function isOwn(words: readonly string[]): boolean {
  return words.some((word) => word.endsWith('natmod.cjs'));
}
