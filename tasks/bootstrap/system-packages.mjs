/** Programs that come as packages of the system: which are wanted, which are missing, and apt to install them. */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolders } from './make-folders.cjs';
import { failsToFetch } from './messages.mjs';
import { cacheDir } from './paths.cjs';
import { aptEnvironment, aptReason } from './private-apt.mjs';
import { findOnPath, run } from './processes.mjs';
import { say } from './report.mjs';

/**
 * @typedef {object} Tool
 * @property {string} what what it is, for messages
 * @property {readonly string[]} programs names to look for on PATH; the first found is the tool
 * @property {readonly string[]} packages Debian packages that bring it whole
 */

/** @type {readonly Tool[]} what every build needs */
export const HOST_TOOLS = [
  { what: 'C compiler', programs: ['gcc', 'clang'], packages: ['gcc', 'libc6-dev'] },
  { what: 'GNU make', programs: ['gmake', 'make'], packages: ['make'] },
];

/** @type {readonly Tool[]} what the tests need besides the host tools and the cross compilers */
export const TEST_TOOLS = [
  { what: 'QEMU for programs of other CPUs', programs: ['qemu-arm', 'qemu-arm-static'], packages: ['qemu-user'] },
  { what: 'unpacker of Debian sources', programs: ['dpkg-source'], packages: ['dpkg-dev', 'xz-utils'] },
  { what: 'git', programs: ['git'], packages: ['git'] },
  { what: 'list of processes', programs: ['ps'], packages: ['procps'] },
  { what: 'C++ compiler', programs: ['g++'], packages: ['g++'] },
  { what: 'C++ compiler for x86', programs: ['i686-linux-gnu-g++'], packages: ['g++-i686-linux-gnu'] },
  { what: 'clang', programs: ['clang'], packages: ['clang'] },
  { what: 'archiver of LLVM', programs: ['llvm-ar'], packages: ['llvm'] },
  { what: 'debugger for all CPUs', programs: ['gdb-multiarch'], packages: ['gdb-multiarch'] },
  { what: 'generator of random C programs', programs: ['csmith'], packages: ['csmith', 'libcsmith-dev'] },
  { what: 'cache of compilers', programs: ['ccache'], packages: ['ccache'] },
  { what: 'compilers on other machines', programs: ['distcc'], packages: ['distcc'] },
  { what: 'Python with pyelftools', programs: ['/usr/bin/python3'], packages: ['python3', 'python3-pyelftools'] },
];

/**
 * The tools' packages that are still to be installed. A program outside Debian's own folders is the user's and counts
 * as whole; a program that Debian installed may still lack the package with its headers or libraries.
 * @param {readonly Tool[]} tools
 * @returns {Promise<{ packages: string[], tools: Tool[] }>}
 */
export async function missingPackages(tools) {
  const suspects = tools.filter((tool) => {
    const found = tool.programs.map((name) => findOnPath(name)).find((path) => path !== undefined);
    return found === undefined || /^\/(usr\/)?bin\//.test(found);
  });
  const onDebian = findOnPath('dpkg-query') !== undefined;
  const installed = onDebian ? await installedPackages(suspects.flatMap((tool) => tool.packages)) : undefined;
  const missing = suspects.filter((tool) => {
    const found = tool.programs.some((name) => findOnPath(name) !== undefined);
    return !found || (installed !== undefined && tool.packages.some((name) => !installed.has(name)));
  });
  const packages = missing.flatMap((tool) => tool.packages).filter((name) => !installed?.has(name));
  return { packages: [...new Set(packages)], tools: missing };
}

/**
 * @param {readonly string[]} names
 * @returns {Promise<Set<string>>}
 */
async function installedPackages(names) {
  if (names.length === 0) return new Set();
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query fills these in.
  const format = '${Package} ${db:Status-Status}\n';
  const { stdout } = await run('dpkg-query', ['--show', `--showformat=${format}`, ...names], { env: aptEnvironment() });
  const lines = stdout.split('\n').map((line) => line.split(' '));
  return new Set(lines.filter(([, status]) => status === 'installed').map(([name]) => name ?? ''));
}

/**
 * Installs the packages of some tools with one apt-get, refreshing its lists first where there are none, and once more
 * when that did not do. What it does is said; where it may not or cannot, only the answer has it.
 * @param {readonly string[]} packages
 * @param {number} [uid] the user's number; only root may install
 * @returns {Promise<{ missing: string } | undefined>} why they could not be installed and what to do; undefined when
 *   all is well
 */
export async function installPackages(packages, uid = process.getuid?.()) {
  const command = installCommand(packages);
  if (findOnPath('apt-get') === undefined || (uid !== 0 && !mayBecomeRoot()))
    return { missing: howToInstall(packages) };
  say(`installing ${packages.join(' ')}`);
  if (hasLists() && (await runApt(install(packages), uid)) === undefined) return undefined;
  const update = await runApt(['update'], uid);
  const failure = await runApt(install(packages), uid);
  if (failure === undefined) return undefined;
  return { missing: `${update ?? failure}\nwhen that is mended, run: apt-get update && ${command}` };
}

/**
 * What to do where nothing is installed.
 * @param {readonly string[]} packages
 */
export function howToInstall(packages) {
  if (findOnPath('apt-get') !== undefined) return `as root, run: ${installCommand(packages)}`;
  return `install what Debian calls ${packages.join(' ')} with this system's own package manager`;
}

/** @param {readonly string[]} packages */
function installCommand(packages) {
  return `apt-get install --no-install-recommends ${packages.join(' ')}`;
}

/** @param {readonly string[]} packages */
function install(packages) {
  return ['install', '--yes', '--no-install-recommends', ...packages];
}

/**
 * @param {readonly string[]} args
 * @param {number | undefined} uid
 * @returns {Promise<string | undefined>} the reason when it failed; for `update`, also when only some lists came
 */
async function runApt(args, uid) {
  const options = ['-q', '-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Retries=3', ...keptPackages()];
  const [command, ...first] = uid === 0 ? ['apt-get'] : ['sudo', '-n', '-E', 'apt-get'];
  const all = [...first, ...options, ...args];
  const result = await run(command ?? '', all, { env: aptEnvironment(), timeoutMs: 1_800_000 });
  if (result.exitCode === 0 && !failsToFetch(result.stderr)) return undefined;
  return `apt-get ${args[0]} failed: ${aptReason(result.stderr)}`;
}

/** In CI the machine is there for this, and its user is often let without a password. */
function mayBecomeRoot() {
  return Boolean(process.env.CI) && findOnPath('sudo') !== undefined;
}

/**
 * In CI the packages' files stay in the cache folder, which is there again in the next run.
 * @returns {string[]} options of apt-get
 */
function keptPackages() {
  if (!process.env.CI) return [];
  const folder = join(cacheDir(), 'packages');
  makeFolders(join(folder, 'partial'));
  const options = [`Dir::Cache::archives=${folder}`, 'APT::Keep-Downloaded-Packages=true', 'APT::Sandbox::User=root'];
  return options.flatMap((option) => ['-o', option]);
}

/** Whether apt knows any packages; images for containers come without lists. */
function hasLists() {
  try {
    return readdirSync('/var/lib/apt/lists').some((name) => /_Packages(\.|$)/.test(name));
  } catch {
    // No folder, no lists: they are fetched.
    return false;
  }
}
