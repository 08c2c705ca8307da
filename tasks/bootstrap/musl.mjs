/** musl's C library for x86 and x64: its math functions can become part of a module, those of glibc cannot. */

import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder, provideFolder, readStamp } from './folders.mjs';
import { cacheDir } from './paths.mjs';
import { openPrivateApt } from './private-apt.mjs';
import { run } from './processes.mjs';
import { SetupError, say } from './report.mjs';

const RECIPE = 1;
const SUITE = 'trixie';

const ROOTS = {
  x64: { debianCpu: 'amd64', triplet: 'x86_64-linux-musl' },
  x86: { debianCpu: 'i386', triplet: 'i386-linux-musl' },
};

/** @typedef {keyof typeof ROOTS} MuslRoot */

/** @type {readonly MuslRoot[]} */
export const MUSL_ROOTS = ['x64', 'x86'];

/** @param {MuslRoot} root */
function folderOf(root) {
  return join(cacheDir(), 'libraries', `musl-${root}`);
}

/**
 * The `libc.a` of musl for an architecture: the system's own, else the one in the cache. Looks only.
 * @param {MuslRoot} root
 * @returns {string | undefined} absolute
 */
export function findMusl(root) {
  const { triplet } = ROOTS[root];
  const places = [`/usr/lib/${triplet}/libc.a`, `/usr/${triplet}/lib/libc.a`];
  if (readStamp(folderOf(root), RECIPE) !== undefined) places.push(join(folderOf(root), 'libc.a'));
  return places.find((path) => existsSync(path));
}

/**
 * Gets musl's `libc.a` into the cache, unless there is one already.
 * @param {MuslRoot} root
 * @returns {Promise<boolean>} whether there was anything to do
 * @throws {SetupError} when it cannot be had
 */
export async function provideMusl(root) {
  if (findMusl(root) !== undefined) return false;
  makeFolder(join(cacheDir(), 'libraries'));
  return provideFolder(folderOf(root), RECIPE, async (temporary) => {
    say(`getting musl for ${root}`);
    const { debianCpu, triplet } = ROOTS[root];
    const downloads = join(temporary, '.apt');
    mkdirSync(downloads);
    const apt = await openPrivateApt(downloads, { suite: SUITE, cpu: debianCpu });
    await apt.download(['musl-dev'], downloads);
    const name = readdirSync(downloads).find((file) => file.endsWith('.deb')) ?? '';
    const result = await run('dpkg-deb', ['--extract', join(downloads, name), join(downloads, 'root')]);
    if (result.exitCode !== 0) throw new SetupError(`${name} cannot be unpacked: ${result.stderr.trim()}`);
    renameSync(join(downloads, 'root', 'usr', 'lib', triplet, 'libc.a'), join(temporary, 'libc.a'));
    renameSync(join(downloads, 'root', 'usr', 'share', 'doc', 'musl-dev', 'copyright'), join(temporary, 'copyright'));
    rmSync(downloads, { recursive: true });
    return { suite: SUITE, package: name };
  });
}
