// `natmod mpy-cross`: the mpy-cross that `gulp build` takes, with the command line of mpy-cross itself.
import { resolve } from 'node:path';
import { archByName } from '../natmod-rules/arch/index.ts';
import { fail } from '../natmod-rules/problem.ts';
import { openReport } from './report/open.ts';
import { runProgram } from './report/program.ts';
import { writeWhole } from './system/files.ts';
import { readNamed } from './system/named-file.ts';
import { sharedPool } from './system/pool.ts';
import { runInherited } from './system/run-inherited.ts';
import { checkMade, compilePython, findMpyCross } from './toolchain/mpy-cross.ts';

/**
 * Compiles one Python source; what is no plain compilation goes to the real mpy-cross as it is.
 *
 * @param args options of mpy-cross and a source; `--tree=MPY_DIR` names the tree whose own mpy-cross is preferred
 * @returns exit status
 */
export function main(args: readonly string[]): Promise<number> {
  return runProgram('natmod mpy-cross', async () => {
    const tree = args.find((word) => word.startsWith('--tree='))?.slice('--tree='.length);
    const words = args.filter((word) => !word.startsWith('--tree='));
    const mpyCross = findMpyCross(tree === undefined || tree === '' ? undefined : resolve(tree), resolve('.'));
    if (!mpyCross.webAssembly) return (await runInherited([...mpyCross.command, ...words], { env: mpyCross.env })) ?? 1;
    const { flags, output, source } = readWords(words);
    const march = flags.find((flag) => flag.startsWith('-march='))?.slice('-march='.length);
    const contents = readNamed(source);
    const arch = archByName(march ?? 'x64');
    const around = { cwd: resolve('.'), pool: sharedPool(), report: openReport({ log: 'text' }), bytecode: new Map() };
    const job = { mpyCross, arch, flags, ...around };
    const bytes = await compilePython(source, contents, output, job);
    if (march !== undefined) checkMade(bytes, source, job);
    await writeWhole(output, bytes);
    return 0;
  });
}

const valued = new Set(['-o', '-s', '-X']);

/** Options of mpy-cross with a value, the output, and the one source. */
function readWords(words: readonly string[]): { flags: string[]; output: string; source: string } {
  const flags: string[] = [];
  const sources: string[] = [];
  let output: string | undefined;
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (word === '-o') output = words[++i];
    else if (valued.has(word)) flags.push(word, words[++i] ?? '');
    else if (word === '--') sources.push(...words.slice(i + 1));
    else if (word.startsWith('-') && word !== '-') flags.push(word);
    else sources.push(word);
    if (word === '--') break;
  }
  const [source] = sources;
  if (source === undefined || sources.length > 1) {
    return fail('bad-option', 'one Python source must be named', undefined, 'natmod mpy-cross -o x.mpy x.py');
  }
  return { flags, source, output: output ?? source.replace(/(\.py)?$/, '.mpy') };
}
