/** musl's C library for x86 and x64: its math functions can become part of a module, those of glibc cannot. */

import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder, provideFolder, readStamp } from './folders.mjs';
import { cacheDir } from './paths.cjs';
import { unpackPackages } from './private-apt.mjs';
import { say } from './report.mjs';

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
 * @param {MuslRoot} cpu
 * @returns {Promise<boolean>} whether there was anything to do
 * @throws {SetupError} when it cannot be had
 */
export async function provideMusl(cpu) {
  if (findMusl(cpu) !== undefined) return false;
  makeFolder(join(cacheDir(), 'libraries'));
  return provideFolder(folderOf(cpu), RECIPE, async (temporary) => {
    say(`getting musl for ${cpu}`);
    const { debianCpu, triplet } = ROOTS[cpu];
    const root = join(temporary, 'root');
    mkdirSync(root);
    const [name] = await unpackPackages(root, { suite: SUITE, cpu: debianCpu }, ['musl-dev']);
    renameSync(join(root, 'usr', 'lib', triplet, 'libc.a'), join(temporary, 'libc.a'));
    renameSync(join(root, 'usr', 'share', 'doc', 'musl-dev', 'copyright'), join(temporary, 'copyright'));
    rmSync(root, { recursive: true });
    return { suite: SUITE, package: name };
  });
}
