import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, dirname } from 'node:path';
import { type ArchName, isArchName } from '../../natmod-rules/arch/index.ts';
import { formatProblem } from '../../natmod-rules/problem.ts';
import type { TestResult } from '../../natmod-rules/runtime/report.ts';
import type { Job, Outcome } from '../board/outcome.ts';
import type { BuildSummary } from '../building/run-build.ts';
import type { ModuleSource } from '../modules/find.ts';
import type { Report } from '../report/report.ts';
import { createPool } from '../system/pool.ts';
import { runtimesOf } from './build-for-run.ts';
import { findCallLists } from './call-lists.ts';
import { createXtensaLoader, type XtensaLoader } from './load-xtensa.ts';
import { findPlace, type Place, type PlaceWishes } from './places.ts';
import { runJob } from './run-job.ts';
import { compareOutput, findTests, SKIP, type TestFile } from './test-files.ts';
import { coreOf } from './xtensa-cores.ts';

type Built = BuildSummary['built'][number];

/** A test on which MicroPython has crashed. */
export interface Crashed {
  readonly place: Place;
  readonly job: Job;
  readonly outcome: Outcome;
  readonly built: readonly Built[];
}

export interface TestWishes extends PlaceWishes {
  readonly jobs?: number;
  /** For one test. */
  readonly timeoutMs: number;
  /** Where all modules run, instead of the best place for each. */
  readonly place?: Place;
  /** Called for each result as it comes. */
  readonly report?: Report;
  readonly onResult?: (result: TestResult) => void;
  /** Names of modules that shall tell where they lie at import; see `Job.tell`. */
  readonly tell?: (place: Place, built: Built) => readonly string[] | undefined;
  /** Says where in a module MicroPython has crashed, as lines. */
  readonly explain?: (crash: Crashed) => Promise<readonly string[]>;
}

/**
 * Runs the tests of all modules that were built, several at once; what was not built is among the results too.
 *
 * @param modules those that the build was of
 * @returns results in the order of modules and architectures
 */
export async function runTests(
  modules: readonly ModuleSource[],
  build: BuildSummary,
  wishes: TestWishes,
): Promise<TestResult[]> {
  const pool = createPool(wishes.jobs ?? availableParallelism());
  const tell = (result: TestResult) => {
    wishes.onResult?.(result);
    return result;
  };
  const failed = build.failed.map(({ name, arch, problems }) =>
    tell({ ...base(name, arch), status: 'failed', reason: `not built: ${problems.map(formatProblem).join('\n')}` }),
  );
  const skipped = build.skipped.map(({ name, arch, reason }) =>
    tell({ ...base(name, arch), status: 'skipped', reason }),
  );
  const loaders = new Map<ArchName, XtensaLoader>();
  const loaderOf = (arch: ArchName) => {
    const core = coreOf(arch);
    if (core !== undefined && !loaders.has(arch)) loaders.set(arch, createXtensaLoader(core));
    return loaders.get(arch);
  };
  const run = await Promise.all(
    build.built.map(async (built): Promise<TestResult[]> => {
      const { name, arch, file, plan } = built;
      const { module } = plan;
      if (!isArchName(arch)) return [];
      const place = wishes.place ?? findPlace(arch, { ...wishes, runtimes: await runtimesOf([module]) });
      const skip = (reason: string) => [tell({ ...base(name, arch), status: 'skipped', reason })];
      const loader = 'missing' in place && wishes.on === undefined ? loaderOf(arch) : undefined;
      if (loader !== undefined) {
        if (loader.missing !== undefined) return skip(loader.missing);
        const lists = await findCallLists(module.dir);
        const loaded = await pool.run(async () => loader.load(await readFile(file), lists, wishes.timeoutMs));
        return loaded.map((one) => tell({ module: name, arch, ...one }));
      }
      if ('missing' in place) return skip(place.missing);
      const tests = await findTests(module.dir, plan.sources);
      if (tests.length === 0) return skip('it has no test');
      return Promise.all(
        tests.map((test) => pool.run(async () => tell(await runTest(built, arch, test, place, wishes)))),
      );
    }),
  ).finally(() => Promise.all([...loaders.values()].map((loader) => loader.close())));
  const order = namesInOrder(modules, build);
  return [...failed, ...skipped, ...run.flat()].sort((a, b) => order.indexOf(a.module) - order.indexOf(b.module));
}

/** Names of modules in the order of the modules. */
function namesInOrder(modules: readonly ModuleSource[], { built, failed, skipped }: BuildSummary): string[] {
  const all = [...built, ...failed, ...skipped];
  return modules.flatMap(({ name, dir }) => [name, ...all.filter((one) => one.dir === dir).map((one) => one.name)]);
}

function base(module: string, arch: string) {
  return { module, arch, test: '', seconds: 0 };
}

async function runTest(
  built: Built,
  arch: ArchName,
  test: TestFile,
  place: Place,
  { timeoutMs, report, tell, explain }: TestWishes,
): Promise<TestResult> {
  const job: Job = {
    modules: new Map([[basename(built.file), await readFile(built.file)]]),
    scriptName: basename(test.path),
    script: await readFile(test.path),
    folder: dirname(test.path),
    timeoutMs,
    report,
    tell: tell?.(place, built),
  };
  const outcome = await runJob(place, job);
  const { ok, output, seconds } = outcome;
  const where = outcome.crashed ? await explain?.({ place, job, outcome, built: [built] }) : undefined;
  const [at, ...table] = where ?? [];
  const crash = at === undefined ? [] : [`crashed ${at}`, ...table];
  const reason = [`${outcome.reason} (${place.name})`, ...crash].join('\n    ');
  const result = { module: built.name, arch, test: test.name, output, seconds };
  if (!ok) return { ...result, status: 'failed', reason };
  if (output.trim() === SKIP) return { ...result, status: 'skipped', reason: 'the test says SKIP' };
  const wrong = compareOutput(output, test);
  return wrong === undefined ? { ...result, status: 'passed' } : { ...result, status: 'failed', reason: wrong };
}
