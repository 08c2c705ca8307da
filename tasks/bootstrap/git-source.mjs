/**
 * MicroPython's source tree from its git repository: one release, with the submodules that the examples are made of.
 */

import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { gitReasons } from './messages.mjs';
import { findOnPath, run } from './processes.mjs';
import { SetupError, say } from './report.mjs';

/**
 * @typedef {object} Release
 * @property {string} version as `1.28.0`
 * @property {string} url
 * @property {string} tag
 * @property {string} commit what the tag must lead to; git names everything in a commit by its hash, submodules too
 * @property {readonly string[]} submodules
 */

/** @type {Release} */
export const RELEASE = {
  version: '1.28.0',
  url: 'https://github.com/micropython/micropython',
  tag: 'v1.28.0',
  commit: 'e0e9fbb17ed6fd06bb76e266ae554784c9c80804',
  submodules: ['lib/berkeley-db-1.xx'],
};

const TIMEOUT_MS = 10 * 60_000;

/**
 * Gets a release into an empty folder, without git's own history.
 * @param {Release} release
 * @param {string} folder
 * @throws {SetupError} `git cannot ...` when it cannot be had, another one when it is not what it should be
 */
export async function cloneRelease(release, folder) {
  const { url, tag, commit, submodules } = release;
  say(`getting MicroPython ${release.version} with git (about 70 MB on disk)`);
  // A folder of its own: git wants it empty, and what is in it moves up when all is there.
  const work = join(folder, 'tree');
  mkdirSync(work);
  await git(['clone', '--depth', '1', '--single-branch', '--branch', tag, '--', url, work], folder);
  const head = (await git(['-C', work, 'rev-parse', 'HEAD'], folder)).trim();
  if (head !== commit) {
    const message = `the tag ${tag} of ${url} is commit ${head}, not ${commit}`;
    throw new WrongSources(message, 'this is not the release that natmod knows: nothing was kept');
  }
  for (const path of submodules) {
    await git(['-C', work, 'submodule', 'update', '--init', '--depth', '1', '--', path], folder);
  }
  rmSync(join(work, '.git'), { recursive: true, force: true });
  for (const path of submodules) rmSync(join(work, path, '.git'), { recursive: true, force: true });
}

/** What came is not what was asked for, so that no other way may be tried in its place. */
export class WrongSources extends SetupError {}

/**
 * @param {readonly string[]} args
 * @param {string} cwd
 * @returns {Promise<string>} what git printed
 */
async function git(args, cwd) {
  if (findOnPath('git') === undefined) throw new SetupError('git is not on PATH');
  const show = process.stderr.isTTY === true && args[0] === 'clone';
  const result = await run('git', ['-c', 'advice.detachedHead=false', ...args], {
    cwd,
    env: gitEnvironment(),
    timeoutMs: TIMEOUT_MS,
    show,
  });
  if (result.exitCode === 0) return result.stdout;
  const reason = gitReasons(result.stderr);
  const verb = args[0] === '-C' ? args[2] : args[0];
  throw new SetupError(`git cannot ${verb}: ${reason[0]?.replace(/^(fatal|error): /, '') ?? 'it gave no reason'}`);
}

/** No questions, messages in English, and no other repository than the one named, whoever calls us. */
function gitEnvironment() {
  /** @type {NodeJS.ProcessEnv} */
  const env = { ...process.env, GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C' };
  for (const name of ['GIT_DIR', 'GIT_WORK_TREE', 'GIT_INDEX_FILE', 'GIT_OBJECT_DIRECTORY', 'GIT_PREFIX']) {
    delete env[name];
  }
  return env;
}
