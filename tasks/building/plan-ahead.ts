import type { Arch } from '../../natmod-rules/arch/index.ts';
import { planModule } from '../incremental/plans.ts';
import type { ModulePlan, Skipped } from '../modules/describe-module.ts';
import type { ModuleSource } from '../modules/find.ts';
import type { Item } from '../modules/items.ts';
import type { Options } from '../options/options.ts';
import { handled } from '../system/settle.ts';
import type { BuildContext } from './build-module.ts';

type Plan = Promise<ModulePlan | Skipped>;

/** The plan of an item. Errors: those of `planModule`. */
export type Planner = (item: Item) => Plan;

/**
 * Plans the items of a module once the first of them is wanted: make is asked for all of its architectures at once.
 * None of the plans is given out before all are there, so that nothing of the module is built in between.
 */
export function planAhead(items: readonly Item[], options: Options, { pool, session }: BuildContext): Planner {
  const modules = new Map<ModuleSource, Item[]>();
  for (const item of items) modules.set(item.module, [...(modules.get(item.module) ?? []), item]);
  const plans = new Map<Item, Plan>();
  const plan = ({ module, arch }: Item, others: readonly Arch[]) =>
    pool.run(() => planModule(module, arch, options, session, others));
  const planAll = ([first, ...rest]: readonly Item[]) => {
    const others = rest.flatMap(({ arch }) => arch ?? []);
    const leader = plan(first!, others);
    // It has make asked; the others take what make replied for them.
    const asked = leader.then(nothing, nothing);
    const all = [leader, ...rest.map((item) => asked.then(() => plan(item, others)))];
    const ended = Promise.allSettled(all);
    [first!, ...rest].forEach((item, i) => {
      plans.set(item, handled(ended.then(() => all[i]!)));
    });
  };
  return (item) => {
    if (!plans.has(item)) planAll(modules.get(item.module)!);
    return plans.get(item)!;
  };
}

function nothing(): void {}
