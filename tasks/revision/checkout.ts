/** The files of a git revision, in a folder of their own that is removed afterwards. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fail } from '../../natmod-rules/problem.ts';
import type { Report } from '../report/report.ts';
import { endProcesses, runProcess } from '../system/processes.ts';

/** What else a name could have been, for those whose name is no revision. */
export interface OtherNames {
  /** `no folder and no report`. */
  readonly isNo: string;
  /** Examples of what is taken. */
  readonly hint: string;
}

/**
 * Checks that a name is a revision of every repository that modules lie in.
 * @throws NatmodError `no-git`, `no-baseline`
 */
export async function findCommit(revision: string, folders: readonly string[], others: OtherNames): Promise<void> {
  for (const folder of new Set(folders)) await commitOf(revision, await topOf(folder, revision, others), others);
}

/**
 * Puts all files of a revision into a temporary folder for the time of `body`. The repository is not changed: an index
 * of its own is used, no work tree is registered and no hook runs.
 */
export async function inCheckout<T>(
  top: string,
  revision: string,
  report: Report,
  body: (dir: string) => Promise<T>,
): Promise<T> {
  const commit = await commitOf(revision, top);
  const dir = mkdtempSync(join(realpathSync(tmpdir()), 'natmod-revision-'));
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

/**
 * The top folder of the repository that a folder is in.
 * @throws NatmodError `no-git`, `no-baseline`
 */
export async function topOf(folder: string, revision: string, others: OtherNames = NOTHING_ELSE): Promise<string> {
  const { status, stdout, stderr } = await git(['rev-parse', '--show-toplevel'], folder);
  if (status === 0 && stdout !== '') return realpathSync(stdout);
  // Git has other reasons, too, such as a repository that belongs to somebody else.
  const said = stderr.split('\n', 1)[0]!;
  const isNone = said === '' || said.includes('not a git repository');
  const why = isNone ? 'this folder is in no git repository' : `git does not know the one of this folder: ${said}`;
  return fail('no-baseline', `'${revision}' is ${others.isNo}, and ${why}`, { file: folder }, others.hint);
}

async function commitOf(revision: string, top: string, others: OtherNames = NOTHING_ELSE): Promise<string> {
  const { status, stdout } = await git(
    ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`],
    top,
  );
  // Older versions of git print the option that ends options.
  const commit = stdout.split('\n').at(-1) ?? '';
  if (status === 0 && /^[0-9a-f]{40,64}$/.test(commit)) return commit;
  const message = `'${revision}' is ${others.isNo}, and no revision of this repository`;
  return fail('no-baseline', message, { file: top }, others.hint);
}

/** Of a name that was found to be a revision before. */
const NOTHING_ELSE: OtherNames = { isNo: 'nothing else', hint: 'for example --diff HEAD~1' };

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
      'name a report instead, which --report FILE.json writes: --diff FILE.json',
    );
  }
  return { status, stdout: stdout.trim(), stderr };
}
