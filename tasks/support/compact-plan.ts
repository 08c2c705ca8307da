import { devNull } from 'node:os';
import { compactFlagsFor, isForSize } from '../../natmod-rules/compile/index.ts';
import { COMPACT_PASSES } from '../../natmod-rules/link/compact/passes.ts';
import { ask } from './compiler-answers.ts';
import type { ModulePlan } from './describe-module.ts';

/**
 * The same module for the smallest size: other flags, and another form of linking. Where the module's own flags ask for speed (-O2),
 * nothing is done that makes it slower.
 */
export async function compactPlan<Plan extends Pick<ModulePlan, 'arch' | 'toolchain' | 'cflags'>>(
  plan: Plan,
): Promise<Plan & Pick<ModulePlan, 'compact' | 'cflags'>> {
  const { compiler = [] } = plan.toolchain ?? {};
  const forSize = isForSize(plan.cflags);
  const flags = compactFlagsFor(plan.arch, compiler, forSize);
  // GCC has -Oz since version 12.
  const knowsOz = flags.includes('-Oz') && (await ask([...compiler, '-Oz', '-x', 'c', '-E'], devNull)) !== '';
  return {
    ...plan,
    compact: forSize || COMPACT_PASSES.filter((pass) => pass !== 'outline'),
    cflags: [...plan.cflags, ...flags.filter((flag) => flag !== '-Oz' || knowsOz)],
  };
}
