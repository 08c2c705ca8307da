/**
 * A compiler for Xtensa cores whose functions turn the register window, from Debian's packages alone. GCC and binutils
 * for lx106 take another core's description from a shared object that XTENSA_GNU_CONFIG names; it is made of two files
 * of QEMU's sources for each core and a header of binutils. Two cores are made: one has no floating point, like
 * ESP32-S2, and one has, like ESP32. They are not Espressif's cores: what they compile is for tests on QEMU, which runs
 * both.
 */

import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder, provideFolder, readStamp } from './folders.mjs';
import { makeFolders } from './make-folders.cjs';
import { isNoProgram } from './messages.mjs';
import { cacheDir, projectDir } from './paths.cjs';
import { openPrivateApt } from './private-apt.mjs';
import { findOnPath, run } from './processes.mjs';
import { SetupError, say } from './report.mjs';

/** Raised when it is made in another way than before. */
const RECIPE = 1;
const COMPILER_SUITE = 'trixie';
// Later releases of QEMU have the same cores in a larger package.
const CORES_SUITE = 'bookworm';
const COMPILER_PACKAGES = ['gcc-xtensa-lx106', 'binutils-xtensa-lx106', 'picolibc-xtensa-lx106-elf'];
const LIBRARY_PACKAGES = [
  'libc6',
  'libgmp10',
  'libisl23',
  'libmpc3',
  'libmpfr6',
  'zlib1g',
  'libzstd1',
  'libgcc-s1',
  'libstdc++6',
];
const LOADER = 'usr/lib64/ld-linux-x86-64.so.2';
const LIBRARIES = 'usr/lib/x86_64-linux-gnu';
const TOOLS = ['gcc', 'g++', 'ar', 'as', 'ld', 'nm', 'objdump', 'objcopy', 'readelf', 'size'];

/** @typedef {'dc233c' | 'de233_fpu'} WindowedCore by QEMU's name */

/** @type {readonly WindowedCore[]} */
export const WINDOWED_CORES = ['dc233c', 'de233_fpu'];

/** @param {NodeJS.ProcessEnv} [env] */
function folders(env = process.env) {
  const all = join(cacheDir(env), 'toolchains');
  return { all, root: join(all, 'xtensa-root'), final: join(all, 'xtensa-windowed') };
}

/**
 * The compiler for a core, if it was made.
 * @param {WindowedCore} [core] the one with floating point when left out, which is what ESP32 has
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {string | undefined} absolute
 */
export function findWindowedCompiler(core = 'de233_fpu', env = process.env) {
  const { final } = folders(env);
  const path = join(final, 'bin', `xtensa-${core}-elf-gcc`);
  return readStamp(final, RECIPE) !== undefined && existsSync(path) ? path : undefined;
}

/** Removes it. @returns {boolean} whether there was any */
export function removeWindowedCompiler() {
  const { root, final } = folders();
  const was = existsSync(final);
  for (const folder of [final, root]) rmSync(folder, { recursive: true, force: true });
  return was;
}

/**
 * Makes it, unless it is there (100 MB are downloaded).
 * @returns {Promise<boolean>} whether there was anything to do
 * @throws {SetupError} when it cannot be had
 */
export async function provideWindowedCompiler() {
  const { all, root, final } = folders();
  if (readStamp(final, RECIPE) !== undefined) return false;
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new SetupError(`the packages are for Linux on x64, not for ${process.platform} on ${process.arch}`);
  }
  const compiler = findOnPath('gcc') ?? findOnPath('clang');
  if (compiler === undefined) throw new SetupError('gcc is not on PATH', 'apt-get install gcc libc6-dev');
  makeFolder(all);
  // Programs have the place of their libraries in them, so the root is complete before anything in it runs.
  await provideFolder(root, RECIPE, (temporary) => fillRoot(temporary, root));
  await provideFolder(final, RECIPE, async (temporary) => {
    for (const core of WINDOWED_CORES) await makeCore(core, compiler, root, temporary, final);
    return { suite: COMPILER_SUITE };
  });
  return true;
}

/**
 * @param {string} folder
 * @param {string} place where the folder is going to be
 */
async function fillRoot(folder, place) {
  say('getting a compiler for windowed Xtensa cores');
  const downloads = join(folder, '.apt');
  const unpacked = join(downloads, 'unpacked');
  for (const name of ['', 'compiler', 'cores', 'sources', 'unpacked']) makeFolders(join(downloads, name));
  const apt = await openPrivateApt(join(downloads, 'compiler'), { suite: COMPILER_SUITE, cpu: 'amd64' });
  await apt.download([...COMPILER_PACKAGES, ...LIBRARY_PACKAGES], folder);
  await apt.download(['binutils-source'], unpacked);
  const older = await openPrivateApt(join(downloads, 'cores'), { suite: CORES_SUITE, cpu: 'amd64' });
  // A later one breaks the compiler proper.
  await older.download(['patchelf'], folder);
  const sources = await openPrivateApt(join(downloads, 'sources'), { suite: CORES_SUITE, sources: true });
  await sources.downloadSource('qemu', unpacked);
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.deb'))) {
    await must('dpkg-deb', ['--extract', join(folder, name), folder]);
    rmSync(join(folder, name));
  }
  for (const name of ['lib', 'lib64'])
    if (!existsSync(join(folder, name))) symlinkSync(`usr/${name}`, join(folder, name));
  await takeDescriptions(unpacked, folder);
  rmSync(downloads, { recursive: true });
  await setLibraries(folder, place);
  return { suite: COMPILER_SUITE };
}

/** @param {string} from folder with the packages of sources @param {string} folder */
async function takeDescriptions(from, folder) {
  const files = readdirSync(from);
  const find = (/** @type {RegExp} */ name) => join(from, files.find((file) => name.test(file)) ?? '');
  await must('dpkg-deb', ['--extract', find(/^binutils-source_.*\.deb$/), join(from, 'binutils')]);
  const place = join(from, 'binutils', 'usr', 'src', 'binutils');
  const archive = readdirSync(place).find((file) => /^binutils-.*\.tar\.xz$/.test(file)) ?? '';
  const target = join(folder, 'description');
  mkdirSync(target);
  const take = (/** @type {string} */ file, /** @type {string[]} */ patterns) =>
    must('tar', [
      '--extract',
      '--file',
      file,
      '--directory',
      target,
      '--strip-components=1',
      '--wildcards',
      ...patterns,
    ]);
  await take(join(place, archive), ['*/include/xtensa-*.h', '*/include/ansidecl.h']);
  const cores = WINDOWED_CORES.map((core) => `*/target/xtensa/core-${core}/*`);
  await take(find(/^qemu_.*\.orig\.tar\.xz$/), cores);
}

/**
 * Debian's programs of a later release find their loader and libraries in the root.
 * @param {string} folder
 * @param {string} place
 */
async function setLibraries(folder, place) {
  const version = readdirSync(join(folder, 'usr/lib/gcc/xtensa-lx106-elf'))[0] ?? '';
  const proper = ['cc1', 'cc1plus', 'collect2', 'lto1', 'lto-wrapper'].map((name) =>
    join('usr/lib/gcc/xtensa-lx106-elf', version, name),
  );
  const programs = [
    ...readdirSync(join(folder, 'usr/bin')).map((name) => join('usr/bin', name)),
    ...readdirSync(join(folder, 'usr/lib/xtensa-lx106-elf/bin')).map((name) =>
      join('usr/lib/xtensa-lx106-elf/bin', name),
    ),
    ...proper,
  ].filter((name) => /xtensa/.test(name));
  const loader = join(folder, LOADER);
  const start = ['--library-path', join(folder, LIBRARIES), join(folder, 'usr/bin/patchelf')];
  const how = ['--set-interpreter', join(place, LOADER), '--force-rpath', '--set-rpath', join(place, LIBRARIES)];
  for (const name of programs) {
    const result = await run(loader, [...start, ...how, join(folder, name)]);
    // Some are scripts.
    if (result.exitCode !== 0 && !isNoProgram(result.stderr)) throw new SetupError(result.stderr.trim());
  }
}

/**
 * The description of a core, programs that use it, and its run-time library.
 * @param {WindowedCore} core
 * @param {string} compiler of this machine
 * @param {string} root
 * @param {string} folder
 * @param {string} place where the folder is going to be
 */
async function makeCore(core, compiler, root, folder, place) {
  const own = join(projectDir(), 'tasks', 'toolchain', 'xtensa-windowed');
  const description = join(root, 'description');
  const files = join(description, 'target', 'xtensa', `core-${core}`);
  for (const name of ['bin', 'lib', 'stubs']) makeFolders(join(folder, name));
  // A header of QEMU's that its descriptions begin with.
  makeFolders(join(folder, 'stubs', 'qemu'));
  const standard = ['stdbool', 'stddef', 'stdint', 'string'].map((name) => `#include <${name}.h>\n`);
  writeFileSync(join(folder, 'stubs', 'qemu', 'osdep.h'), standard.join(''));
  const defines = [`-DCORE_ISA="${join(files, 'core-isa.h')}"`, '-DATTRIBUTE_UNUSED=__attribute__((unused))'];
  const includes = [own, join(description, 'include'), join(folder, 'stubs')].flatMap((name) => ['-I', name]);
  const sources = [join(own, 'description.c'), '-x', 'c', join(files, 'xtensa-modules.c.inc')];
  const object = join(folder, 'lib', `${core}.so`);
  await must(compiler, ['-shared', '-fPIC', '-O1', '-w', ...defines, ...includes, '-o', object, ...sources]);
  const library = join('lib', `libgcc-${core}.a`);
  for (const tool of TOOLS) {
    const path = join(folder, 'bin', `xtensa-${core}-elf-${tool}`);
    writeFileSync(path, wrapper(tool, join(place, 'lib', `${core}.so`), root, join(place, library)));
    chmodSync(path, 0o755);
  }
  await makeLibrary(core, own, folder, { object, root, library: join(folder, library) });
}

/**
 * Debian's libraries are for functions that keep the window, so they must never be found.
 * @param {string} tool
 * @param {string} object
 * @param {string} root
 * @param {string} library
 */
function wrapper(tool, object, root, library) {
  const program = join(root, 'usr', 'bin', `xtensa-lx106-elf-${tool}`);
  const quoted = (/** @type {string} */ text) => `'${text.replaceAll("'", "'\\''")}'`;
  const start = `XTENSA_GNU_CONFIG=${quoted(object)} exec ${quoted(program)}`;
  if (!/^g(cc|\+\+)$/.test(tool)) return `#!/bin/sh\n${start} "$@"\n`;
  const headers = quoted(join(root, 'usr', 'lib', 'xtensa-lx106-elf', 'include'));
  return `#!/bin/sh
for word; do
    case $word in
    -print-libgcc-file-name) echo ${quoted(library)}; exit ;;
    -print-file-name=*.a) echo "\${word#*=}"; exit ;;
    esac
done
${start} -isystem ${headers} "$@"
`;
}

/**
 * @param {WindowedCore} core
 * @param {string} own
 * @param {string} folder
 * @param {{ object: string, root: string, library: string }} made
 */
async function makeLibrary(core, own, folder, { object, root, library }) {
  const objects = join(folder, `objects-${core}`);
  mkdirSync(objects);
  const tool = (/** @type {string} */ name) => join(root, 'usr', 'bin', `xtensa-lx106-elf-${name}`);
  const env = { ...process.env, XTENSA_GNU_CONFIG: object };
  const headers = ['-isystem', join(root, 'usr', 'lib', 'xtensa-lx106-elf', 'include')];
  const flags = ['-Os', '-ffunction-sections', '-mlongcalls', '-fno-builtin', ...headers];
  const names = ['integers', 'floats'];
  for (const name of names) {
    await must(tool('gcc'), [...flags, '-c', join(own, `${name}.c`), '-o', join(objects, `${name}.o`)], env);
  }
  await must(tool('ar'), ['rcs', library, ...names.map((name) => join(objects, `${name}.o`))], env);
  rmSync(objects, { recursive: true });
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 */
async function must(command, args, env) {
  const result = await run(command, args, { env, timeoutMs: 300_000 });
  if (result.exitCode === 0) return;
  const lines = result.stderr.trim().split('\n').slice(-5).join('\n');
  throw new SetupError(`${command} failed`, lines || `exit status ${result.exitCode}`);
}
