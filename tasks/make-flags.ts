// `natmod make-flags`: for sdk/py/dynruntime-rules.mk, the compiler flags of a level of optimisation (MPY_OPTIMIZE).
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { archByName } from '../natmod-rules/arch/index.ts';
import { joinWords, readLevel, splitWords } from '../natmod-rules/compile/index.ts';
import { levelFlags } from './modules/compact-plan.ts';
import { print, runProgram } from './report/program.ts';
import { findToolchain } from './toolchain/find.ts';

/**
 * Prints the flags for a shell. They belong behind those of the rules and before those of the module.
 *
 * @param args `--arch=ARCH --optimize=LEVEL --cc=CC --cflags=CFLAGS_EXTRA`
 * @returns exit status
 */
export function main(args: readonly string[]): Promise<number> {
  return runProgram('natmod make-flags', async () => {
    const { values } = parseArgs({ args: [...args], options });
    const { cc, cflags = '', optimize = '' } = values;
    const level = readLevel(optimize, 'Makefile');
    const arch = archByName(values.arch ?? '');
    const toolchain = await findToolchain(arch, { cc, cwd: resolve('.') });
    const words = ['-Os', ...splitWords(cflags, 'CFLAGS_EXTRA')];
    print(`${joinWords(await levelFlags({ arch, toolchain, cflags: words }, level))}\n`);
  });
}

const options = {
  arch: { type: 'string' },
  optimize: { type: 'string' },
  cc: { type: 'string' },
  cflags: { type: 'string' },
} as const;
