import { writeCommandsOf } from './building/compile-commands.ts';
import { allModules, selectModules } from './modules/find.ts';
import { currentOptions } from './options/options.ts';
import { runTask } from './report/report.ts';

/** `gulp compile-commands`: writes compile_commands.json into the folder of `--dir`, or into the caller's. */
export async function compileCommands(): Promise<void> {
  await runTask(async () => {
    const options = currentOptions();
    const folder = options.dir ?? process.env.INIT_CWD ?? process.cwd();
    await writeCommandsOf(selectModules(allModules(options), options.modules), options, folder);
  });
}
