import { describePlaces, findPlaces, hasModuleCode, readCrashLog } from '../natmod-rules/debug/where/index.ts';
import { fail } from '../natmod-rules/problem.ts';
import type { Context } from './building/context.ts';
import { readModuleLog } from './debug/module-log.ts';
import type { Options } from './options/options.ts';

/**
 * `natmod where`: reads what a board printed when it crashed, from a file or from standard input, and says which
 * function and line each address in the module is.
 * @throws NatmodError `no-elf`, `not-an-elf`, `cannot-read`, `bad-option`, `no-address`, `no-base`
 */
export async function where(options: Options, { report }: Context): Promise<void> {
  const { file, log, place, doubts } = await readModuleLog(options);
  for (const doubt of doubts) report.status('doubtful', 'warning', doubt);
  const addresses = readCrashLog(log);
  if (addresses.length === 0)
    fail('no-address', 'the log has no address', undefined, 'give the whole dump, with its registers');
  const places = findPlaces(file, place, addresses);
  if (place === undefined && !hasModuleCode(places)) {
    const hint =
      'say where it was loaded with --base ADDRESS, or call natmod_where(module) before the crash (docs/where.md)';
    fail('no-base', 'nobody knows where the module was loaded, and no address is one of the ELF file', undefined, hint);
  }
  for (const line of describePlaces(places)) report.show(`${line}\n`);
  if (!hasModuleCode(places))
    report.note('no address is in the module: the crash was somewhere else, or it is another build');
}
