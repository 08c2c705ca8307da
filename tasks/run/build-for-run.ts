import { join } from 'node:path';
import { ARCHES, type ArchName } from '../../natmod-rules/arch/index.ts';
import { fail } from '../../natmod-rules/problem.ts';
import { archesFor, type Implementation } from '../../natmod-rules/runtime/index.ts';
import { askImplementation, takeBoard } from '../board/board.ts';
import type { Context } from '../building/context.ts';
import { type BuildSummary, runBuild } from '../building/run-build.ts';
import { allModules, hasConfig, type ModuleSource } from '../modules/find.ts';
import { loadConfig } from '../modules/load-config.ts';
import { selectModules } from '../modules/select.ts';
import type { Options } from '../options/options.ts';
import { type Report, TaskFailure } from '../report/report.ts';
import { needPlace, type Place } from './places.ts';
import { providePlaces } from './provide-places.ts';
import type { UserCommand, UserCommands } from './user-runtimes.ts';

/** The modules that were asked for. */
export function wantedModules(options: Options): Promise<readonly ModuleSource[]> {
  return selectModules(allModules(options), options);
}

/**
 * The commands that modules' configs name to run them, each in the folder of its module; where several name one for the
 * same architecture, the first counts.
 * @throws NatmodError `bad-config`
 */
export async function runtimesOf(modules: readonly ModuleSource[]): Promise<UserCommands> {
  const commands: Record<string, UserCommand> = {};
  for (const module of modules.filter(hasConfig)) {
    const { runtimes = {} } = module.config ?? (await loadConfig(join(module.dir, module.makefile)));
    for (const [arch, words] of Object.entries(runtimes)) commands[arch] ??= { words, folder: module.dir };
  }
  return commands;
}

/**
 * Builds what was asked for, one architecture only.
 * @throws TaskFailure when something was not built
 */
export async function buildForRun(options: Options, context: Context): Promise<BuildSummary['built']> {
  if (options.arches === 'all' || (options.arches?.length ?? 0) > 1) {
    fail('bad-option', 'one architecture at a time, please', undefined, '`gulp test` runs on several');
  }
  const { built, failed } = await runBuild(allModules(options), options, context);
  if (failed.length > 0) throw new TaskFailure(`not built: ${failed.map(({ name }) => name).join(', ')}`);
  if (built.length === 0) throw new TaskFailure('nothing was built');
  return built;
}

/**
 * Where modules of an architecture run, got first where there is nothing.
 * @throws NatmodError `no-runtime`
 */
export async function placeToRun(arch: ArchName, options: Options, report: Report): Promise<Place> {
  const wishes = { ...options, runtimes: await runtimesOf(await wantedModules(options)) };
  await providePlaces([arch], wishes, report);
  return needPlace(arch, wishes);
}

/** What runs on the other end of a line. */
export async function askPlace(place: Extract<Place, { kind: 'board' }>): Promise<Implementation> {
  const board = await takeBoard(await place.open());
  try {
    return await askImplementation(board);
  } finally {
    await board.close();
  }
}

/**
 * The options with the board's own architecture where the user named none.
 * @throws NatmodError `wrong-firmware` when the board loads no native code
 */
export function withBoardArch(options: Options, board: Implementation, name: string): Options {
  if (options.arches !== undefined) return options;
  const [best] = archesFor(board);
  if (best !== undefined) return { ...options, arches: [best] };
  const known = ARCHES.map((arch) => arch.name).join(', ');
  const message = `${name}: this firmware loads no native modules (sys.implementation._mpy names no architecture)`;
  return fail('wrong-firmware', message, undefined, `natmod builds for ${known}`);
}
