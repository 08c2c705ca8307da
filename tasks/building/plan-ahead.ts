import type { Arch } from '../../natmod-rules/arch/index.ts';
import { isWrittenAsRead, planModule } from '../incremental/plans.ts';
import type { ModulePlan, Skipped } from '../modules/describe-module.ts';
import type { ModuleSource } from '../modules/find.ts';
import type { Item } from '../modules/items.ts';
import type { Options } from '../options/options.ts';
import { inTurn } from '../system/in-turn.ts';
import { handled } from '../system/settle.ts';
import type { BuildContext } from './build-module.ts';

type Plan = Promise<ModulePlan | Skipped>;

export interface Planner {
  /** The plan of an item. Errors: those of `planModule`. */
  readonly of: (item: Item) => Plan;
  /** Runs what plans an item and builds it. Where it has to, it waits for other items of its module. */
  readonly inTurn: <T>(item: Item, job: () => Promise<T>) => Promise<T>;
}

/** So many modules are planned while one is built: makes take longer than a module that a server has. */
const MODULES_AHEAD = 2;

/**
 * Plans the items of a module once the first of them is wanted, and those of the modules that come next: make is asked
 * for all architectures of a module at once. None of the plans is given out before all of the module are there, so that
 * nothing of it is built in between. But where make can write files while it reads the Makefile, one item after the
 * other is planned and built.
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
  const alone = new Map<ModuleSource, Promise<boolean>>();
  const isAlone = ({ module, arch }: Item) => {
    const several = modules.get(module)!.length > 1;
    const known = alone.get(module) ?? (several ? isWrittenAsRead(module, arch, options, session) : no);
    alone.set(module, known);
    return known;
  };
  return {
    async of(item) {
      if (await isAlone(item)) {
        // What make wrote may have been looked at before.
        return plan(item, []).finally(() => session.hashes.nextRound());
      }
      const place = places.get(item.module)!;
      if (!plans.has(item)) planAll(all[place]!);
      for (const next of all.slice(place + 1, place + 1 + MODULES_AHEAD)) {
        if (!(await isAlone(next[0]!)) && !plans.has(next[0]!)) planAll(next);
      }
      return plans.get(item)!;
    },
    inTurn: async (item, job) => ((await isAlone(item)) ? inTurn(`as read ${item.module.dir}`, job) : job()),
  };
}

const no = Promise.resolve(false);

function nothing(): void {}
