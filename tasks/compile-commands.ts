import { writeCommandsOf } from './building/compile-commands.ts';
import type { Context } from './building/context.ts';
import { allModules } from './modules/find.ts';
import { selectModules } from './modules/select.ts';
import type { Options } from './options/options.ts';

/** `gulp compile-commands`: writes compile_commands.json into the folder of `--dir`, or into the caller's. */
export async function compileCommands(options: Options, { report }: Context): Promise<void> {
  const folder = options.dir ?? options.cwd;
  await writeCommandsOf(await selectModules(allModules(options), options), options, folder, report);
}
