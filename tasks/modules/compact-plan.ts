import {
  compactFlagsFor,
  compactFlagsOfFamily,
  defaultFlags,
  isForSize,
  type Level,
  mergeFlags,
  passesFor,
} from '../../natmod-rules/compile/index.ts';
import { knownFlags } from '../toolchain/known-flags.ts';
import type { ModulePlan } from './describe-module.ts';

/**
 * The same module at a level of optimisation: other flags, and another form of linking. Where the module's own flags
 * ask for speed (-O2), nothing is done that makes it slower. A flag of the module's own wins over one of ours.
 */
export async function compactPlan<Plan extends Pick<ModulePlan, 'arch' | 'toolchain' | 'cflags'>>(
  plan: Plan,
  level: Level,
): Promise<Plan & Pick<ModulePlan, 'compact' | 'cflags'>> {
  if (level === 'none') return plan;
  return {
    ...plan,
    compact: passesFor(level, plan.arch, isForSize(plan.cflags)),
    cflags: mergeFlags(plan.cflags, await levelFlags(plan, level), defaultFlags(plan.arch, { mpyDir: '' })),
  };
}

/** The flags of a level that the compiler takes. */
export async function levelFlags(
  { arch, toolchain, cflags }: Pick<ModulePlan, 'arch' | 'toolchain' | 'cflags'>,
  level: Level,
): Promise<readonly string[]> {
  if (level === 'none') return [];
  const { compiler = [], flags: own = [] } = toolchain ?? {};
  const common = compactFlagsFor(arch, compiler, isForSize(cflags) ? level : 'speed');
  // What its target knows is told by its own flags.
  const command = [...compiler, ...own];
  const known = toolchain && (await knownFlags(toolchain, command, common, compactFlagsOfFamily(arch, compiler)));
  return level === 'speed' ? [...(known ?? common), '-O2'] : (known ?? common);
}
