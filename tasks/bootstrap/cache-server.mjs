/**
 * A server for tests of caches that a team shares: nginx, as Debian builds it, with WebDAV. It is never installed, and
 * starts with no system.
 */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder, provideFolder, readStamp } from './folders.mjs';
import { cacheDir } from './paths.cjs';
import { unpackPackages } from './private-apt.mjs';
import { findOnPath, run } from './processes.mjs';
import { SetupError, say } from './report.mjs';

const RECIPE = 1;
const SUITE = 'trixie';
const PACKAGES = ['nginx', 'libc6', 'libcrypt1', 'libpcre2-8-0', 'libssl3t64', 'libzstd1', 'zlib1g'];

/** @typedef {import('./runtimes.mjs').Runtime} Runtime */

const folder = () => join(cacheDir(), 'tools', 'nginx');

/**
 * That nginx: of the system, else in the cache. Looks only.
 * @returns {Runtime | { missing: string }}
 */
export function findCacheServer() {
  const installed = findOnPath('nginx') ?? (existsSync('/usr/sbin/nginx') ? '/usr/sbin/nginx' : undefined);
  if (installed !== undefined) return { command: installed, args: [] };
  if (readStamp(folder(), RECIPE) === undefined) return { missing: 'nginx is not in the cache' };
  return commandIn(folder());
}

/** @param {string} root @returns {Runtime} its loader, told where its libraries are, and the program */
function commandIn(root) {
  const libraries = join(root, 'usr/lib/x86_64-linux-gnu');
  const loader = join(root, 'usr/lib64/ld-linux-x86-64.so.2');
  return { command: loader, args: ['--library-path', libraries, join(root, 'usr/sbin/nginx')] };
}

/**
 * Gets it into the cache, unless there is one already.
 * @returns {Promise<boolean>} whether there was anything to do
 * @throws {SetupError} when it cannot be had
 */
export async function provideCacheServer() {
  if (!('missing' in findCacheServer())) return false;
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new SetupError(`there is no nginx to download for ${process.platform} on ${process.arch}`);
  }
  makeFolder(join(cacheDir(), 'tools'));
  return provideFolder(folder(), RECIPE, async (temporary) => {
    say('getting nginx');
    await unpackPackages(temporary, { suite: SUITE, cpu: 'amd64' }, PACKAGES);
    const { command, args } = commandIn(temporary);
    const result = await run(command, [...args, '-V']);
    if (!result.stderr.includes('http_dav_module')) {
      throw new SetupError(`this nginx does not serve: ${result.stderr.trim()}`);
    }
    return { suite: SUITE };
  });
}
