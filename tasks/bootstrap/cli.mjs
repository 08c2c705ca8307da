/** Starts the compiled command-line programs. In a clone they are compiled first when a source has changed since. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { projectDir } from './paths.mjs';

export const programs = ['mpy-ld', 'mpy-tool'];
export const distDir = join(projectDir(), 'dist');
/** Lists the sources of dist/ with time and size. The npm package does not have it: nothing changes there. */
export const stampFile = join(distDir, 'sources.json');

/**
 * Runs a program with the command line of this process.
 * @param {string} name one of `programs`
 */
export async function runCli(name) {
  const file = join(distDir, `${name}.js`);
  if (!isFresh(file)) await compile();
  createRequire(import.meta.url)(file);
}

/** @param {string} file */
function isFresh(file) {
  if (!existsSync(stampFile)) return existsSync(file);
  try {
    /** @type {[path: string, mtimeMs: number, size: number][]} */
    const sources = JSON.parse(readFileSync(stampFile, 'utf8'));
    return sources.every(([path, mtimeMs, size]) => {
      const found = statSync(join(projectDir(), path));
      return found.mtimeMs === mtimeMs && found.size === size;
    });
  } catch {
    return false;
  }
}

async function compile() {
  try {
    const { buildCli } = await import('./build-cli.mjs');
    buildCli();
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'MODULE_NOT_FOUND') throw error;
    process.stderr.write(`natmod: esbuild is not installed: run \`npm install\` in ${projectDir()}\n`);
    process.exit(1);
  }
}
