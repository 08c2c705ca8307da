/**
 * `natmod`: the public tasks, on the module in the caller's folder, without gulp. What is no task (`--sdk`, `init`, the
 * steps that dynruntime.mk has us do) is a program of its own.
 */
const { readFileSync } = require('node:fs');
const { join, sep } = require('node:path');
const { letReadersGo } = require('./closed-readers.cjs');
const { requireCompiled } = require('./compiled.cjs');
const { projectDir } = require('./paths.cjs');
const { failUnlessFinished } = require('./unfinished.cjs');

/** By the source that has a function `main(args)`. */
const programs = {
  init: 'tasks/init.ts',
  'make-compiler': 'tasks/make-compiler.ts',
  'make-flags': 'tasks/make-flags.ts',
  'make-check': 'tasks/make-check.ts',
  'make-config': 'tasks/make-config.ts',
  'make-link': 'tasks/make-link.ts',
  'make-sanitize': 'tasks/make-sanitize.ts',
  'mpy-cross': 'tasks/mpy-cross.ts',
};

/**
 * @param {readonly string[]} args the command line
 */
async function main(args) {
  letReadersGo();
  const [first = ''] = args;
  // For MPY_DIR of a make whose shell is a POSIX one, where a backslash would be none.
  if (first === '--sdk') return print(join(projectDir(), 'natmod-rules', 'sdk').split(sep).join('/'));
  if (first === '--version' || first === '-v') return print(version());
  const source = /** @type {Record<string, string | undefined>} */ (programs)[first];
  failUnlessFinished('natmod');
  const isProgram = source !== undefined && Object.hasOwn(programs, first);
  const program = requireCompiled(isProgram ? source : 'tasks/natmod.ts', first);
  process.exitCode = isProgram ? await program.main(args.slice(1)) : await program.main(args, process.cwd());
}

function version() {
  return JSON.parse(readFileSync(join(projectDir(), 'package.json'), 'utf8')).version;
}

/** @param {string} text */
function print(text) {
  process.stdout.write(`${text}\n`);
}

module.exports = { main };
