/** npm's packages: installed when package-lock.json asks for something else than node_modules holds. */

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { withLock } from './folders.mjs';
import { isDiskFull, isUnreachable } from './messages.mjs';
import { cacheDir, projectDir } from './paths.cjs';
import { run } from './processes.mjs';
import { SetupError, say } from './report.mjs';

/** @typedef {{ version?: string, integrity?: string, optional?: boolean, link?: boolean }} LockedPackage */

/**
 * Installs the dependencies of a project with `npm ci` unless they are there. npm's output is passed through.
 * @param {string} [folder] the folder of package.json and package-lock.json
 * @returns {Promise<boolean>} whether there was anything to do
 * @throws {SetupError} when npm fails
 */
export async function provideDependencies(folder = projectDir()) {
  checkNode();
  if (isUpToDate(folder)) return false;
  const id = createHash('sha256').update(folder).digest('hex').slice(0, 16);
  return withLock(join(cacheDir(), 'locks', `npm-${id}`), async () => {
    if (isUpToDate(folder)) return false;
    say('installing the dependencies with npm ci');
    await npmCi(folder);
    if (!isUpToDate(folder)) {
      throw new SetupError('npm ci ended well, but node_modules is not what package-lock.json asks for', 'run: npm ci');
    }
    return true;
  });
}

/** The lowest Node that package.json's `engines` allows; older ones fail in ways that are hard to read. */
function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new SetupError(`Node ${process.versions.node} is too old`, 'install Node 20.19 or newer');
}

/**
 * npm itself records what it installed in a lock file inside node_modules, written last; so a broken-off install never
 * looks complete, and an install by hand counts.
 * @param {string} folder
 */
export function isUpToDate(folder) {
  const installed = readPackages(join(folder, 'node_modules', '.package-lock.json'));
  if (installed === undefined) return false;
  const wanted = readPackages(join(folder, 'package-lock.json')) ?? {};
  return Object.entries(wanted).every(([name, entry]) => {
    if (name === '') return true;
    const there = installed[name];
    // Optional packages are for other systems than this one.
    if (there === undefined) return entry.optional === true;
    return there.version === entry.version && there.integrity === entry.integrity;
  });
}

/**
 * @param {string} file
 * @returns {Record<string, LockedPackage> | undefined}
 */
function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    // Then everything is installed.
    return undefined;
  }
}

/**
 * The words that start npm. Started by npm, the program is known; on Windows it could not be started by name without a
 * shell.
 * @returns {[string, ...string[]]}
 */
export function npmCommand() {
  const npm = process.env.npm_execpath;
  if (npm?.endsWith('.js')) return [process.execPath, npm];
  const beside = join(dirname(process.execPath), 'node_modules', 'npm', 'bin', 'npm-cli.js');
  return process.platform === 'win32' && existsSync(beside) ? [process.execPath, beside] : ['npm'];
}

/** @param {string} folder */
async function npmCi(folder) {
  const args = ['ci', '--no-audit', '--no-fund', '--include=dev'];
  const [command, ...first] = npmCommand();
  const result = await run(command, [...first, ...args], { cwd: folder, show: true });
  if (result.exitCode === 0) return;
  if (isUnreachable(result.stderr)) {
    throw new SetupError(
      'npm ci cannot reach the package registry',
      'connect this machine to the network and run it again',
    );
  }
  if (isDiskFull(result.stderr)) {
    throw new SetupError(`no space left for ${join(folder, 'node_modules')}`, 'free some and run it again');
  }
  throw new SetupError('npm ci failed; its own lines above say why', 'when that is mended, run it again');
}
