import { ARCHES } from '../natmod-rules/arch/index.ts';
import { fail } from '../natmod-rules/problem.ts';
import {
  resultCounts,
  resultsAsJson,
  resultsAsJUnit,
  resultTable,
  type TestResult,
} from '../natmod-rules/runtime/index.ts';
import { runBuild } from './building/run-build.ts';
import { allModules } from './modules/find.ts';
import { currentOptions, type Options } from './options/options.ts';
import { green, printLine, red, runTask, TaskFailure, yellow } from './report/report.ts';
import { askPlace, wantedModules, withBoardArch } from './run/build-for-run.ts';
import { portPlace } from './run/places.ts';
import { currentRunOptions } from './run/run-options.ts';
import { runTests } from './run/run-tests.ts';
import { writeWhole } from './system/files.ts';

/** `gulp test`: every module's tests on every architecture that was asked for. */
export async function test(): Promise<void> {
  await runTask(async () => {
    const asked = currentRunOptions();
    checkReport(asked.report);
    const place = asked.port === undefined ? undefined : portPlace(asked.port, asked);
    const options = currentOptions();
    const used = place?.kind === 'board' ? withBoardArch(options, await askPlace(place), place.name) : options;
    const modules = wantedModules(used);
    const build = await runBuild(allModules(used), used);
    // A board runs one script at a time.
    const jobs = place === undefined ? used.jobs : 1;
    const ran = await runTests(modules, build, { ...asked, place, jobs, onResult: printResult });
    const results = [...ran, ...notTried(used, ran)];
    process.stdout.write(`\n${resultTable(results)}\n\n`);
    for (const status of ['loaded', 'skipped'] as const) {
      for (const reason of reasonsOf(results, status)) printLine(reason);
    }
    printLine(resultCounts(results));
    if (asked.report !== undefined) await writeReport(asked.report, results);
    const failed = results.filter((result) => result.status === 'failed');
    if (failed.length > 0) throw new TaskFailure(`failed: ${[...new Set(failed.map(subjectOf))].join(', ')}`);
    if (!results.some(({ status }) => status === 'passed' || status === 'loaded')) throw new TaskFailure('no test ran');
  });
}

function printResult(result: TestResult): void {
  const time = `${result.seconds.toFixed(1)} s`;
  if (result.status === 'passed' || result.status === 'loaded') {
    printLine(`${green(result.status)} ${subjectOf(result).padEnd(24)} ${time}`);
  }
  if (result.status !== 'failed') return;
  const test = result.test === '' ? '' : ` ${result.test}`;
  printLine(`${red('failed')} ${subjectOf(result)}${test}: ${result.reason}`);
  const tail = (result.output ?? '').trim().split('\n').slice(-15).join('\n    ');
  if (tail !== '') process.stdout.write(`    ${tail}\n`);
}

function subjectOf({ module, arch }: TestResult): string {
  return `${module} ${arch}`;
}

/** With `all`, the architectures that have no compiler here are told by name. */
function notTried(options: Options, results: readonly TestResult[]): TestResult[] {
  if (options.arches !== 'all') return [];
  const tried = new Set(results.map((result) => result.arch));
  const modules = [...new Set(results.map((result) => result.module))];
  return ARCHES.filter((arch) => !tried.has(arch.name)).flatMap(({ name: arch }) => {
    const reason = `no compiler for ${arch}, so nothing was built`;
    return modules.map((module) => ({ module, arch, test: '', status: 'skipped' as const, reason, seconds: 0 }));
  });
}

/** A line for each reason why something was skipped, or only loaded. */
function reasonsOf(results: readonly TestResult[], status: TestResult['status']): string[] {
  const such = results.filter((result) => result.status === status);
  return [...new Set(such.map((result) => result.reason ?? ''))].map((reason) => {
    const own = such.filter((result) => result.reason === reason);
    const arches = [...new Set(own.map((result) => result.arch))];
    const modules = [...new Set(own.map((result) => result.module))];
    const what = modules.length > 3 ? arches.join(', ') : `${modules.join(', ')} on ${arches.join(', ')}`;
    return `${yellow(status)} ${what}: ${reason}`;
  });
}

function checkReport(file: string | undefined): void {
  if (file === undefined || /\.(xml|json)$/.test(file)) return;
  fail('bad-option', 'the name of a report ends in .xml or .json', { file });
}

async function writeReport(file: string, results: readonly TestResult[]): Promise<void> {
  await writeWhole(file, file.endsWith('.xml') ? resultsAsJUnit(results) : resultsAsJson(results));
  printLine(`report in ${file}`);
}
