import { basename, join } from 'node:path';
import {
  CHECKS_SOURCE,
  type CompilerCheck,
  checksFor,
  compactFlagsFor,
  defaultFlags,
  isClang,
  mergeFlags,
  type Sanitizers,
  sanitizeFlags,
  sourceKind,
} from '../../natmod-rules/compile/index.ts';
import type { PassChange } from '../../natmod-rules/link/shrink/passes.ts';
import { NatmodError } from '../../natmod-rules/problem.ts';
import { sdkDir } from '../system/project.ts';
import type { Toolchain } from '../toolchain/find.ts';
import { knownFlags } from '../toolchain/known-flags.ts';
import type { ModulePlan } from './describe-module.ts';

/** The routines that checks call: a C source that becomes part of a module with checks. */
const SOURCE = join(sdkDir, 'sanitize', CHECKS_SOURCE);

/**
 * The records that checks point to are initialised variables, and of the routines only those that are called shall
 * stay.
 */
const PASSES: readonly PassChange[] = [
  ['gc-sections', true],
  ['variables', true],
];

/**
 * The same module with checks in its code. In the plain form its code is that of the small form, which can reach
 * initialised variables.
 * @returns undefined when it has nothing that a compiler could check
 * @throws NatmodError `no-sanitizer` for each check that the compiler does not have
 */
export async function sanitizedPlan(plan: ModulePlan, sanitizers: Sanitizers): Promise<ModulePlan | undefined> {
  const { toolchain, work, linker } = plan;
  if (toolchain === undefined || plan.sources.every((source) => !isChecked(source))) return undefined;
  const { flags, haveRecords } = await checkFlags(toolchain, sanitizers);
  // The stack protector calls what the linker has.
  if (!haveRecords) return { ...plan, cflags: [...plan.cflags, ...flags] };
  return {
    ...plan,
    sources: [...plan.sources, SOURCE],
    ...(work === undefined ? {} : { work: { ...work, order: [...work.order, SOURCE] } }),
    cflags: [...(plan.compact === undefined ? reachingVariables(plan, toolchain) : plan.cflags), ...flags],
    linker: { ...linker, passes: [...PASSES, ...linker.passes] },
  };
}

/**
 * The flags that put checks into code. `haveRecords`: it calls the routines of that source, with records of where it
 * is.
 * @throws NatmodError `no-sanitizer` for each check that the compiler does not have
 */
export async function checkFlags(
  toolchain: Toolchain,
  sanitizers: Sanitizers,
): Promise<{ readonly flags: readonly string[]; readonly haveRecords: boolean }> {
  const { family } = toolchain.arch;
  const words = await knownChecks(toolchain, sanitizers);
  const flags = sanitizeFlags(words, sanitizers.stack, family === 'x86' || family === 'x64');
  return { flags, haveRecords: words.length > 0 };
}

function isChecked(source: string): boolean {
  const kind = sourceKind(source);
  return kind === 'c' || kind === 'c++';
}

function reachingVariables({ arch, cflags }: ModulePlan, { compiler }: Toolchain): readonly string[] {
  return mergeFlags(cflags, compactFlagsFor(arch, compiler), defaultFlags(arch, { mpyDir: '' }));
}

/** What `-fsanitize=` of the compiler takes; of groups that which this version of it has. */
async function knownChecks(toolchain: Toolchain, sanitizers: Sanitizers): Promise<readonly string[]> {
  const { compiler, flags, arch } = toolchain;
  const checks = checksFor(sanitizers, isClang(compiler) ? 'clang' : 'gcc');
  const flagOf = ({ word }: CompilerCheck) => `-fsanitize=${word}`;
  const there = checks.filter(({ word }) => word !== undefined);
  const known = new Set(await knownFlags(toolchain, [...compiler, ...flags], [...new Set(there.map(flagOf))]));
  const isThere = (name: string) => checks.some((check) => check.asked === name && known.has(flagOf(check)));
  const lacking = sanitizers.checks.filter((name) => !isThere(name));
  if (known.size === 0 && lacking.length > 0 && !(await compilesAtAll(toolchain)))
    return there.map(({ word }) => word!);
  if (lacking.length > 0) throw new NatmodError(lacking.map((name) => lackOf(name, compiler, arch.name)));
  return there.filter((check) => known.has(flagOf(check))).map(({ word }) => word!);
}

/** One that does not is told of by what it says when it compiles the module. */
async function compilesAtAll(toolchain: Toolchain): Promise<boolean> {
  const plain = '-O1';
  return (await knownFlags(toolchain, [...toolchain.compiler, ...toolchain.flags], [plain])).includes(plain);
}

function lackOf(check: string, compiler: readonly string[], arch: string) {
  const other = isClang(compiler) ? 'GCC' : 'clang';
  return {
    code: 'no-sanitizer',
    message: `${basename(compiler.at(-1)!)} for ${arch} has no check '${check}'`,
    hint: `a newer one or ${other} may have it: --cc COMMAND; 'undefined' takes what there is`,
  } as const;
}
