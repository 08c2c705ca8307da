import type { Problem } from '../../natmod-rules/problem.ts';
import { openSession } from '../incremental/session.ts';
import type { ModulePlan } from '../modules/describe-module.ts';
import type { ModuleSource } from '../modules/find.ts';
import type { BuildItem, BuiltModule, Outcome } from '../modules/items.ts';
import type { Options } from '../options/options.ts';
import { createProgress } from '../report/progress.ts';
import type { Report } from '../report/report.ts';
import { traceTo } from '../system/spans.ts';
import { archesOf, buildItems, type ItemWishes, itemsOf, subjectOf, tellBuilt } from './build-items.ts';
import type { OnDescribed, OnLinked } from './build-module.ts';
import type { Context } from './context.ts';

export interface BuildSummary {
  readonly built: readonly (BuildItem & BuiltModule & { readonly plan: ModulePlan })[];
  readonly failed: readonly (BuildItem & { readonly plan?: ModulePlan; readonly problems: readonly Problem[] })[];
  readonly skipped: readonly (BuildItem & { readonly reason: string })[];
}

/**
 * Builds modules for architectures: all of them, also when some fail, and tells of each that was not up to date.
 *
 * @param all modules to choose from by `options.modules`
 * @param onLinked gets what was linked, also for modules that are up to date
 * @param onDescribed gets what ELF files were made of
 * @throws NatmodError for what is wrong before anything is built: `unknown-module`, `no-compiler` for `all`
 */
export function runBuild(
  all: readonly ModuleSource[],
  options: Options,
  context: Context,
  onLinked?: OnLinked,
  onDescribed?: OnDescribed,
): Promise<BuildSummary> {
  return traceTo(options.trace, () => buildAll(all, options, context, { onLinked, onDescribed }));
}

async function buildAll(
  all: readonly ModuleSource[],
  options: Options,
  { report, flow }: Context,
  hooks: Pick<ItemWishes, 'onLinked' | 'onDescribed'>,
): Promise<BuildSummary> {
  const session = openSession(options.outDir, options, report);
  try {
    const items = await itemsOf(all, options, await archesOf(options, session));
    const progress = createProgress(items.length, report);
    const told = new Set<string>();
    const each = (outcome: Outcome) => {
      if (!isTold(outcome, told)) tellOutcome(outcome, report, items.length === 1);
      progress.done();
    };
    const outcomes = await buildItems(items, options, session, { flow, each, ...hooks });
    progress.end();
    const summary = summarize(outcomes);
    tellSummary(summary, report);
    return summary;
  } finally {
    await session.save();
  }
}

export function summarize(outcomes: readonly Outcome[]): BuildSummary {
  return {
    built: outcomes.filter((outcome) => outcome.kind === 'built'),
    failed: outcomes.filter((outcome) => outcome.kind === 'failed'),
    skipped: outcomes.filter((outcome) => outcome.kind === 'skipped'),
  };
}

/** What is wrong with a Makefile is the same for every architecture, and told once. */
function isTold(outcome: Outcome, told: Set<string>): boolean {
  if (outcome.kind !== 'failed' || outcome.plan !== undefined) return false;
  const key = `${outcome.name} ${JSON.stringify(outcome.problems)}`;
  const before = told.has(key);
  told.add(key);
  return before;
}

function tellOutcome(outcome: Outcome, report: Report, alone: boolean): void {
  if (outcome.kind === 'failed') {
    const subject = outcome.plan === undefined && !alone ? outcome.name : subjectOf(outcome);
    report.problems(outcome.problems, subject);
  }
  if (outcome.kind !== 'built') return;
  if (!outcome.upToDate) tellBuilt(outcome, report);
  else if (alone) report.emit({ kind: 'up-to-date', module: outcome.name, arch: outcome.arch });
}

export function tellSummary({ built, failed, skipped }: BuildSummary, report: Report): void {
  for (const reason of new Set(skipped.map((item) => item.reason))) {
    const names = skipped.filter((item) => item.reason === reason).map((item) => item.name);
    report.emit({ kind: 'left-out', names: [...new Set(names)], reason });
  }
  if (built.length + failed.length + skipped.length < 2) return;
  const upToDate = built.filter((item) => item.upToDate).length;
  const counts = { built: built.length - upToDate, upToDate, failed: failed.length, leftOut: skipped.length };
  report.emit({ kind: 'summary', ...counts });
}
