/**
 * Espressif's compiler for ESP32, -S2 and -S3, which is no package of any system: a pinned release of it, in the cache.
 */

import { createHash } from 'node:crypto';
import { createWriteStream, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { makeFolder, provideFolder, readStamp } from './folders.mjs';
import { cacheDir } from './paths.cjs';
import { run } from './processes.mjs';
import { SetupError, say } from './report.mjs';

/**
 * @typedef {object} Archive
 * @property {string} url of a .tar.xz with one folder, `xtensa-esp-elf`
 * @property {string} sha256 of the archive, in hexadecimal digits
 * @property {number} bytes
 */

const RECIPE = 1;
const VERSION = '14.2.0_20241119';
const RELEASES = 'https://github.com/espressif/crosstool-NG/releases/download';

/** Hashes and sizes are those of ESP-IDF's tools/tools.json. @type {Readonly<Record<string, Archive>>} */
const ARCHIVES = {
  'linux x64': {
    url: `${RELEASES}/esp-${VERSION}/xtensa-esp-elf-${VERSION}-x86_64-linux-gnu.tar.xz`,
    sha256: 'e3e6dcf3d275c3c9ab0e4c8a9d93fd10e7efc035d435460576c9d95b4140c676',
    bytes: 174_652_716,
  },
  'linux arm64': {
    url: `${RELEASES}/esp-${VERSION}/xtensa-esp-elf-${VERSION}-aarch64-linux-gnu.tar.xz`,
    sha256: 'ac2b311dc0003386425086bfc813bf2aeb3cdf3b117845802df6ebef5f69955f',
    bytes: 176_920_772,
  },
};

/** The folder with the folders of compilers in it; it need not be there. @param {NodeJS.ProcessEnv} [env] */
export function espressifFolder(env = process.env) {
  return join(cacheDir(env), 'toolchains', 'espressif');
}

/**
 * Gets the compiler into the cache, unless it is there.
 * @param {Archive} [archive] that for this machine when left out
 * @returns {Promise<boolean>} whether there was anything to do
 * @throws {SetupError} when it cannot be had, or is not what it should be
 */
export async function provideEspressif(archive = ARCHIVES[`${process.platform} ${process.arch}`]) {
  const target = espressifFolder();
  if (readStamp(target, RECIPE) !== undefined) return false;
  if (archive === undefined) {
    throw new SetupError(
      `there is no pinned compiler of Espressif's for ${process.platform} on ${process.arch}`,
      'one that ESP-IDF, PlatformIO or Arduino has installed is found by itself',
    );
  }
  makeFolder(join(target, '..'));
  return provideFolder(target, RECIPE, async (folder) => {
    say(`getting Espressif's compiler (${Math.round(archive.bytes / 1e6)} MB to download, 4 times that on disk)`);
    const file = join(folder, 'archive.tar.xz');
    const sha256 = await download(archive.url, file);
    if (sha256 !== archive.sha256) throw new SetupError(`${archive.url} is not what it was: its SHA-256 is ${sha256}`);
    const into = join(folder, 'xtensa-esp-elf');
    mkdirSync(into);
    const result = await run('tar', ['-xJf', file, '-C', into, '--strip-components=1'], { timeoutMs: 900_000 });
    if (result.exitCode !== 0) throw new SetupError(`the compiler cannot be unpacked: ${result.stderr.trim()}`);
    rmSync(file);
    if (!existsSync(join(into, 'bin'))) throw new SetupError(`${archive.url} has no folder bin`);
    return { version: VERSION };
  });
}

/**
 * @param {string} url
 * @param {string} file
 * @returns {Promise<string>} its SHA-256
 */
async function download(url, file) {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(900_000) });
    if (!response.ok || response.body === null) throw new Error(`the server answers ${response.status}`);
    const hash = createHash('sha256');
    const body = Readable.fromWeb(/** @type {import('node:stream/web').ReadableStream} */ (response.body));
    body.on('data', (/** @type {Uint8Array} */ chunk) => hash.update(chunk));
    await pipeline(body, createWriteStream(file));
    return hash.digest('hex');
  } catch (error) {
    const { message, cause } = /** @type {Error} */ (error);
    const reason = cause instanceof Error ? cause.message : message;
    throw new SetupError(`${url} cannot be had: ${reason}`);
  }
}
