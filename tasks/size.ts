import { relative } from 'node:path';
import { fail } from '../natmod-rules/problem.ts';
import {
  differenceTable,
  type Measure,
  overBudget,
  pairsOf,
  readBudget,
  STACK,
  sizePage,
  sizeReport,
  sizeTable,
  symbolChanges,
  symbolChangeTable,
  symbolTables,
} from '../natmod-rules/size/index.ts';
import { type StackDepth, stackTable } from '../natmod-rules/stack/index.ts';
import { listItems } from './building/build-items.ts';
import { checkBudget } from './building/check-budget.ts';
import type { Context } from './building/context.ts';
import { runBuild } from './building/run-build.ts';
import { allModules } from './modules/find.ts';
import { selectModules } from './modules/select.ts';
import type { Options } from './options/options.ts';
import { type Report, TaskFailure } from './report/report.ts';
import { type Baseline, findBaseline } from './sizes/baseline.ts';
import { type Built, type Maps, measureBuilt, noteMaps } from './sizes/measure-built.ts';
import { compareCompilers } from './sizes/other-compilers.ts';
import { checkStackBudget, noteStacks, type Stacks, stacksOf } from './sizes/stacks.ts';
import { writeWhole } from './system/files.ts';

/** `gulp size`: builds, and shows how large the modules are and what makes them so. */
export async function size(options: Options, context: Context): Promise<void> {
  const { report } = context;
  const { diff, symbols, html, report: file } = options;
  if (file !== undefined && !/\.json$/i.test(file)) {
    fail('bad-option', 'the name for --report ends in .json', { file: relative(options.cwd, file) });
  }
  const budget = options.budget.length === 0 ? undefined : readBudget(options.budget);
  const stackBudget = options.stackBudget.length === 0 ? undefined : readBudget(options.stackBudget, STACK);
  const wantsStacks = options.stack || stackBudget !== undefined;
  const all = allModules(options);
  const folders = (await selectModules(all, options)).map((module) => module.dir);
  const baseline = diff === undefined ? undefined : await findBaseline(diff, options, context, folders);
  const maps: Maps = new Map();
  const stacks: Stacks = new Map();
  const wished = wantsStacks ? { ...options, debug: true } : options;
  const noteStack = wantsStacks ? noteStacks(stacks, options.cwd) : undefined;
  const { built, failed } = await runBuild(all, wished, context, noteMaps(maps), noteStack);
  const measures = await measureBuilt(built, maps);
  const before = baseline && (() => baseline.measuresFor(built));
  const notThere = measures.length === 0 ? [] : await show(measures, before, symbols, report);
  if (options.compilers) {
    const table = await compareCompilers(all, built, measures, options, context);
    report.show(apart(table ?? 'there is no other compiler here: neither clang nor zig'));
  }
  if (options.stack) for (const one of built) showStacks(one, stacksOf(stacks, one), report);
  const withStacks = measures.map((one, i) => ({ ...one, stacks: stacks.get(built[i]!.plan) }));
  if (html !== undefined) save(html, sizePage(wantsStacks ? withStacks : measures), report);
  if (file !== undefined) save(file, sizeReport(measures), report);
  if (failed.length > 0) throw new TaskFailure(`not built: ${listItems(failed)}`);
  if (budget !== undefined) checkBudget(measures, budget, report, overBudget);
  if (stackBudget !== undefined) checkStackBudget(built, stacks, stackBudget, report);
  if (notThere.length > 0) throw new TaskFailure(`not built at ${diff}: ${notThere.join(', ')}`);
}

/** @returns modules that could not be compared, because the other build failed */
async function show(
  measures: readonly Measure[],
  before: (() => ReturnType<Baseline['measuresFor']>) | undefined,
  symbols: boolean,
  report: Report,
): Promise<readonly string[]> {
  if (before === undefined) {
    report.show(apart(sizeTable(measures)));
    if (symbols) for (const one of measures) report.show(apart(`${one.module} ${one.arch}\n\n${symbolTables(one)}`));
    return [];
  }
  const { measures: old, failed } = await before();
  const pairs = pairsOf(old, measures).filter(({ module, arch }) => !failed.includes(`${module} (${arch})`));
  report.show(apart(differenceTable(pairs)));
  if (!symbols) return failed;
  for (const { module, arch, before: was, after } of pairs) {
    if (was?.kinds === undefined || after?.kinds === undefined) {
      if (was !== undefined && after !== undefined)
        report.note(`${module} ${arch}: symbols are known of this build only`);
      continue;
    }
    const changes = symbolChanges(was, after);
    if (changes.length > 0) report.show(apart(`${module} ${arch}\n\n${symbolChangeTable(changes)}`));
  }
  return failed;
}

function showStacks({ name, arch }: Built, depths: readonly StackDepth[], report: Report): void {
  const text = depths.length === 0 ? 'nothing tells how much stack it takes' : stackTable(depths);
  report.show(apart(`${name} ${arch}\n\n${text}`));
}

function apart(text: string): string {
  return `\n${text}\n\n`;
}

function save(file: string, text: string, report: Report): void {
  writeWhole(file, text);
  report.note(`written ${file}`);
}
