/**
 * Starts the command-line programs that stand alone. In a clone they are compiled first when a source has changed
 * since.
 */
const { loadProgram } = require('./code-cache.cjs');
const { freshProgram } = require('./compiled.cjs');
const { projectDir } = require('./paths.cjs');
const { failUnlessFinished } = require('./unfinished.cjs');

/**
 * Runs a program with the command line of this process.
 * @param {'mpy-ld' | 'mpy-tool'} name
 */
function runCli(name) {
  let program;
  try {
    program = freshProgram(name);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'MODULE_NOT_FOUND') throw error;
    process.stderr.write(`natmod: esbuild is not installed: run \`npm install\` in ${projectDir()}\n`);
    process.exit(1);
  }
  failUnlessFinished(name);
  loadProgram(program);
}

module.exports = { runCli };
