/** Builds the modules of another git revision, in a folder of their own that is removed afterwards. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { devNull, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fail } from '../../natmod-rules/problem.ts';
import type { Measure } from '../../natmod-rules/size/index.ts';
import { buildItems, subjectOf } from '../building/build-items.ts';
import type { Context } from '../building/context.ts';
import { summarize } from '../building/run-build.ts';
import { openSession } from '../incremental/session.ts';
import { type ModuleSource, moduleIn } from '../modules/find.ts';
import type { Item } from '../modules/items.ts';
import type { Options } from '../options/options.ts';
import type { Report } from '../report/report.ts';
import { isFolder } from '../system/look.ts';
import { endProcesses, runProcess } from '../system/processes.ts';
import { sdkDir } from '../system/project.ts';
import { type Built, type Maps, measureBuilt, noteMaps } from './measure-built.ts';

/**
 * Checks that a name is a revision of every repository that modules lie in.
 * @throws NatmodError `no-git`, `no-baseline`
 */
export async function findCommit(revision: string, folders: readonly string[]): Promise<void> {
  for (const folder of new Set(folders)) await commitOf(revision, await topOf(folder, revision));
}

/** Measures what `built` would be at a revision. Modules that are not there have no measure. */
export async function measureRevision(
  revision: string,
  built: readonly Built[],
  options: Options,
  context: Context,
): Promise<{ measures: Measure[]; failed: string[] }> {
  const byTop = new Map<string, Built[]>();
  for (const one of built) {
    const top = await topOf(one.plan.module.dir, revision);
    byTop.set(top, [...(byTop.get(top) ?? []), one]);
  }
  const measures: Measure[] = [];
  const failed: string[] = [];
  for (const [top, own] of byTop) {
    const build = (dir: string) => buildThere({ top, dir, revision, built: own, options, context });
    const result = await inCheckout(top, revision, context.report, build);
    measures.push(...result.measures);
    failed.push(...result.failed);
  }
  return { measures, failed };
}

interface There {
  /** The repository, and the folder that has its files as they were. */
  readonly top: string;
  readonly dir: string;
  readonly revision: string;
  readonly built: readonly Built[];
  readonly options: Options;
  readonly context: Context;
}

async function buildThere({ top, dir, revision, built, options, context }: There) {
  const { report, flow } = context;
  const tree = join(dir, 'tree');
  const outDir = join(dir, 'out');
  const maps: Maps = new Map();
  const measures: Measure[] = [];
  const failed: string[] = [];
  // Modules may have trees of MicroPython of their own; those outside the repository are as they are now.
  const byTree = new Map<string | undefined, Item[]>();
  for (const { plan } of built) {
    const module = moduleThere(plan.module, join(tree, relative(top, realpathSync(plan.module.dir))));
    if (module === undefined) continue;
    const isOutside = relative(top, plan.mpyDir).startsWith('..') && plan.mpyDir !== sdkDir;
    const mpyDir = options.mpyDir ?? (isOutside ? plan.mpyDir : undefined);
    byTree.set(mpyDir, [...(byTree.get(mpyDir) ?? []), { module, arch: plan.arch }]);
  }
  for (const [mpyDir, items] of byTree) {
    const used = { ...options, mpyDir, outDir, outGiven: true };
    const session = openSession(outDir, used, report);
    try {
      const outcomes = await buildItems(items, used, session, { flow, onLinked: noteMaps(maps) });
      const summary = summarize(outcomes);
      measures.push(...(await measureBuilt(summary.built, maps)));
      for (const one of summary.failed) {
        report.problems(one.problems, `${revision}: ${subjectOf(one)}`);
        failed.push(`${one.name} (${one.arch})`);
      }
    } finally {
      await session.save();
    }
  }
  return { measures, failed };
}

/** A module as it was, under the name it has now; what a gulpfile says of it is as it is now. */
function moduleThere(module: ModuleSource, dir: string): ModuleSource | undefined {
  if (!isFolder(dir)) return undefined;
  if (module.config !== undefined) return { ...module, dir };
  const found = moduleIn(dir);
  return found && { ...found, name: module.name };
}

/**
 * Puts all files of a revision into a temporary folder for the time of `body`. The repository is not changed: an index
 * of its own is used, no work tree is registered and no hook runs.
 */
async function inCheckout<T>(
  top: string,
  revision: string,
  report: Report,
  body: (dir: string) => Promise<T>,
): Promise<T> {
  const commit = await commitOf(revision, top);
  const dir = mkdtempSync(join(realpathSync(tmpdir()), 'natmod-size-'));
  const stop = removeAtEnd(dir);
  try {
    const env = { GIT_INDEX_FILE: join(dir, 'index') };
    report.note(`building ${revision} (${commit.slice(0, 12)}) for comparison`);
    await gitOrFail(['read-tree', commit], top, revision, env);
    await gitOrFail(['checkout-index', '--all', `--prefix=${join(dir, 'tree')}/`], top, revision, env);
    return await body(dir);
  } finally {
    stop();
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Has a folder removed when this process ends, however that comes. The function returned does it at once. */
function removeAtEnd(dir: string): () => void {
  const stop = () => {
    process.off('exit', stop);
    for (const signal of SIGNALS) process.off(signal, onSignal);
    rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
  };
  const onSignal = (signal: NodeJS.Signals) => {
    // Compilers could still write into it.
    endProcesses();
    stop();
    process.kill(process.pid, signal);
  };
  process.once('exit', stop);
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return stop;
}

async function topOf(folder: string, revision: string): Promise<string> {
  const { status, stdout } = await git(['rev-parse', '--show-toplevel'], folder);
  if (status === 0 && stdout !== '') return realpathSync(stdout);
  return fail(
    'no-baseline',
    `'${revision}' is no folder and no report, and this folder is in no git repository`,
    { file: folder },
    WANTED,
  );
}

async function commitOf(revision: string, top: string): Promise<string> {
  const { status, stdout } = await git(
    ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`],
    top,
  );
  // Older versions of git print the option that ends options.
  const commit = stdout.split('\n').at(-1) ?? '';
  if (status === 0 && /^[0-9a-f]{40,64}$/.test(commit)) return commit;
  return fail(
    'no-baseline',
    `'${revision}' is no folder, no report (.json) and no revision of this repository`,
    { file: top },
    WANTED,
  );
}

const WANTED = 'for example --diff HEAD~1, --diff ../build-of-yesterday, --diff size.json';

async function gitOrFail(
  args: readonly string[],
  cwd: string,
  revision: string,
  env: Record<string, string>,
): Promise<void> {
  const { status, stderr } = await git(args, cwd, env);
  if (status !== 0)
    fail('no-baseline', `git cannot bring the files of '${revision}': ${stderr.split('\n', 1)[0]}`, { file: cwd });
}

/** In a hook of git these name the repository that it runs in, which need not be that of the module. */
const FOREIGN = { GIT_DIR: undefined, GIT_WORK_TREE: undefined, GIT_INDEX_FILE: undefined, GIT_PREFIX: undefined };

async function git(args: readonly string[], cwd: string, env: Record<string, string> = {}) {
  const quiet = ['-c', `core.hooksPath=${devNull}`, '-c', 'core.fsmonitor=false'];
  const { status, stdout, stderr, startError } = await runProcess(['git', ...quiet, ...args], {
    cwd,
    env: { ...FOREIGN, ...env },
  });
  if (startError === 'ENOENT') {
    fail(
      'no-git',
      'git is not on PATH, and only git knows other revisions',
      undefined,
      'name a folder of modules instead: --diff DIR',
    );
  }
  return { status, stdout: stdout.trim(), stderr };
}
