import { relative } from 'node:path';
import { gdbCommands } from '../natmod-rules/debug/where/index.ts';
import { fail } from '../natmod-rules/problem.ts';
import type { Context } from './building/context.ts';
import { openElf, readModuleLog } from './debug/module-log.ts';
import type { Options } from './options/options.ts';

/**
 * What a gdb that is to be connected to a probe is told first; comments, so that the whole can be a file for `source`.
 */
const PROBES = `# Connect gdb to the probe first:
#   OpenOCD            target extended-remote localhost:3333
#   Black Magic Probe  target extended-remote /dev/ttyBmpGdb
#                      monitor swdp_scan
#                      attach 1
`;

/**
 * `natmod gdb`: prints the commands by which gdb learns of a loaded module: one that a log tells of, or one on the
 * board on `--port`.
 * @throws NatmodError `no-elf`, `not-an-elf`, `other-build`, `cannot-read`, `bad-option`, `no-base`, and those of
 *   boards
 */
export async function gdb(options: Options, { report }: Context): Promise<void> {
  const named = (path: string) => {
    const name = relative(options.cwd, path);
    return name.startsWith('..') ? path : name;
  };
  if (options.port !== undefined) {
    const { path, file } = await openElf({ ...options, modules: options.files });
    const { askBoardForPlace } = await import('./debugger/board-place.ts');
    const { place, stops } = await askBoardForPlace(options.port, options, path, file);
    const commands = [...gdbCommands(file, place, named(path)), ...stops.map((stop) => `# break ${stop}`)];
    report.show(`${PROBES}${commands.join('\n')}\n`);
    return;
  }
  const { path, file, place, doubts } = await readModuleLog(options);
  for (const doubt of doubts) report.status('doubtful', 'warning', doubt);
  if (place === undefined) {
    const hint = 'give a log with the lines of natmod_where(module), or its address with --base ADDRESS (docs/gdb.md)';
    fail('no-base', 'nobody knows where the module was loaded', undefined, hint);
  }
  for (const line of gdbCommands(file, place, named(path))) report.show(`${line}\n`);
}
