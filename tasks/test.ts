import { ARCHES } from '../natmod-rules/arch/index.ts';
import {
  resultCounts,
  resultsAsJson,
  resultsAsJUnit,
  resultTable,
  type TestResult,
} from '../natmod-rules/runtime/index.ts';
import type { Context } from './building/context.ts';
import { runBuild } from './building/run-build.ts';
import { explainCrash, namesToTell } from './debugger/tell-crash.ts';
import { allModules } from './modules/find.ts';
import type { Options } from './options/options.ts';
import { type Report, TaskFailure } from './report/report.ts';
import { askPlace, runtimesOf, wantedModules, withBoardArch } from './run/build-for-run.ts';
import { portPlace } from './run/places.ts';
import { providePlaces } from './run/provide-places.ts';
import { runTests } from './run/run-tests.ts';
import { writeWhole } from './system/files.ts';

/** `gulp test`: every module's tests on every architecture that was asked for. */
export async function test(options: Options, context: Context): Promise<void> {
  const { report } = context;
  const place = options.port === undefined ? undefined : portPlace(options.port, options);
  const used = place?.kind === 'board' ? withBoardArch(options, await askPlace(place), place.name) : options;
  const modules = await wantedModules(used);
  const build = await runBuild(allModules(used), used, context);
  if (place === undefined) {
    const wishes = { ...options, runtimes: await runtimesOf(modules) };
    await providePlaces(new Set(build.built.map(({ arch }) => arch)), wishes, report);
  }
  // A board runs one script at a time.
  const jobs = place === undefined ? used.jobs : 1;
  const ran = await runTests(modules, build, {
    ...options,
    place,
    jobs,
    report,
    tell: (at, built) => namesToTell(at, [built]),
    explain: (crash) => explainCrash(crash, used, context),
    onResult: (one) => tellResult(one, report),
  });
  const results = [...ran, ...notTried(used, ran)];
  report.show(`\n${resultTable(results)}\n\n`);
  for (const status of ['native', 'loaded', 'skipped'] as const) {
    for (const reason of reasonsOf(results, status)) report.status('doubtful', wordOf(status), reason);
  }
  report.note(resultCounts(results));
  if (options.report !== undefined) writeReport(options.report, results, report);
  const failed = results.filter((result) => result.status === 'failed');
  if (failed.length > 0) throw new TaskFailure(`failed: ${[...new Set(failed.map(subjectOf))].join(', ')}`);
  if (!results.some(({ status }) => isGood(status))) throw new TaskFailure('no test ran');
}

function tellResult(result: TestResult, report: Report): void {
  const time = `${result.seconds.toFixed(1)} s`;
  if (isGood(result.status)) {
    report.status('good', wordOf(result.status), `${subjectOf(result).padEnd(24)} ${time}`);
  }
  if (result.status !== 'failed') return;
  const test = result.test === '' ? '' : ` ${result.test}`;
  report.status('bad', 'failed', `${subjectOf(result)}${test}: ${result.reason}`);
  const tail = (result.output ?? '').trim().split('\n').slice(-15).join('\n    ');
  if (tail !== '') report.show(`    ${tail}\n`);
}

function isGood(status: TestResult['status']): boolean {
  return status === 'passed' || status === 'native' || status === 'loaded';
}

function wordOf(status: TestResult['status']): string {
  return status === 'native' ? 'passed' : status;
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

/** A line for each reason why something was skipped, or not run whole. */
function reasonsOf(results: readonly TestResult[], status: TestResult['status']): string[] {
  const such = results.filter((result) => result.status === status);
  return [...new Set(such.map((result) => result.reason ?? ''))].map((reason) => {
    const own = such.filter((result) => result.reason === reason);
    const arches = [...new Set(own.map((result) => result.arch))];
    const modules = [...new Set(own.map((result) => result.module))];
    const what = modules.length > 3 ? arches.join(', ') : `${modules.join(', ')} on ${arches.join(', ')}`;
    return `${what}: ${reason}`;
  });
}

function writeReport(file: string, results: readonly TestResult[], report: Report): void {
  writeWhole(file, file.endsWith('.xml') ? resultsAsJUnit(results) : resultsAsJson(results));
  report.note(`report in ${file}`);
}
