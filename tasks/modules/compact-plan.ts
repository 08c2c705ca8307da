import { devNull } from 'node:os';
import { compactFlagsFor, defaultFlags, isForSize, mergeFlags } from '../../natmod-rules/compile/index.ts';
import { COMPACT_PASSES } from '../../natmod-rules/link/shrink/passes.ts';
import { answersOf, type Toolchain } from '../toolchain/find.ts';
import type { ModulePlan } from './describe-module.ts';

/**
 * The same module for the smallest size: other flags, and another form of linking. Where the module's own flags ask for speed (-O2),
 * nothing is done that makes it slower. A flag of the module's own wins over one of ours.
 */
export async function compactPlan<Plan extends Pick<ModulePlan, 'arch' | 'toolchain' | 'cflags'>>(
  plan: Plan,
): Promise<Plan & Pick<ModulePlan, 'compact' | 'cflags'>> {
  const { compiler = [], flags: own = [] } = plan.toolchain ?? {};
  const forSize = isForSize(plan.cflags);
  const flags = compactFlagsFor(plan.arch, compiler, forSize);
  // What its target knows is told by its own flags.
  const known = plan.toolchain === undefined ? flags : await knownFlags(plan.toolchain, [...compiler, ...own], flags);
  return {
    ...plan,
    compact: forSize || COMPACT_PASSES.filter((pass) => pass !== 'outline'),
    cflags: mergeFlags(plan.cflags, known, defaultFlags(plan.arch, { mpyDir: '' })),
  };
}

/** The flags that a compiler takes: GCC has -Oz since version 12, and others come and go. */
async function knownFlags(
  toolchain: Toolchain,
  compiler: readonly string[],
  flags: readonly string[],
): Promise<readonly string[]> {
  const answers = answersOf(toolchain);
  const takes = async (some: readonly string[]) =>
    (await answers.ask([...compiler, ...some, '-x', 'c', '-E'], devNull)) !== '';
  if (await takes(flags)) return flags;
  const taken = await Promise.all(flags.map(async (flag) => ({ flag, isTaken: await takes([flag]) })));
  return taken.filter(({ isTaken }) => isTaken).map(({ flag }) => flag);
}
