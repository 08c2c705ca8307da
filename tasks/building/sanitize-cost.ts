/** What checks cost: the module is built without them, too, in a folder of its own. */
import { join } from 'node:path';
import type { ModulePlan } from '../modules/describe-module.ts';
import type { BuiltModule } from '../modules/items.ts';
import { problemsOf } from '../stages/stage.ts';
import { type BuildContext, buildModule } from './build-module.ts';

/**
 * Says in one line how many bytes checks add to a module.
 * @param plan of the module without checks
 * @param checked the module with them
 */
export async function tellCost(plan: ModulePlan, checked: BuiltModule, context: BuildContext): Promise<void> {
  const folder = join(plan.place.buildDir, 'unchecked');
  const place = { folder, buildDir: join(folder, `${plan.name}.build`), cleaned: folder };
  const said = `${plan.name} ${plan.arch.name}: the checks add`;
  const { report } = context.session;
  try {
    // What compilers warn of has been said.
    const cflags = [...plan.cflags, '-w'];
    const { bytes } = await buildModule({ ...plan, place, cflags }, { ...context, onLinked: undefined });
    report.note(`${said} ${checked.bytes - bytes} bytes to ${bytes}`);
  } catch (error) {
    // It is the other module that was asked for.
    if (problemsOf(error) === undefined) throw error;
    report.note(`${said} what nobody knows, because the module does not build without them`);
  }
}
