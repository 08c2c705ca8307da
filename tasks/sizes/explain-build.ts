import { type Reductions, reductionsOf, type Why, whySymbol } from '../../natmod-rules/link/explain/index.ts';
import { overBudget, readBudget, reductionLines, STACK, whyLines } from '../../natmod-rules/size/index.ts';
import { subjectOf } from '../building/build-items.ts';
import type { OnLinked } from '../building/build-module.ts';
import { checkBudget } from '../building/check-budget.ts';
import type { Context } from '../building/context.ts';
import { type BuildSummary, runBuild } from '../building/run-build.ts';
import type { ModulePlan } from '../modules/describe-module.ts';
import type { ModuleSource } from '../modules/find.ts';
import { nearest } from '../options/nearest.ts';
import type { Options } from '../options/options.ts';
import { type Report, TaskFailure } from '../report/report.ts';
import { type Maps, measureBuilt, noteMaps } from './measure-built.ts';
import { checkStackBudget, noteStacks, type Stacks } from './stacks.ts';

/**
 * Builds, and tells what `--keep` and `--why` ask about what was built, also of modules that were up to date.
 * @throws TaskFailure when a module is over its budget or none has a symbol, after telling of it; NatmodError: those of
 *   `runBuild`
 */
export async function buildAndExplain(
  all: readonly ModuleSource[],
  options: Options,
  context: Context,
): Promise<BuildSummary> {
  const { keep, why } = options;
  const { report } = context;
  const budget = options.budget.length === 0 ? undefined : readBudget(options.budget);
  const stackBudget = options.stackBudget.length === 0 ? undefined : readBudget(options.stackBudget, STACK);
  const maps: Maps = new Map();
  const stacks: Stacks = new Map();
  const wished = stackBudget === undefined ? options : { ...options, debug: true };
  const noteMap = noteMaps(maps);
  const reductions = new Map<ModulePlan, Reductions>();
  const answers = new Map<ModulePlan, readonly (readonly Why[])[]>();
  const note: OnLinked = (plan, result) => {
    if (budget !== undefined) noteMap(plan, result);
    if (keep) reductions.set(plan, reductionsOf(result.image));
    answers.set(
      plan,
      why.map((name) => whySymbol(result.image, name)),
    );
  };
  const summary = await runBuild(all, wished, context, note, stackBudget && noteStacks(stacks, options.cwd));
  for (const built of summary.built) {
    const found = reductions.get(built.plan);
    if (found !== undefined) show(report, subjectOf(built), orNothing(reductionLines(found)));
  }
  const unknown = why.filter((name, i) => !explain(name, summary, report, (plan) => answers.get(plan)?.[i] ?? []));
  if (unknown.length > 0) throw new TaskFailure(`in no module: ${unknown.join(', ')}`);
  if (budget !== undefined && summary.failed.length === 0)
    checkBudget(await measureBuilt(summary.built, maps), budget, report, overBudget);
  if (stackBudget !== undefined && summary.failed.length === 0)
    checkStackBudget(summary.built, stacks, stackBudget, report);
  return summary;
}

function show(report: Report, subject: string, lines: readonly string[]): void {
  report.show(`${[`${subject}:`, ...lines.map((line) => `  ${line}`)].join('\n')}\n`);
}

function orNothing(lines: readonly string[]): readonly string[] {
  return lines.length > 0 ? lines : ['nothing was left out'];
}

/**
 * Prints what is known of a name; false, when the name that may have been meant has been told, for one that nothing
 * has.
 */
function explain(
  name: string,
  { built, failed }: BuildSummary,
  report: Report,
  answerOf: (plan: ModulePlan) => readonly Why[],
): boolean {
  const names = new Set<string>();
  let isKnown = false;
  for (const one of built) {
    const known = answerOf(one.plan).filter((why) => {
      if (why.kind === 'unknown') for (const other of why.names) names.add(other);
      return why.kind !== 'unknown';
    });
    if (known.length === 0) continue;
    isKnown = true;
    show(
      report,
      subjectOf(one),
      known.flatMap((why) => whyLines(name, why)),
    );
  }
  if (isKnown || failed.length > 0) return true;
  const near = mangled(name, names) ?? nearest(name, names);
  const [message = '', ...hint] = whyLines(name, { kind: 'unknown', names: [] }, near);
  report.problems([{ code: 'unknown-symbol', message, hint: hint.map((line) => line.trim()).join('\n') }]);
  return false;
}

/** The symbol of the function or variable of C++ that a name such as `add` or `Point::add(int)` may mean. */
function mangled(name: string, names: ReadonlySet<string>): string | undefined {
  const words = /^[\w:]+/.exec(name)?.[0].split('::') ?? [];
  const part = words.map((word) => `${word.length}${word}`).join('');
  const like = [...names].filter((symbol) => part !== '' && symbol.startsWith('_Z') && symbol.includes(part));
  return like.sort((a, b) => a.length - b.length)[0];
}
