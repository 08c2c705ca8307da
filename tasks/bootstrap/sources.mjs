/** MicroPython's source tree: headers to compare ours with, the reference tools, and mpy-cross. */

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { makeFolder, provideFolder, readStamp } from './folders.mjs';
import { cloneRelease, RELEASE, WrongSources } from './git-source.mjs';
import { compareNumbered } from './numbered.mjs';
import { cacheDir, projectDir } from './paths.cjs';
import { openPrivateApt } from './private-apt.mjs';
import { findOnPath, isProgram, run } from './processes.mjs';
import { describeError, SetupError, say } from './report.mjs';

/**
 * @typedef {{ dir: string, version: string }} SourceTree version as `1.25.0`, or `unknown` for a tree that does not say
 * @typedef {{ missing: string }} Missing
 */

const RECIPE = 1;

/** Debian suites to take the sources from, the settled one first; the tests want at least that one. */
export const SOURCE_SUITES = ['trixie', 'forky'];

/**
 * The MicroPython tree to use: `MPY_DIR` when set, else the newest in the cache.
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {SourceTree | Missing}
 */
export function findMicroPythonSource(env = process.env) {
  if (env.MPY_DIR) return describeTree(resolve(projectDir(), env.MPY_DIR));
  const trees = cachedTrees(env);
  return trees[trees.length - 1] ?? { missing: 'no MicroPython source tree is in the cache and MPY_DIR is not set' };
}

/**
 * @typedef {SourceTree & { suite: string }} CachedTree `suite` is the Debian suite that the tree is from, or `git`
 */

/**
 * All trees in the cache, oldest version first.
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {CachedTree[]}
 */
export function cachedTrees(env = process.env) {
  const folder = join(cacheDir(env), 'sources');
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.startsWith('micropython-'));
  const trees = names.flatMap((name) => {
    const stamp = readStamp(join(folder, name), RECIPE);
    if (stamp === undefined) return [];
    return [{ dir: join(folder, name), version: String(stamp.version), suite: String(stamp.suite) }];
  });
  return trees.sort((a, b) => compareNumbered(a.version, b.version));
}

/** @param {string} dir @returns {SourceTree | Missing} */
function describeTree(dir) {
  const config = join(dir, 'py', 'mpconfig.h');
  if (!existsSync(config))
    return { missing: `MPY_DIR=${dir} is no MicroPython source tree (py/mpconfig.h is not there)` };
  const text = readFileSync(config, 'utf8');
  const part = (/** @type {string} */ name) => new RegExp(`define MICROPY_VERSION_${name} (\\d+)`).exec(text)?.[1];
  const numbers = [part('MAJOR'), part('MINOR'), part('MICRO')];
  return { dir, version: numbers.includes(undefined) ? 'unknown' : numbers.join('.') };
}

/**
 * Gets the source tree of one Debian suite into the cache, unless it is there.
 * @param {string} suite one of `SOURCE_SUITES`
 * @returns {Promise<boolean>} whether there was anything to do
 * @throws {SetupError} when it cannot be had
 */
export async function provideSource(suite) {
  if (cachedTrees().some((tree) => tree.suite === suite)) return false;
  if (findOnPath('dpkg-source') === undefined) {
    throw new SetupError('dpkg-source is not on PATH', 'apt-get install --no-install-recommends dpkg-dev');
  }
  const folder = join(cacheDir(), 'sources');
  makeFolder(folder);
  // The version, which names the folder, is known only after the download.
  const staging = join(folder, `.${suite}`);
  await provideFolder(staging, RECIPE, async (temporary) => {
    say(`getting the sources of MicroPython from ${suite} (about 60 MB on disk)`);
    const downloads = join(temporary, '.apt');
    mkdirSync(downloads);
    const apt = await openPrivateApt(downloads, { suite, sources: true });
    await apt.downloadSource('micropython', downloads);
    const description = readdirSync(downloads).find((name) => name.endsWith('.dsc'));
    const version = /^micropython_([0-9.]+)/.exec(description ?? '')?.[1];
    if (description === undefined || version === undefined)
      throw new SetupError(`apt brought no sources from ${suite}`);
    const unpacked = await run('dpkg-source', ['--extract', join(downloads, description), join(temporary, 'tree')]);
    if (unpacked.exitCode !== 0) throw new SetupError(`${description} cannot be unpacked: ${unpacked.stderr.trim()}`);
    rmSync(downloads, { recursive: true });
    return { suite, version };
  });
  const version = String(readStamp(staging, RECIPE)?.version);
  await provideFolder(join(folder, `micropython-${version}`), RECIPE, async (temporary) => {
    moveUp(join(staging, 'tree'), temporary);
    return { suite, version };
  });
  rmSync(staging, { recursive: true, force: true });
  return true;
}

/**
 * Brings a pinned release into the cache, from git, or else from Debian's sources, whose tree lacks the submodules. apt
 * checks those as it checks all packages.
 * @param {import('./git-source.mjs').Release} [release]
 * @param {(suite: string) => Promise<boolean>} [fromDebian]
 * @returns {Promise<{ tree: CachedTree, isNew: boolean, whyNotGit?: string }>}
 * @throws {SetupError} when neither can be had, or git brought something else
 */
export async function bringSources(release = RELEASE, fromDebian = provideSource) {
  const [suite] = /** @type {[string, ...string[]]} */ (SOURCE_SUITES);
  try {
    const isNew = await provideRelease(release);
    return { tree: treeOf('git', release.version), isNew };
  } catch (error) {
    if (error instanceof WrongSources || !(error instanceof SetupError)) throw error;
    const whyNotGit = error.message;
    try {
      const isNew = await fromDebian(suite);
      return { tree: treeOf(suite), isNew, whyNotGit };
    } catch (second) {
      if (!(second instanceof SetupError)) throw second;
      const hint = `get a MicroPython tree by other means and name it with --mpy-dir DIR`;
      throw new SetupError(`${whyNotGit}; and from Debian: ${describeError(second)}`, hint);
    }
  }
}

/** @param {import('./git-source.mjs').Release} release */
function provideRelease(release) {
  const folder = join(cacheDir(), 'sources');
  makeFolder(folder);
  return provideFolder(join(folder, `micropython-${release.version}-git`), RECIPE, async (temporary) => {
    await cloneRelease(release, temporary);
    moveUp(join(temporary, 'tree'), temporary);
    return { suite: 'git', version: release.version, commit: release.commit };
  });
}

/**
 * @param {string} suite
 * @param {string} [version]
 * @returns {CachedTree}
 */
function treeOf(suite, version) {
  const tree = cachedTrees().find((one) => one.suite === suite && (version === undefined || one.version === version));
  if (tree === undefined) throw new SetupError(`the sources from ${suite} were removed while they were brought`);
  return tree;
}

/**
 * @param {string} from
 * @param {string} to
 */
function moveUp(from, to) {
  for (const name of readdirSync(from)) renameSync(join(from, name), join(to, name));
  rmSync(from, { recursive: true });
}

/**
 * The mpy-cross of a source tree, if it was built. Looks only.
 * @param {SourceTree | Missing} [tree] what `findMicroPythonSource` found when left out
 * @returns {{ path: string } | Missing}
 */
export function findMpyCross(tree = findMicroPythonSource()) {
  if ('missing' in tree) return tree;
  const places = [join(tree.dir, 'mpy-cross', 'build', 'mpy-cross'), join(mpyCrossFolder(tree), 'mpy-cross')];
  const path = places.find(isProgram);
  return path === undefined ? { missing: `mpy-cross of ${tree.dir} is not built` } : { path };
}

/**
 * The mpy-cross of a source tree, built when it is not there yet (about 8 s). A tree that the user gave is not written
 * to: its mpy-cross is built in the cache.
 * @param {SourceTree | Missing} [tree] what `findMicroPythonSource` found when left out
 * @returns {Promise<{ path: string } | Missing>} `missing` too when it cannot be built
 */
export async function buildMpyCross(tree = findMicroPythonSource()) {
  const found = findMpyCross(tree);
  if ('path' in found || 'missing' in tree) return found;
  try {
    await provideFolder(mpyCrossFolder(tree), RECIPE, async (temporary) => {
      say(`building mpy-cross ${tree.version}`);
      await makeMpyCross(tree.dir, temporary);
      return { version: tree.version };
    });
  } catch (error) {
    if (error instanceof SetupError) return { missing: error.message };
    throw error;
  }
  return findMpyCross(tree);
}

/** @param {SourceTree} source */
function mpyCrossFolder(source) {
  if (source.dir.startsWith(join(cacheDir(), 'sources'))) return join(source.dir, 'mpy-cross', 'build');
  const hash = createHash('sha256').update(source.dir).digest('hex').slice(0, 8);
  return join(cacheDir(), 'mpy-cross', `${source.version}-${hash}`);
}

/**
 * @param {string} treeDir
 * @param {string} buildDir
 */
async function makeMpyCross(treeDir, buildDir) {
  const make = findOnPath('gmake') ?? findOnPath('make');
  if (make === undefined) throw new SetupError('mpy-cross cannot be built: make is not on PATH');
  const args = ['-C', join(treeDir, 'mpy-cross'), `-j${cpus().length}`, `BUILD=${buildDir}`];
  const result = await run(make, args, { timeoutMs: 600_000 });
  if (result.exitCode === 0 && isProgram(join(buildDir, 'mpy-cross'))) return;
  const lines = result.stderr.trim().split('\n').slice(-5).join('\n');
  throw new SetupError(`mpy-cross of ${treeDir} cannot be built`, lines);
}
