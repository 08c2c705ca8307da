import { listItems } from './building/build-items.ts';
import type { Context } from './building/context.ts';
import { allModules } from './modules/find.ts';
import type { Options } from './options/options.ts';
import { TaskFailure } from './report/report.ts';
import { buildAsAsked } from './sizes/build-as-asked.ts';

/** `gulp build`: every example, or those that were asked for. */
export async function build(options: Options, context: Context): Promise<void> {
  const { failed } = await buildAsAsked(allModules(options), options, context);
  if (failed.length > 0) throw new TaskFailure(`not built: ${listItems(failed)}`);
}
