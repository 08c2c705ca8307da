import { allModules, selectModules } from './support/modules.ts';
import { currentOptions } from './support/options.ts';
import { runTask } from './support/report.ts';
import { writeCommandsOf } from './support/write-compile-commands.ts';

/** `gulp compile-commands`: writes compile_commands.json into the folder of `--dir`, or into the caller's. */
export async function compileCommands(): Promise<void> {
  await runTask(async () => {
    const options = currentOptions();
    const folder = options.dir ?? process.env.INIT_CWD ?? process.cwd();
    await writeCommandsOf(selectModules(allModules(options), options.modules), options, folder);
  });
}
