import { listItems } from './support/build-items.ts';
import { allModules } from './support/modules.ts';
import { currentOptions } from './support/options.ts';
import { runTask, TaskFailure } from './support/report.ts';
import { buildAsAsked } from './support/size/build-as-asked.ts';

export { allModules, findModules, moduleIn } from './support/modules.ts';
export { parseOptions } from './support/options.ts';
export { examplesDir } from './support/project.ts';
export { runBuild } from './support/run-build.ts';

/** `gulp build`: every example, or those that were asked for. */
export async function build(): Promise<void> {
  await runTask(async () => {
    const options = currentOptions();
    const { failed } = await buildAsAsked(allModules(options), options);
    if (failed.length > 0) {
      throw new TaskFailure(`not built: ${listItems(failed)}`);
    }
  });
}
