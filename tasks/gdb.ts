import { relative } from 'node:path';
import { gdbCommands } from '../natmod-rules/debug/where/index.ts';
import { fail } from '../natmod-rules/problem.ts';
import type { Context } from './building/context.ts';
import { readModuleLog } from './debug/module-log.ts';
import type { Options } from './options/options.ts';

/**
 * `natmod gdb`: prints the commands by which gdb learns of a loaded module.
 * @throws NatmodError `no-elf`, `not-an-elf`, `other-build`, `cannot-read`, `bad-option`, `no-base`
 */
export async function gdb(options: Options, { report }: Context): Promise<void> {
  const { path, file, place } = await readModuleLog(options);
  if (place === undefined) {
    const hint = 'give a log with the lines of natmod_where(module), or its address with --base ADDRESS (docs/gdb.md)';
    fail('no-base', 'nobody knows where the module was loaded', undefined, hint);
  }
  const name = relative(options.cwd, path);
  for (const line of gdbCommands(file, place, name.startsWith('..') ? path : name)) report.show(`${line}\n`);
}
