/** What Windows has that other systems do not. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { placeOf } from './machine.mjs';
import { archesOf, FILES, MAKE_MODULE, MODULE, natmod, writeModule } from './module.mjs';

/** @typedef {import('./machine.mjs').Windows} Windows */

/** @param {Windows} windows */
export async function withoutMake(windows) {
  const { stderr } = await natmod(windows, ['build', '--arch', 'armv7m'], { cwd: MAKE_MODULE, bare: true, status: 1 });
  assert.match(stderr, /GNU make not found on PATH/);
  assert.match(stderr, /winget install/);
  assert.match(stderr, /natmod\.config/);
}

/** @param {Windows} windows */
export async function withoutShell(windows) {
  const { stdout: sdk } = await natmod(windows, ['--sdk']);
  const place = sdk.trim().replaceAll(' ', '\\ ');
  const { stderr } = await windows.run(['make.exe', `MPY_DIR=${place}`, 'ARCH=armv7m'], { cwd: MAKE_MODULE });
  assert.match(stderr, /these rules need a POSIX shell[^\n]*natmod build/);
}

/** @param {Windows} windows */
export async function otherLetters(windows) {
  const folder = 'C:\\LETTERS';
  const there = placeOf(windows.driveC, folder);
  writeModule(there);
  writeFileSync(
    join(there, 'natmod.config.mjs'),
    "export default { name: 'mod', sources: ['Mod.c', 'Sub Dir/OTHER.c'] };\n",
  );
  await natmod(windows, ['build', '--arch', archesOf(windows)[0] ?? '', '--dir', 'c:\\letters'], { cwd: 'c:\\' });
  assert.ok(existsSync(join(there, 'mod.mpy')), 'no mod.mpy');
}

/** @param {Windows} windows */
export async function longPath(windows) {
  const folder = `C:\\${['long', 'longer', 'longest'].map((name) => name.padEnd(90, '-x')).join('\\')}`;
  const there = placeOf(windows.driveC, folder);
  writeModule(there);
  await natmod(windows, ['build', '--arch', archesOf(windows)[0] ?? '', '--dir', folder], { cwd: 'C:\\' });
  assert.ok(existsSync(join(there, 'mod.mpy')), 'no mod.mpy');
}

/** @param {Windows} windows */
export async function nul(windows) {
  const inspected = await natmod(windows, ['inspect', 'NUL'], { status: 1 });
  assert.match(inspected.stderr, /NUL/);
  const [arch = ''] = archesOf(windows);
  const args = ['--arch', arch, '--small', '--qstrs', 'mod.config.h', '-o', 'NUL', 'mod.c.o', 'sub dir\\other.c.o'];
  await natmod(windows, args, { cwd: 'C:\\some objects', program: 'mpy-ld' });
  assert.ok(!existsSync(join(placeOf(windows.driveC, 'C:\\some objects'), 'NUL')), 'a file NUL was made');
}

/** @param {Windows} windows */
export async function heldFile(windows) {
  const [arch = ''] = archesOf(windows);
  const module = `${MODULE}\\build-${arch}\\mod.mpy`;
  const path = placeOf(windows.driveC, module);
  const mark = `${path}.held`;
  const build = ['build', '--arch', archesOf(windows).join(',')];
  const hold = async (/** @type {number} */ time) => {
    rmSync(mark, { force: true });
    const { ended } = windows.start(['hold.exe', module, String(time)]);
    while (!existsSync(mark)) await sleep(50);
    return ended;
  };
  const header = join(placeOf(windows.driveC, MODULE), 'sub dir', 'other.h');
  writeFileSync(header, FILES['sub dir/other.h'].replace('3', '5'));
  const old = readFileSync(path);
  const held = hold(120_000);
  await Promise.race([held, sleep(5_000)]);
  const { stderr } = await natmod(windows, build, { status: 1 });
  assert.match(stderr, /another program has it open/);
  assert.ok(readFileSync(path).equals(old), 'the module is another one');
}

/** @param {Windows} windows */
export async function scriptCompiler(windows) {
  const script = join(windows.driveC, 'programs', 'my-gcc.cmd');
  writeFileSync(script, '@arm-none-eabi-gcc.exe %*\r\n');
  // npm puts a script for a POSIX shell beside it.
  writeFileSync(join(windows.driveC, 'programs', 'my-gcc'), '#!/bin/sh\nexec arm-none-eabi-gcc "$@"\n');
  const there = placeOf(windows.driveC, 'C:\\byscript');
  writeModule(there);
  await natmod(windows, ['build', '--arch', 'armv7m', '--cc', 'my-gcc'], { cwd: 'C:\\byscript' });
  assert.ok(existsSync(join(there, 'mod.mpy')), 'no mod.mpy');
}
