// `natmod make-compiler`: for sdk/py/dynruntime-rules.mk, which cannot know how a compiler that comes from npm is
// started.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { archByName } from '../natmod-rules/arch/index.ts';
import { joinWords } from '../natmod-rules/compile/index.ts';
import { print, runProgram } from './report/program.ts';
import { findToolchain } from './toolchain/find.ts';

/**
 * Prints the command of the compiler that a build takes, with the flags that it needs, for a shell.
 *
 * @param args `--arch=ARCH`, and `--cc=CC` for another one than the usual
 * @returns exit status
 */
export function main(args: readonly string[]): Promise<number> {
  return runProgram('natmod make-compiler', async () => {
    const { values } = parseArgs({ args: [...args], options: { arch: { type: 'string' }, cc: { type: 'string' } } });
    const { compiler, flags } = await findToolchain(archByName(values.arch ?? ''), {
      cc: values.cc,
      cwd: resolve('.'),
    });
    print(`${joinWords([...compiler, ...flags])}\n`);
  });
}
