import { listItems } from './building/build-items.ts';
import { allModules } from './modules/find.ts';
import { currentOptions } from './options/options.ts';
import { runTask, TaskFailure } from './report/report.ts';
import { buildAsAsked } from './sizes/build-as-asked.ts';

export { runBuild } from './building/run-build.ts';
export { allModules, findModules, moduleIn } from './modules/find.ts';
export { parseOptions } from './options/options.ts';
export { examplesDir } from './system/project.ts';

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
