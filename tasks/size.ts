import {
  differenceTable,
  type Measure,
  pairsOf,
  sizePage,
  sizeReport,
  sizeTable,
  symbolChanges,
  symbolChangeTable,
  symbolTables,
} from '../natmod-rules/size/index.ts';
import { listItems } from './building/build-items.ts';
import { runBuild } from './building/run-build.ts';
import { allModules, selectModules } from './modules/find.ts';
import { currentOptions } from './options/options.ts';
import { printLine, runTask, TaskFailure } from './report/report.ts';
import { type Baseline, findBaseline } from './sizes/baseline.ts';
import { checkBudget } from './sizes/explain-build.ts';
import { type Maps, measureBuilt, noteMaps } from './sizes/measure-built.ts';
import { currentSizeOptions } from './sizes/options.ts';
import { writeWhole } from './system/files.ts';

/** `gulp size`: builds, and shows how large the modules are and what makes them so. */
export async function size(): Promise<void> {
  await runTask(async () => {
    const asked = currentSizeOptions();
    const options = currentOptions();
    const all = allModules(options);
    const folders = selectModules(all, options.modules).map((module) => module.dir);
    const baseline = asked.diff === undefined ? undefined : await findBaseline(asked.diff, options, asked.cwd, folders);
    const maps: Maps = new Map();
    const { built, failed } = await runBuild(all, options, noteMaps(maps));
    const measures = await measureBuilt(built, maps);
    const notThere =
      measures.length === 0 ? [] : await show(measures, baseline && (() => baseline.measuresFor(built)), asked.symbols);
    if (asked.html !== undefined) save(asked.html, sizePage(measures));
    if (asked.report !== undefined) save(asked.report, sizeReport(measures));
    if (failed.length > 0) throw new TaskFailure(`not built: ${listItems(failed)}`);
    if (asked.budget !== undefined) checkBudget(measures, asked.budget);
    if (notThere.length > 0) throw new TaskFailure(`not built at ${asked.diff}: ${notThere.join(', ')}`);
  });
}

/** @returns modules that could not be compared, because the other build failed */
async function show(
  measures: readonly Measure[],
  before: (() => ReturnType<Baseline['measuresFor']>) | undefined,
  symbols: boolean,
): Promise<readonly string[]> {
  if (before === undefined) {
    print(sizeTable(measures));
    if (symbols) for (const one of measures) print(`${one.module} ${one.arch}\n\n${symbolTables(one)}`);
    return [];
  }
  const { measures: old, failed } = await before();
  const pairs = pairsOf(old, measures).filter(({ module, arch }) => !failed.includes(`${module} (${arch})`));
  print(differenceTable(pairs));
  if (!symbols) return failed;
  for (const { module, arch, before: was, after } of pairs) {
    if (was?.kinds === undefined || after?.kinds === undefined) {
      if (was !== undefined && after !== undefined)
        printLine(`${module} ${arch}: symbols are known of this build only`);
      continue;
    }
    const changes = symbolChanges(was, after);
    if (changes.length > 0) print(`${module} ${arch}\n\n${symbolChangeTable(changes)}`);
  }
  return failed;
}

function print(text: string): void {
  process.stdout.write(`\n${text}\n\n`);
}

function save(file: string, text: string): void {
  writeWhole(file, text);
  printLine(`written ${file}`);
}
