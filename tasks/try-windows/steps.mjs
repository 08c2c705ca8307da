/** What is tried on Windows, in order; later steps use what earlier ones have made. */
import assert from 'node:assert/strict';
import { copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeFolders } from '../bootstrap/make-folders.cjs';
import { placeOf } from './machine.mjs';
import {
  archesOf,
  FILES,
  MAKE_MODULE,
  MODULE,
  NATMOD,
  natmod,
  natmodHere,
  PROJECT,
  SOURCE,
  sameBytes,
  writeModule,
} from './module.mjs';
import { heldFile, longPath, nul, otherLetters, scriptCompiler, withoutMake, withoutShell } from './odd.mjs';
import { npmInstall } from './wine.mjs';

/** @typedef {import('./machine.mjs').Windows} Windows */

/** @type {readonly (readonly [name: string, run: (windows: Windows, twin: string) => Promise<void>])[]} */
const STEPS = [
  ['natmod --version, --sdk for make', start],
  ['gulp --tasks', gulpTasks],
  ['natmod list', list],
  ['natmod build of a config module, sources with CRLF, blanks in names: bytes', buildConfig],
  ['the same again compiles nothing; a changed header compiles its sources', buildAgain],
  ["zig's compiler", buildWithZig],
  ['a header that goes before the one that was read', shadow],
  ['natmod inspect, size, init', look],
  ['mpy-ld and mpy-tool with backslashes, drive letters, blanks: bytes', link],
  ['a Makefile with CRLF by GNU make: bytes', buildMakefile],
  ['no make: the way out', withoutMake],
  ["make with natmod's rules, and no POSIX shell: the way out", withoutShell],
  ['names in other letters', otherLetters],
  ['two modules whose names differ by large letters only', sameLetters],
  ['a path of more than 260 letters', longPath],
  ['NUL', nul],
  ['a module that another program has open', heldFile],
  ['a script of npm (.cmd) as a compiler', scriptCompiler],
];

/**
 * Installs natmod there and runs the steps.
 * @param {Windows} windows
 * @param {string} tarball of natmod
 * @param {import('./machine.mjs').Places} places
 * @param {(name: string, outcome: string) => void} tell
 * @returns {Promise<boolean>} whether all went well
 */
export async function tryAll(windows, tarball, places, tell) {
  const project = placeOf(windows.driveC, PROJECT);
  makeFolders(project);
  await npmInstall(project, [tarball]);
  const zig = join(project, 'node_modules', '@zigc');
  makeFolders(join(zig, 'win32-x64', 'bin'));
  copyFileSync(join(places.programs, 'bridge.exe'), join(zig, 'win32-x64', 'bin', 'zig.exe'));
  symlinkSync(places.zigLib, join(zig, 'lib'));
  writeModule(placeOf(windows.driveC, MODULE));
  const twin = mkdtempSync(join(tmpdir(), 'natmod-twin-'));
  let right = true;
  try {
    for (const [name, step] of STEPS) {
      try {
        await step(windows, twin);
        tell(name, 'works');
      } catch (error) {
        right = false;
        tell(name, /** @type {Error} */ (error).message.trim());
      }
    }
  } finally {
    rmSync(twin, { recursive: true, force: true });
  }
  return right;
}

/** @param {Windows} windows */
async function start(windows) {
  const version = await natmod(windows, ['--version']);
  assert.match(version.stdout, /^\d+\.\d+\.\d+\n$/);
  const { stdout } = await natmod(windows, ['--sdk']);
  assert.match(stdout, /^C:\/users\/A Name\/project\/[^\\]*\n$/);
}

/** @param {Windows} windows */
async function gulpTasks(windows) {
  const gulp = `${PROJECT}\\node_modules\\gulp\\bin\\gulp.js`;
  const command = ['node.exe', gulp, '--gulpfile', `${NATMOD}\\gulpfile.ts`, '--tasks'];
  const { status, stdout, stderr } = await windows.run(command, { cwd: PROJECT });
  assert.equal(status, 0, stderr + stdout);
  for (const name of ['build', 'watch', 'inspect']) assert.match(stdout, new RegExp(` ${name}\\b`));
}

/** @param {Windows} windows */
async function list(windows) {
  const { stdout } = await natmod(windows, ['list']);
  assert.match(stdout, /mod +C:\\users\\A Name\\my mod/);
  assert.match(stdout, /arm-none-eabi-gcc\.exe/);
  assert.match(stdout, /x64 +.*zig\.exe' clang/);
  const bare = await natmod(windows, ['list', '--dir', MODULE], { cwd: 'C:\\', bare: true });
  assert.doesNotMatch(bare.stdout, /^ +(?!xtensa )\w+ .*apt-get/m);
}

/** @param {Windows} windows @param {string} twin */
async function buildConfig(windows, twin) {
  const arches = archesOf(windows);
  const here = join(twin, 'my mod');
  writeModule(here, '\n');
  await natmodHere(here, ['build', '--arch', arches.join(','), '--no-cache']);
  await natmod(windows, ['build', '--arch', arches.join(',')]);
  for (const arch of arches) {
    const name = join(`build-${arch}`, 'mod.mpy');
    sameBytes(join(placeOf(windows.driveC, MODULE), name), join(here, name));
  }
}

/** @param {Windows} windows */
async function buildAgain(windows) {
  const build = ['build', '--arch', archesOf(windows).join(',')];
  const before = windows.compiled();
  await natmod(windows, build);
  assert.equal(windows.compiled() - before, 0, 'something was compiled though nothing had changed');
  const header = join(placeOf(windows.driveC, MODULE), 'sub dir', 'other.h');
  const module = join(placeOf(windows.driveC, MODULE), `build-${archesOf(windows)[0]}`, 'mod.mpy');
  const old = readFileSync(module);
  writeFileSync(header, FILES['sub dir/other.h'].replace('3', '4'));
  await natmod(windows, build);
  assert.ok(!readFileSync(module).equals(old), 'the module is that of the old header');
  writeFileSync(header, FILES['sub dir/other.h']);
  await natmod(windows, build);
  assert.ok(readFileSync(module).equals(old), 'the module is not that of the header');
}

/** @param {Windows} windows @param {string} twin */
async function buildWithZig(windows, twin) {
  const build = ['build', '--cc', 'zig', '--arch', 'armv6m,x64', '--no-cache'];
  await natmod(windows, [
    'build',
    '--cc',
    `${PROJECT}\\node_modules\\@zigc\\win32-x64\\bin\\zig.exe`.replaceAll('\\', '/').replaceAll(' ', '\\ '),
    ...build.slice(3),
  ]);
  await natmodHere(join(twin, 'my mod'), build);
  for (const arch of ['armv6m', 'x64']) {
    const name = join(`build-${arch}`, 'mod.mpy');
    sameBytes(join(placeOf(windows.driveC, MODULE), name), join(twin, 'my mod', name));
  }
}

/** The module's folder is searched before natmod's headers. @param {Windows} windows */
async function shadow(windows) {
  const before = join(placeOf(windows.driveC, MODULE), 'py');
  makeFolders(before);
  writeFileSync(join(before, 'dynruntime.h'), '#error this one\n');
  const build = ['build', '--arch', archesOf(windows).join(',')];
  const { stderr } = await natmod(windows, build, { status: 1 });
  assert.match(stderr, /this one/);
  rmSync(before, { recursive: true });
  await natmod(windows, build);
}

/** Two modules of which Windows would make one file. @param {Windows} windows */
async function sameLetters(windows) {
  for (const [index, name] of ['Twin', 'tWIN'].entries()) {
    const folder = placeOf(windows.driveC, `C:\\twins\\${index}`);
    writeModule(folder);
    writeFileSync(
      join(folder, 'natmod.config.mjs'),
      `export default { name: '${name}', sources: ['mod.c', 'sub dir/other.c'] };\n`,
    );
  }
  const build = ['build', '--arch', archesOf(windows)[0] ?? '', '--out', 'C:\\twins\\out', '--dir', 'C:\\twins'];
  const { stderr } = await natmod(windows, build, { cwd: 'C:\\', status: 1 });
  assert.match(stderr, /already made by the module/);
}

/** @param {Windows} windows */
async function look(windows) {
  const [arch] = archesOf(windows);
  const inspected = await natmod(windows, ['inspect', `build-${arch}\\mod.mpy`]);
  assert.match(inspected.stdout, new RegExp(`${arch}`));
  const sized = await natmod(windows, ['size', '--arch', String(arch)]);
  assert.match(sized.stdout, /mod +/);
  await natmod(windows, ['init', 'hello'], { cwd: 'C:\\' });
  assert.match(readFileSync(join(windows.driveC, 'hello', 'package.json'), 'utf8'), /"natmod"/);
}

/** @param {Windows} windows @param {string} twin */
async function link(windows, twin) {
  const here = join(twin, 'objects');
  const there = 'C:\\some objects';
  for (const folder of [here, placeOf(windows.driveC, there)]) {
    makeFolders(folder);
    const built = join(twin, 'my mod', `build-${archesOf(windows)[0]}`, 'mod.build');
    cpSync(built, folder, { recursive: true });
  }
  const arch = archesOf(windows)[0] ?? '';
  const args = ['--arch', arch, '--small', '--qstrs', 'mod.config.h', '-o'];
  const objects = ['mod.c.o', 'sub dir/other.c.o'];
  await natmodHere(here, [...args, 'mod.native.mpy', ...objects], 'mpy-ld');
  const named = [`${there}\\mod.c.o`, 'sub dir\\other.c.o'];
  await natmod(windows, [...args, `${there}\\mod.native.mpy`, ...named], { cwd: there, program: 'mpy-ld' });
  const merge = ['--merge', '-o', 'whole.mpy', 'mod.native.mpy', 'helper.py.mpy'];
  await natmodHere(here, merge, 'mpy-tool');
  await natmod(
    windows,
    merge.map((word) => (word.includes('.') ? `.\\${word}` : word)),
    { cwd: there, program: 'mpy-tool' },
  );
  for (const name of ['mod.native.mpy', 'whole.mpy']) {
    sameBytes(join(placeOf(windows.driveC, there), name), join(here, name));
  }
}

/** @param {Windows} windows @param {string} twin */
async function buildMakefile(windows, twin) {
  const arch = archesOf(windows).at(-1) ?? '';
  const here = join(twin, 'makemod');
  const there = placeOf(windows.driveC, MAKE_MODULE);
  const makefile = [
    'MPY_DIR ?= nowhere',
    'MOD = made',
    'SRC = made.c \\',
    '  sub/more.c',
    'ARCH ?= x64',
    'include $(MPY_DIR)/py/dynruntime.mk',
    '',
  ];
  for (const [folder, end] of /** @type {const} */ ([
    [here, '\n'],
    [there, '\r\n'],
  ])) {
    makeFolders(join(folder, 'sub'));
    writeFileSync(join(folder, 'Makefile'), makefile.join(end));
    writeFileSync(join(folder, 'made.c'), SOURCE.replace('sub dir/other.h', 'sub/more.h').replaceAll('\n', end));
    writeFileSync(
      join(folder, 'sub', 'more.c'),
      FILES['sub dir/other.c'].replace('other.h', 'more.h').replaceAll('\n', end),
    );
    writeFileSync(join(folder, 'sub', 'more.h'), FILES['sub dir/other.h'].replaceAll('\n', end));
  }
  await natmodHere(here, ['build', '--arch', arch, '--no-cache']);
  await natmod(windows, ['build', '--arch', arch], { cwd: MAKE_MODULE });
  sameBytes(join(there, 'made.mpy'), join(here, 'made.mpy'));
  const before = windows.compiled();
  await natmod(windows, ['build', '--arch', arch], { cwd: MAKE_MODULE });
  assert.equal(windows.compiled() - before, 0, 'something was compiled though nothing had changed');
}
