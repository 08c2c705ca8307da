/** Real MicroPython for the host's CPU and, through qemu-user, for x86 and ARM: where it is, and how to get it. */

import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { provideEmulator } from './emulators.mjs';
import { provideFolder, readStamp } from './folders.mjs';
import { cacheDir } from './paths.cjs';
import { unpackPackages } from './private-apt.mjs';
import { findOnPath, isProgram, run } from './processes.mjs';
import { SetupError, say } from './report.mjs';

/**
 * @typedef {'x64' | 'x86' | 'armhf'} RootName
 * @typedef {{ debianCpu: string, qemu: string, loader: string, libraries: string, megabytes: number }} Root
 * @typedef {{ command: string, args: string[] }} Runtime a program and the arguments that go before MicroPython's own
 * @typedef {{ missing: string }} Missing why something is not there, as the end of a sentence
 */

/** Raised when a root is put together in another way than before. */
const RECIPE = 1;
const SUITE = 'trixie';
const PACKAGES = ['micropython', 'libc6', 'libffi8', 'libmbedcrypto16', 'libmbedtls21', 'libmbedx509-7', 'libgcc-s1'];

/** @type {Readonly<Record<RootName, Root>>} */
const ROOTS = {
  x64: {
    debianCpu: 'amd64',
    qemu: 'qemu-x86_64',
    loader: 'usr/lib64/ld-linux-x86-64.so.2',
    libraries: 'usr/lib/x86_64-linux-gnu',
    megabytes: 16,
  },
  x86: {
    debianCpu: 'i386',
    qemu: 'qemu-i386',
    loader: 'usr/lib/ld-linux.so.2',
    libraries: 'usr/lib/i386-linux-gnu',
    megabytes: 15,
  },
  armhf: {
    debianCpu: 'armhf',
    qemu: 'qemu-arm',
    loader: 'usr/lib/ld-linux-armhf.so.3',
    libraries: 'usr/lib/arm-linux-gnueabihf',
    megabytes: 24,
  },
};

/**
 * Which root runs modules of which architecture. One ARM build loads all four, since each is a subset of its CPU.
 * @type {Readonly<Record<string, RootName>>}
 */
const ROOT_OF_ARCH = {
  x64: 'x64',
  x86: 'x86',
  armv6m: 'armhf',
  armv7m: 'armhf',
  armv7emsp: 'armhf',
  armv7emdp: 'armhf',
};

/** @type {Readonly<Partial<Record<NodeJS.Architecture, RootName>>>} */
const ROOT_OF_HOST = { x64: 'x64', ia32: 'x86', arm: 'armhf' };

/** @returns {RootName[]} every root there is */
export function rootNames() {
  return /** @type {RootName[]} */ (Object.keys(ROOTS));
}

/** @returns {RootName | undefined} the root that runs on this CPU without qemu */
export function hostRootName() {
  return ROOT_OF_HOST[process.arch];
}

/**
 * The MicroPython that imports modules of an architecture: `NATMOD_MICROPYTHON_<ARCH>` when set, then the one in the
 * cache, then, for the host's own CPU, `micropython` on PATH. Looks only; nothing is downloaded.
 * @param {string} arch name of the architecture, such as `armv7m`
 * @param {NodeJS.ProcessEnv} [env]
 * @param {boolean} [inEmulator] run it in QEMU also where this machine could run it itself
 * @returns {Runtime | Missing}
 */
export function findRuntime(arch, env = process.env, inEmulator = false) {
  const variable = `NATMOD_MICROPYTHON_${arch.toUpperCase()}`;
  const given = env[variable];
  if (given) return isProgram(given) ? { command: given, args: [] } : { missing: `${variable}=${given} is no program` };
  const rootName = ROOT_OF_ARCH[arch];
  if (rootName === undefined) return { missing: `no MicroPython for ${arch} can be had (${variable} may name one)` };
  const cached = runtimeInRoot(rootName, rootFolder(rootName, env), env, inEmulator);
  if (inEmulator || !('missing' in cached)) return cached;
  const onPath = hostRootName() === rootName ? findOnPath('micropython', env) : undefined;
  if (onPath !== undefined && loadsOurModules(onPath)) return { command: onPath, args: [] };
  return cached;
}

/** @param {string} arch @returns {RootName | undefined} the root that runs its modules */
export function rootOfArch(arch) {
  return ROOT_OF_ARCH[arch];
}

/**
 * Removes a root from the cache.
 * @param {RootName} rootName
 * @returns {boolean} whether there was any
 */
export function removeRuntime(rootName) {
  const folder = rootFolder(rootName, process.env);
  if (!existsSync(folder)) return false;
  rmSync(folder, { recursive: true });
  return true;
}

/** @param {RootName} rootName @param {NodeJS.ProcessEnv} env */
function rootFolder(rootName, env) {
  return join(cacheDir(env), 'runtimes', rootName);
}

/**
 * @param {RootName} rootName
 * @param {string} folder
 * @param {NodeJS.ProcessEnv} env
 * @param {boolean} inEmulator
 * @returns {Runtime | Missing}
 */
function runtimeInRoot(rootName, folder, env, inEmulator) {
  if (readStamp(folder, RECIPE) === undefined) {
    return { missing: `MicroPython for ${rootName} is not in the cache: natmod runtimes --add ${rootName}` };
  }
  return runtimeOfFolder(rootName, folder, env, inEmulator);
}

/**
 * @param {RootName} rootName
 * @param {string} folder
 * @param {NodeJS.ProcessEnv} env
 * @param {boolean} [inEmulator]
 * @returns {Runtime | Missing}
 */
function runtimeOfFolder(rootName, folder, env, inEmulator = false) {
  const root = ROOTS[rootName];
  const program = join(folder, 'usr/bin/micropython');
  // The root's own loader, told where the libraries are: left to itself it would follow the host's /etc/ld.so.cache.
  const loader = join(folder, root.loader);
  const args = ['--library-path', join(folder, root.libraries), program];
  if (!inEmulator && isRunByKernel(rootName, loader, args)) return { command: loader, args };
  const qemu = findOnPath(root.qemu, env) ?? findOnPath(`${root.qemu}-static`, env);
  if (qemu === undefined) return { missing: `${root.qemu} is not on PATH (Debian package qemu-user)` };
  return { command: qemu, args: ['-L', folder, loader, ...args] };
}

/** @type {Map<string, boolean>} loaders, and whether the kernel runs 32-bit programs */
const tried = new Map();

/**
 * Whether a root needs no qemu: it is of the host's CPU, or of 32 bits on an x64 host whose kernel runs such programs,
 * which not every one does.
 * @param {RootName} rootName
 * @param {string} loader
 * @param {readonly string[]} args
 */
function isRunByKernel(rootName, loader, args) {
  if (process.platform !== 'linux') return false;
  if (hostRootName() === rootName) return true;
  if (hostRootName() !== 'x64' || rootName !== 'x86') return false;
  let runs = tried.get(loader);
  if (runs === undefined) {
    runs = spawnSync(loader, [...args, '-c', ''], { stdio: 'ignore', timeout: 10_000 }).status === 0;
    tried.set(loader, runs);
  }
  return runs;
}

/**
 * Whether that MicroPython loads native modules of .mpy version 6.3.
 * @param {string} program
 */
function loadsOurModules(program) {
  const code = 'import sys; print(sys.implementation._mpy & 0x3ff)';
  const { stdout } = spawnSync(program, ['-c', code], { encoding: 'utf8', timeout: 10_000 });
  return stdout?.trim() === String((3 << 8) | 6);
}

/**
 * Gets MicroPython for one root into the cache, unless it is there. It is run once before it counts as there.
 * @param {RootName} rootName
 * @returns {Promise<boolean>} whether there was anything to do
 * @throws {SetupError} when it cannot be had
 */
export async function provideRuntime(rootName) {
  const isNew = await provideFolder(rootFolder(rootName, process.env), RECIPE, async (folder) => {
    say(`getting MicroPython for ${rootName} (${ROOTS[rootName].megabytes} MB on disk)`);
    await unpackPackages(folder, { suite: SUITE, cpu: ROOTS[rootName].debianCpu }, PACKAGES);
    // Debian's packages rely on the merged layout that an installed system has at its top.
    for (const name of ['lib', 'lib64']) {
      if (!existsSync(join(folder, name)) && existsSync(join(folder, 'usr', name)))
        symlinkSync(`usr/${name}`, join(folder, name));
    }
    await provideEmulatorFor(rootName, folder);
    return { suite: SUITE, implementation: await tryOut(rootName, folder) };
  });
  await provideEmulatorFor(rootName, rootFolder(rootName, process.env));
  return isNew;
}

/**
 * Installs what runs the programs of a root, where the kernel does not.
 * @param {RootName} rootName
 * @param {string} folder
 */
async function provideEmulatorFor(rootName, folder) {
  if (!('missing' in runtimeOfFolder(rootName, folder, process.env))) return;
  const { qemu } = ROOTS[rootName];
  await provideEmulator([qemu, `${qemu}-static`], 'qemu-user');
}

/**
 * @param {RootName} rootName
 * @param {string} folder
 * @returns {Promise<string>} what `sys.implementation` prints
 */
async function tryOut(rootName, folder) {
  const runtime = runtimeOfFolder(rootName, folder, process.env);
  if ('missing' in runtime) throw new SetupError(runtime.missing);
  const code = 'import sys; print(sys.implementation)';
  const result = await run(runtime.command, [...runtime.args, '-c', code], { timeoutMs: 30_000 });
  if (result.exitCode !== 0 || !result.stdout.includes('micropython')) {
    throw new SetupError(
      `MicroPython for ${rootName} does not run: ${result.stderr.trim() || `exit status ${result.exitCode}`}`,
    );
  }
  return result.stdout.trim();
}
