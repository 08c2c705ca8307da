import { join, relative } from 'node:path';
import { boardNote } from '../../natmod-rules/arch/boards.ts';
import { ARCHES, type Arch } from '../../natmod-rules/arch/index.ts';
import { type Level, USUAL_LEVEL } from '../../natmod-rules/compile/index.ts';
import { fail, NatmodError, type Problem, problemsIn } from '../../natmod-rules/problem.ts';
import { forgetElf } from '../debug/elf-place.ts';
import type { Session } from '../incremental/session.ts';
import { aboutShared } from '../make/shared-files.ts';
import { compactPlan } from '../modules/compact-plan.ts';
import type { ModulePlan } from '../modules/describe-module.ts';
import type { ModuleSource } from '../modules/find.ts';
import type { BuildItem, BuiltModule, Item, Outcome } from '../modules/items.ts';
import { hidingFolder } from '../modules/place.ts';
import { sanitizedPlan } from '../modules/sanitized-plan.ts';
import { nameAtHand, nameOf, selectModules } from '../modules/select.ts';
import type { Options } from '../options/options.ts';
import type { Report } from '../report/report.ts';
import { checkPassNames } from '../report/watch-passes.ts';
import { problemsOf } from '../stages/stage.ts';
import { foldsCase, isInside } from '../system/inside.ts';
import { optimizeLater } from '../system/optimize-later.ts';
import { createPool } from '../system/pool.ts';
import { allOrProblems } from '../system/settle.ts';
import { spanned } from '../system/spans.ts';
import { findToolchain } from '../toolchain/find.ts';
import { howToGetCompiler } from '../toolchain/ways.ts';
import { type BuildContext, buildModule, type OnDescribed, type OnLinked } from './build-module.ts';
import type { Flow } from './flow.ts';
import { type Planner, planAhead } from './plan-ahead.ts';
import { tellCost } from './sanitize-cost.ts';
import { withUserPaths } from './user-paths.ts';

/**
 * All items that options ask for.
 * @throws NatmodError `unknown-module`, `no-makefile`, `no-modules`
 */
export async function itemsOf(
  all: readonly ModuleSource[],
  options: Options,
  arches: readonly (Arch | undefined)[],
): Promise<readonly Item[]> {
  const chosen = await selectModules(all, options);
  return chosen.flatMap((module) => arches.map((arch) => ({ module, arch })));
}

export interface ItemWishes {
  readonly flow: Flow;
  /** See `BuildContext`. */
  readonly begin?: () => Promise<void>;
  /** Is told of every item as soon as it has ended. */
  readonly each?: (outcome: Outcome, item: Item) => void;
  /** Is told of what was linked for it. */
  readonly onLinked?: OnLinked;
  /** Is told of what its ELF file was made of. */
  readonly onDescribed?: OnDescribed;
}

/** So many that linking them is more of the same. */
const MANY_ITEMS = 8;

/** Builds items, several at once, also when some fail. */
export async function buildItems(
  items: readonly Item[],
  options: Options,
  session: Session,
  { flow, begin, each, onLinked, onDescribed }: ItemWishes,
): Promise<readonly Outcome[]> {
  checkPassNames(options);
  if (items.length >= MANY_ITEMS) optimizeLater();
  const context = { session, flow, begin, pool: createPool(options.jobs), onLinked, onDescribed, passes: options };
  // More than one module per core is under way, so that linking one overlaps with compiling the next.
  const lanes = createPool(options.jobs * 2);
  const outputs = new Map<string, string>();
  const plan = planAhead(items, options, context);
  return allOrProblems(
    items.map((item) =>
      lanes.run(async () => {
        const outcome = await plan.inTurn(item, () => buildItem(item, options, context, outputs, plan));
        each?.(outcome, item);
        return outcome;
      }),
    ),
  );
}

async function buildItem(
  item: Item,
  options: Options,
  context: BuildContext,
  outputs: Map<string, string>,
  plans: Planner,
): Promise<Outcome> {
  const { module, arch } = item;
  const { dir } = module;
  let names: BuildItem = { name: module.name, arch: arch?.name ?? '', dir };
  let plan: ModulePlan | undefined;
  try {
    const found = await plans.of(item);
    if ('skipped' in found) {
      return skippedOrRefused({ ...names, name: nameAtHand(module, options) }, found.skipped, options);
    }
    const unchecked = await compactPlan(found, levelOf(options, found));
    const sanitize = options.sanitize ?? found.sanitize;
    plan = (sanitize && (await sanitizedPlan(unchecked, sanitize))) ?? unchecked;
    // What it is called on the board; its folder may have any name.
    names = { name: plan.name, arch: plan.arch.name, dir };
    const { report } = context.session;
    report.problems(plan.warnings, subjectOf(names), 'warning');
    const { standsIn } = plan.toolchain ?? {};
    if (standsIn !== undefined) report.noteOnce(`${plan.arch.name}: ${standsIn}`);
    claimOutput(outputs, join(plan.place.folder, `${plan.name}.mpy`), plan, options.outDir);
    const span = { name: subjectOf(names), category: 'module' };
    const whole = plan;
    const built = await spanned(span, () => buildModule(whole, context));
    tellHiding(plan, report);
    if (plan !== unchecked && !built.upToDate) await tellCost(unchecked, built, context);
    return { kind: 'built', ...names, plan, ...built, ...(await describeCode(plan, built, options, context)) };
  } catch (error) {
    const problems = problemsOf(error)?.map((problem) => withUserPaths(aboutShared(problem, plan?.work)));
    if (problems === undefined) throw error;
    await context.begin?.();
    const name = plan?.name ?? (await nameOf(module, options, arch));
    return { kind: 'failed', ...names, name, plan, problems };
  }
}

/** @throws NatmodError `bad-option` when the command line asks for two things */
function levelOf({ optimize, noOptimize }: Options, plan: ModulePlan): Level {
  if (!noOptimize) return optimize ?? plan.optimize ?? USUAL_LEVEL;
  if (optimize === undefined || optimize === 'none') return 'none';
  return fail('bad-option', `--no-optimize and --optimize ${optimize} do not go together`);
}

/** The ELF file, if it is wanted; one of an earlier build would be wrong. */
async function describeCode(
  plan: ModulePlan,
  built: BuiltModule,
  options: Options,
  context: BuildContext,
): Promise<{ readonly elf?: string }> {
  if (!options.debug && plan.debug !== true && plan.linker.elf === undefined) {
    if (!built.upToDate) forgetElf(plan);
    return {};
  }
  const { buildElf } = await import('./build-elf.ts');
  return { elf: await buildElf(plan, built.file, context) };
}

function tellHiding({ name, arch, place, module }: ModulePlan, report: Report): void {
  const folder = hidingFolder(place, name, module.dir);
  if (folder === undefined) return;
  const text = `MicroPython imports the folder ${folder} instead of ${name}.mpy beside it: copy the file away, or name a folder with --out`;
  report.status('doubtful', 'note', `${name} ${arch.name}: ${text}`);
}

/** What was asked for by name must not be left out in silence. */
function skippedOrRefused(item: BuildItem, reason: string, options: Options): Outcome {
  if (options.modules.length === 0) return { kind: 'skipped', ...item, reason };
  return { kind: 'failed', ...item, problems: [{ code: 'cannot-build', message: `${item.name} ${reason}` }] };
}

/** Two modules, or two architectures of one, must not write the same file. */
function claimOutput(outputs: Map<string, string>, file: string, { module, arch }: ModulePlan, outDir: string): void {
  const output = isInside(outDir, file) ? relative(outDir, file) : file;
  const owner = `${module.dir} for ${arch.name}`;
  const key = foldsCase(outDir) ? output.toLowerCase() : output;
  const other = outputs.get(key);
  if (other !== undefined && other !== owner) {
    const message = `${output} is already made by the module in ${other}`;
    throw new NatmodError({ code: 'same-output', message, where: { file: module.dir }, hint: 'give one another MOD' });
  }
  outputs.set(key, owner);
}

/**
 * The architectures that options ask for; undefined stands for that of the module's Makefile.
 * @throws NatmodError `no-compiler` when there is none for any
 */
export async function archesOf(options: Options, session: Session): Promise<readonly (Arch | undefined)[]> {
  for (const note of (options.boardKinds ?? []).map(boardNote)) if (note !== undefined) session.report.noteOnce(note);
  return options.arches === 'all' ? archesWithCompiler(options, session) : (options.arches ?? [undefined]);
}

/** `all` means what can be compiled here; what is left out is told. */
async function archesWithCompiler({ cc, cross, cwd }: Options, { answers, report }: Session): Promise<readonly Arch[]> {
  const found: Arch[] = [];
  let problems: readonly Problem[] = [];
  for (const arch of ARCHES) {
    try {
      await findToolchain(arch, { cc, cross, cwd, answers });
      found.push(arch);
    } catch (error) {
      problems = [...problems, ...problemsIn(error)];
      const reason = `no compiler; ${howToGetCompiler(arch)}`;
      report.emit({ kind: 'left-out', names: [arch.name], reason });
    }
  }
  if (found.length === 0) throw new NatmodError(problems);
  return found;
}

export function subjectOf({ name, arch }: BuildItem): string {
  return arch === '' ? name : `${name} ${arch}`;
}

/** `one (x64), two (x64)`; of a module that was not understood the architecture is not known. */
export function listItems(items: readonly BuildItem[]): string {
  return items.map(({ name, arch }) => (arch === '' ? name : `${name} (${arch})`)).join(', ');
}

/** Tells of a module that was built. */
export function tellBuilt(
  { name, arch, file, bytes, sizes }: Outcome & { kind: 'built' },
  report: Report,
  more: { readonly word?: 'built' | 'fixed'; readonly change?: number; readonly ms?: number } = {},
): void {
  report.emit({ kind: 'built', word: 'built', module: name, arch, file, bytes, sizes, ...more });
  if (report.verbose) report.note(`      ${file}`);
}
