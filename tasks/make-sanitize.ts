// `natmod make-sanitize`: for sdk/py/dynruntime-rules.mk, which cannot know what a compiler checks, and by which flags.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { archByName } from '../natmod-rules/arch/index.ts';
import { compactFlagsFor, joinWords, readSanitizers } from '../natmod-rules/compile/index.ts';
import { checkFlags } from './modules/sanitized-plan.ts';
import { print, runProgram } from './report/program.ts';
import { findToolchain } from './toolchain/find.ts';

/**
 * Prints the flags that go behind those of the module, for a shell.
 *
 * @param args `--arch=ARCH --cc=CC --checks=MPY_SANITIZE`
 * @returns exit status
 */
export function main(args: readonly string[]): Promise<number> {
  return runProgram('natmod make-sanitize', async () => {
    const { values } = parseArgs({ args: [...args], options });
    const { arch: name = '', cc, checks = '' } = values;
    const sanitizers = readSanitizers([checks], 'MPY_SANITIZE');
    if (sanitizers === undefined) return;
    const arch = archByName(name);
    const toolchain = await findToolchain(arch, { cc, cwd: resolve('.') });
    const { flags, haveRecords } = await checkFlags(toolchain, sanitizers);
    print(`${joinWords([...(haveRecords ? compactFlagsFor(arch, toolchain.compiler) : []), ...flags])}\n`);
  });
}

const options = { arch: { type: 'string' }, cc: { type: 'string' }, checks: { type: 'string' } } as const;
