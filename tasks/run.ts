import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ArchName } from '../natmod-rules/arch/index.ts';
import type { CountedBlock } from '../natmod-rules/debug/profile/index.ts';
import { fail } from '../natmod-rules/problem.ts';
import { splitTraceback } from '../natmod-rules/runtime/messages.ts';
import type { Context } from './building/context.ts';
import type { BuildSummary } from './building/run-build.ts';
import { namesToTell, tellCrash } from './debugger/tell-crash.ts';
import type { Options } from './options/options.ts';
import { Report, TaskFailure } from './report/report.ts';
import { askPlace, buildForRun, placeToRun, wantedModules, withBoardArch } from './run/build-for-run.ts';
import { callCounter } from './run/count-calls.ts';
import { type CountingPlace, countingPlace } from './run/counting.ts';
import { type Place, portPlace } from './run/places.ts';
import { checkProfileOptions, findEarlierRun, profilesOf, showProfiles } from './run/profile.ts';
import { runJob } from './run/run-job.ts';
import { readModules, scriptsOf, showOutput } from './run/scripts.ts';
import { coreOf } from './run/xtensa-cores.ts';

type Built = BuildSummary['built'];

/** `gulp run`: builds modules and runs a script, some code, or the modules' own tests in a real MicroPython. */
export async function run(options: Options, context: Context): Promise<void> {
  const { code, scripts, modules, dir } = options;
  checkProfileOptions(options);
  const port = options.port === undefined ? undefined : portPlace(options.port, options);
  if (code === undefined && scripts.length === 0 && modules.length === 0 && dir === undefined) {
    const hint = 'gulp run --module NAME [SCRIPT.py | -c CODE]; `gulp test` runs all tests of all modules';
    fail('bad-option', 'neither a module nor a script is named', undefined, hint);
  }
  if (options.profile) {
    await runCounting(options, context);
    return;
  }
  const isDebugged = options.gdb || options.gdbPort > 0;
  const wished = isDebugged ? { ...options, debug: true } : options;
  const boardOptions = port?.kind === 'board' ? withBoardArch(wished, await askPlace(port), port.name) : wished;
  const built = await buildForRun(boardOptions, context);
  const place = port ?? (await placeToRun(archOf(built), options, context.report));
  await runScripts({ built, scripts: await scriptsOf(options, built) }, place, options, context);
}

function archOf(built: Built): ArchName {
  return built[0]!.arch as ArchName;
}

/** The same in QEMU, with its instructions counted. */
async function runCounting(options: Options, context: Context): Promise<void> {
  const folders = (await wantedModules(options)).map((module) => module.dir);
  const earlier = await findEarlierRun(options, folders);
  // The ELF file says which function and line an instruction is of.
  const wished = { ...options, debug: true };
  const built = await buildForRun(wished, context);
  const folder = await mkdtemp(join(tmpdir(), 'natmod-profile-'));
  try {
    const count = await counterOf(built, options, folder);
    const profiles = await profilesOf(built, await count(built, context));
    const { report } = context;
    // The same is printed once more, and of no interest.
    const quiet = new Report((event) => event.kind !== 'script' && report.emit(event), report);
    const { profiles: before, failed } = await earlier.profilesFor(built, wished, context, (there) =>
      count(there, { ...context, report: quiet }, options.diff),
    );
    showProfiles(built, profiles, before, options, report);
    if (failed.length > 0) throw new TaskFailure(`not built at ${options.diff}: ${failed.join(', ')}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs the work with these modules; `at` is the git revision that they are of, when they are not those of now. */
type Count = (there: Built, context: Context, at?: string) => Promise<readonly CountedBlock[]>;

/** Scripts are the work, or lists of calls where no MicroPython runs. */
async function counterOf(built: Built, options: Options, folder: string): Promise<Count> {
  const core = coreOf(archOf(built));
  if (core !== undefined) {
    const counter = await callCounter(core, built, options, folder);
    return (there, { report }, at) => counter.count(there, report, ofRevision(at));
  }
  const scripts = await scriptsOf(options, built);
  const counting = await countingPlace(archOf(built), options.on, folder);
  return (there, context, at) => countBlocks({ built: there, scripts, at }, counting, options, context);
}

async function countBlocks(
  work: Work,
  { place, counts }: CountingPlace,
  options: Options,
  context: Context,
): Promise<readonly CountedBlock[]> {
  const blocks: CountedBlock[] = [];
  await runScripts(work, place, options, context, async (script) => {
    const some = await counts();
    if (some === undefined) fail('nothing-counted', `${script}: QEMU has written no counts`);
    for (const block of some) blocks.push(block);
  });
  return blocks;
}

function ofRevision(at: string | undefined): string {
  return at === undefined ? '' : `, with the modules of ${at}`;
}

interface Work {
  readonly built: Built;
  readonly scripts: Awaited<ReturnType<typeof scriptsOf>>;
  /** The git revision that the modules are of; left out for those of now. */
  readonly at?: string;
}

/** @param ran called behind each script that went well */
async function runScripts(
  { built, scripts, at }: Work,
  place: Place,
  options: Options,
  context: Context,
  ran?: (script: string) => Promise<void>,
): Promise<void> {
  const { report } = context;
  const { timeoutMs } = options;
  const files = await readModules(built);
  const tell = namesToTell(place, built);
  const problems: string[] = [];
  const ofThen = ofRevision(at);
  for (const script of scripts) {
    report.note(`running ${script.scriptName} on ${place.name}${ofThen}`);
    const show = showOutput(report, place.kind === 'board');
    const job = { ...script, modules: files, timeoutMs, show, report, tell };
    if (options.gdb || options.gdbPort > 0) {
      const { debugRun } = await import('./debugger/debug-run.ts');
      await debugRun(place, job, built, options, context);
      continue;
    }
    const outcome = await runJob(place, job);
    // What a board says of an exception comes behind its output.
    if (place.kind === 'board' && !outcome.ok)
      report.emit({ kind: 'script', output: splitTraceback(outcome.output).traceback });
    if (outcome.crashed) await tellCrash({ place, job, outcome, built }, options, context);
    if (outcome.ok) await ran?.(script.scriptName);
    else problems.push(`${script.scriptName}: ${outcome.reason}`);
  }
  for (const problem of problems) report.status('bad', 'failed', problem);
  if (problems.length > 0) throw new TaskFailure(`the script failed${ofThen}`);
}
