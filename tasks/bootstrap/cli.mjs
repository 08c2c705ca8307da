/**
 * Starts the command-line programs that stand alone. In a clone they are compiled first when a source has changed
 * since.
 */
import { loadProgram } from './code-cache.mjs';
import { freshProgram } from './compiled.mjs';
import { projectDir } from './paths.mjs';

/**
 * Runs a program with the command line of this process.
 * @param {'mpy-ld' | 'mpy-tool'} name
 */
export function runCli(name) {
  let program;
  try {
    program = freshProgram(name);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'MODULE_NOT_FOUND') throw error;
    process.stderr.write(`natmod: esbuild is not installed: run \`npm install\` in ${projectDir()}\n`);
    process.exit(1);
  }
  loadProgram(program);
}
