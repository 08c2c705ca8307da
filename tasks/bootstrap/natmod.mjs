/**
 * `natmod`: gulp with natmod's gulpfile, on the module in the caller's folder. Whatever gulp takes is taken here; what is no
 * task of the gulpfile (`--sdk`, `init`, the steps that dynruntime.mk has us do) is done without gulp.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { letReadersGo } from './closed-readers.mjs';
import { importCompiled } from './compiled.mjs';
import { projectDir } from './paths.mjs';

/** What runs without gulp, by the source that has a function `main(args)` for it. */
const programs = {
  init: 'tasks/init.ts',
  'make-compiler': 'tasks/make-compiler.ts',
  'make-config': 'tasks/make-config.ts',
  'make-link': 'tasks/make-link.ts',
  'mpy-cross': 'tasks/mpy-cross.ts',
};

/**
 * @param {readonly string[]} args the command line
 */
export async function main(args) {
  letReadersGo();
  const [first = ''] = args;
  if (first === '--sdk') return print(join(projectDir(), 'natmod-rules', 'sdk'));
  if (first === '--version' || first === '-v') return print(version());
  const source = /** @type {Record<string, string | undefined>} */ (programs)[first];
  if (source !== undefined && Object.hasOwn(programs, first)) {
    const program = await importCompiled(source);
    process.exitCode = await program.main(args.slice(1));
    return;
  }
  runGulp(args);
}

/** @param {readonly string[]} args */
function runGulp(args) {
  // The folder that is asked about; gulp changes to that of the gulpfile.
  const folder = namesFolders(args) ? [] : ['--dir', process.cwd()];
  process.env.NATMOD_COMMAND = 'natmod';
  process.argv.splice(2, Infinity, ...args, '--gulpfile', join(projectDir(), 'gulpfile.ts'), ...folder);
  const require = createRequire(import.meta.url);
  require(join(dirname(require.resolve('gulp')), 'bin', 'gulp.js'));
}

/**
 * Whether `--dir` is given, or `--module` with nothing but folders. A module that is named without a slash is one of the folder.
 *
 * @param {readonly string[]} args
 */
function namesFolders(args) {
  if (args.some((word) => /^--dir(=|$)/.test(word))) return true;
  const modules = args.flatMap((word, i) => {
    if (word === '--module') return (args[i + 1] ?? '').split(',');
    return word.startsWith('--module=') ? word.slice('--module='.length).split(',') : [];
  });
  return modules.length > 0 && modules.every((name) => /[/\\]|^\.\.?$/.test(name));
}

function version() {
  return JSON.parse(readFileSync(join(projectDir(), 'package.json'), 'utf8')).version;
}

/** @param {string} text */
function print(text) {
  process.stdout.write(`${text}\n`);
}
