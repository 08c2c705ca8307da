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

/** So many modules are planned while one is built: makes take longer than a module that a server has. */
const MODULES_AHEAD = 2;

/**
 * Plans the items of a module once the first of them is wanted, and those of the modules that come next: make is asked
 * for all architectures of a module at once. None of the plans is given out before all of the module are there, so that
 * nothing of it is built in between.
 */
export function planAhead(
  items: readonly Item[],
  options: Options,
  { pool, session }: Pick<BuildContext, 'pool' | 'session'>,
): Planner {
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
  const all = [...modules.values()];
  const places = new Map([...modules.keys()].map((module, place) => [module, place]));
  return (item) => {
    const place = places.get(item.module)!;
    for (const one of all.slice(place, place + 1 + MODULES_AHEAD)) if (!plans.has(one[0]!)) planAll(one);
    return plans.get(item)!;
  };
}

function nothing(): void {}
