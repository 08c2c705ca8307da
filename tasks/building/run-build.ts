import type { Problem } from '../../natmod-rules/problem.ts';
import { openSession } from '../incremental/session.ts';
import type { ModulePlan } from '../modules/describe-module.ts';
import type { ModuleSource } from '../modules/find.ts';
import type { Options } from '../options/options.ts';
import { createProgress } from '../report/progress.ts';
import { printLine, printProblems, yellow } from '../report/report.ts';
import { archesOf, type BuildItem, buildItems, itemsOf, type Outcome, printBuilt, subjectOf } from './build-items.ts';
import type { BuiltModule, OnLinked } from './build-module.ts';

export interface BuildSummary {
  readonly built: readonly (BuildItem & BuiltModule & { readonly plan: ModulePlan })[];
  readonly failed: readonly (BuildItem & { readonly problems: readonly Problem[] })[];
  readonly skipped: readonly (BuildItem & { readonly reason: string })[];
}

/**
 * Builds modules for architectures: all of them, also when some fail, and prints a line for each that was not up to date.
 *
 * @param all modules to choose from by `options.modules`
 * @param onLinked gets what was linked, also for modules that are up to date
 * @throws NatmodError for what is wrong before anything is built: `unknown-module`, `no-compiler` for `all`
 */
export async function runBuild(
  all: readonly ModuleSource[],
  options: Options,
  onLinked?: OnLinked,
): Promise<BuildSummary> {
  const session = openSession(options.outDir, options);
  try {
    const items = itemsOf(all, options, await archesOf(options));
    const progress = createProgress(items.length);
    const tell = (outcome: Outcome) => {
      printOutcome(outcome, options, items.length === 1);
      progress.done();
    };
    const outcomes = await buildItems(items, options, session, tell, onLinked);
    progress.end();
    const summary = summarize(outcomes);
    printSummary(summary);
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

function printOutcome(outcome: Outcome, options: Options, alone: boolean): void {
  if (outcome.kind === 'failed') printProblems(outcome.problems, subjectOf(outcome));
  if (outcome.kind !== 'built') return;
  if (!outcome.upToDate) printBuilt(outcome, options);
  else if (alone) printLine(`${subjectOf(outcome)} is up to date`);
}

export function printSummary({ built, failed, skipped }: BuildSummary): void {
  for (const reason of new Set(skipped.map((item) => item.reason))) {
    const names = skipped.filter((item) => item.reason === reason).map((item) => item.name);
    printLine(`${yellow('left out')} ${[...new Set(names)].join(', ')}: ${reason}`);
  }
  if (built.length + failed.length + skipped.length < 2) return;
  const upToDate = built.filter((item) => item.upToDate).length;
  const counts = built.length > upToDate || upToDate === 0 ? [`${built.length - upToDate} built`] : [];
  if (upToDate > 0) counts.push(`${upToDate} up to date`);
  if (failed.length > 0) counts.push(`${failed.length} failed`);
  if (skipped.length > 0) counts.push(`${skipped.length} left out`);
  printLine(counts.join(', '));
}
