import { compactFlagsFor, defaultFlags, isForSize, mergeFlags } from '../../natmod-rules/compile/index.ts';
import { COMPACT_PASSES } from '../../natmod-rules/link/shrink/passes.ts';
import { knownFlags } from '../toolchain/known-flags.ts';
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
