import { archColumn, BOARDS, describeBoard } from '../natmod-rules/arch/boards.ts';
import { ARCHES } from '../natmod-rules/arch/index.ts';
import { joinWords } from '../natmod-rules/compile/index.ts';
import { problemsIn } from '../natmod-rules/problem.ts';
import type { Context } from './building/context.ts';
import { allModules, type ModuleSource } from './modules/find.ts';
import { nameOf } from './modules/select.ts';
import type { Options } from './options/options.ts';
import type { Report } from './report/report.ts';
import { createPool } from './system/pool.ts';
import { describeCompiler } from './toolchain/describe.ts';
import { findMpyCross } from './toolchain/mpy-cross.ts';

/** `gulp list`: modules, architectures, and which compiler was found where. */
export async function list(options: Options, { report }: Context): Promise<void> {
  const { cwd } = options;
  if (options.boards) {
    const rows = BOARDS.map((board) => [board.name, `${archColumn(board).padEnd(11)}${describeBoard(board)}`]);
    return print(report, 'Boards, and the architecture that each takes (--board NAME)', rows);
  }
  print(report, 'Modules', await namedModules(options));
  print(
    report,
    'Architectures',
    await Promise.all(ARCHES.map(async (arch) => [arch.name, await describeCompiler(arch, options)])),
  );
  const { command, webAssembly } = findMpyCross(options.mpyDir, cwd);
  print(report, 'Python parts', [['mpy-cross', webAssembly ? 'WebAssembly build from npm' : joinWords(command)]]);
}

/** Each with its folder. Where make has to be asked for the name, it is a program for each module. */
function namedModules(options: Options): Promise<readonly [string, string][]> {
  const pool = createPool(options.jobs);
  return Promise.all(
    modulesToList(options).map((module) =>
      pool.run(async (): Promise<[string, string]> => [await nameOf(module, options), module.dir]),
    ),
  );
}

/** A folder without modules is no failure here: there is more to show. */
function modulesToList(options: Options): ModuleSource[] {
  try {
    return allModules(options);
  } catch (error) {
    problemsIn(error);
    return [];
  }
}

function print(report: Report, title: string, rows: readonly (readonly string[])[]): void {
  const lines = rows.map(([name, text]) => `  ${name!.padEnd(13)} ${text}`);
  report.show(`${title}\n${lines.join('\n')}\n`);
}
