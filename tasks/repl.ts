import { basename } from 'node:path';
import type { ArchName } from '../natmod-rules/arch/index.ts';
import { mustExecute, takeBoard } from './board/board.ts';
import type { Link } from './board/link.ts';
import { loadModules } from './board/run-board.ts';
import { talkToUser } from './board/terminal.ts';
import type { Context } from './building/context.ts';
import type { Options } from './options/options.ts';
import { type Report, TaskFailure } from './report/report.ts';
import { askPlace, buildForRun, placeToRun, withBoardArch } from './run/build-for-run.ts';
import { type Place, portPlace } from './run/places.ts';
import { searchPath, withModules } from './run/run-program.ts';
import { readModules } from './run/scripts.ts';
import { runInherited } from './system/run-inherited.ts';

/** `gulp repl`: a prompt of MicroPython with the modules imported. */
export async function repl(options: Options, context: Context): Promise<void> {
  const { report } = context;
  const port = options.port === undefined ? undefined : portPlace(options.port, options);
  const used = port?.kind === 'board' ? withBoardArch(options, await askPlace(port), port.name) : options;
  const built = await buildForRun(used, context);
  const place = port ?? (await placeToRun(built[0]!.arch as ArchName, options, report));
  const names = built.map(({ file }) => basename(file, '.mpy'));
  const imports = names.map((name) => `import ${name}`).join('\n');
  const modules = await readModules(built);
  report.note(`${names.join(', ')} imported on ${place.name}`);
  if (place.name.startsWith('firmware ')) {
    report.note('this firmware reads no Ctrl-C while Python code runs; Ctrl-] ends it whatever it does');
  }
  if (place.kind === 'program') await promptOfProgram(place, modules, imports);
  else await promptOfBoard(await place.open(), modules, imports, report);
}

async function promptOfProgram(
  place: Extract<Place, { kind: 'program' }>,
  modules: ReadonlyMap<string, Uint8Array>,
  imports: string,
): Promise<void> {
  await withModules({ modules }, async (folder) => {
    const command = [place.command, ...place.args, '-i', '-c', imports];
    // Ctrl-C is for MicroPython, which the terminal sends it too.
    const ignore = () => {};
    process.on('SIGINT', ignore);
    const status = await runInherited(command, { cwd: folder, env: searchPath([]) }).finally(() =>
      process.off('SIGINT', ignore),
    );
    if (status === undefined) throw new TaskFailure('MicroPython crashed');
  });
}

async function promptOfBoard(
  link: Link,
  modules: ReadonlyMap<string, Uint8Array>,
  imports: string,
  report: Report,
): Promise<void> {
  const board = await takeBoard(link);
  try {
    await loadModules(board, modules, report);
    await mustExecute(board, imports, 'importing');
    await talkToUser(link);
  } finally {
    await board.close();
  }
}
