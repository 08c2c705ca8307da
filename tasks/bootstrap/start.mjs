/**
 * `npm start`: sets up what a build needs, builds every example for this machine's own CPU, imports each in a real
 * MicroPython if one can be had, and prints a table. Arguments are options of the build, such as `--mpy-dir DIR`; with
 * `--offline` nothing but npm's packages is got from the network. The exit status is 1 when something failed that
 * should work.
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { requireCompiled } from './compiled.cjs';
import { provideDependencies } from './dependencies.mjs';
import { projectDir } from './paths.cjs';
import { findRuntime, provideHostRuntime, provideHostTools, provideSources, requireMake } from './provide.mjs';
import { runMain, say } from './report.mjs';
import { runScript } from './run-script.mjs';
import { formatTable } from './table.mjs';

/**
 * @typedef {import('./runtimes.mjs').Runtime} Runtime
 * @typedef {import('./runtimes.mjs').Missing} Missing
 * @typedef {import('../building/run-build.ts').BuildSummary} BuildSummary
 * @typedef {{ row: (string | number)[], failed: boolean }} Outcome
 */

const EXAMPLES = join(projectDir(), 'examples');
const HEAD = ['module', 'architecture', 'text', 'rodata', 'bss', 'file', 'import'];
const NO_SIZES = ['-', '-', '-', '-'];
/** @type {Readonly<Partial<Record<NodeJS.Architecture, string>>>} */
const ARCH_OF_HOST = { x64: 'x64', ia32: 'x86' };
const LONGEST_TEXT = 200;

await runMain(async () => {
  await provideDependencies();
  const words = process.argv.slice(2).filter((word) => word !== '--offline');
  const isOffline = words.length < process.argv.length - 2;
  await (isOffline ? requireMake() : provideHostTools());
  const arch = ARCH_OF_HOST[process.arch];
  if (arch === undefined) {
    say(
      `modules cannot be made for this machine's own CPU (${process.arch}): name another with npx gulp build --arch NAME`,
    );
    return 0;
  }
  const lack = isOffline ? undefined : await provideHostRuntime();
  const noSources =
    isOffline || words.some((word) => /^(--mpy-dir|MPY_DIR)\b/.test(word)) ? undefined : await provideSources();
  if (noSources !== undefined)
    say(`could not be had: ${noSources.what}\n  ${noSources.reason.replaceAll('\n', '\n  ')}`);
  const found = findRuntime(arch);
  const runtime = 'missing' in found && lack !== undefined ? { missing: lack.reason } : found;
  const { buildAll, parseOptions } = requireCompiled('tasks/programs.ts');
  const callerDir = process.env.INIT_CWD ?? process.cwd();
  const options = parseOptions(['--arch', arch, ...words], callerDir, ['build']);
  const summary = await buildAll(exampleModules(), options);
  const outcomes = await tableOf(summary, runtime);
  process.stdout.write(`\n${formatTable([HEAD, ...outcomes.map((outcome) => outcome.row)])}`);
  return outcomes.some((outcome) => outcome.failed) ? 1 : 0;
});

/** @returns {import('../modules/find.ts').ModuleSource[]} every folder of examples/ that has a Makefile */
function exampleModules() {
  return readdirSync(EXAMPLES)
    .sort()
    .map((name) => ({ name, dir: join(EXAMPLES, name), makefile: 'Makefile' }))
    .filter(({ dir, makefile }) => existsSync(join(dir, makefile)));
}

/**
 * @param {BuildSummary} summary
 * @param {Runtime | Missing} runtime
 * @returns {Promise<Outcome[]>} by name; what was not built comes last
 */
async function tableOf({ built, failed, skipped }, runtime) {
  const imports = await Promise.all(built.map(({ name, file }) => importModule(name, file, runtime)));
  return [
    ...built.map(({ name, arch, sizes, bytes }, index) => {
      const parts = sizes === undefined ? NO_SIZES.slice(1) : [sizes.text, sizes.rodata, sizes.bss];
      const { text, good } = imports[index] ?? { text: '', good: false };
      return { row: [name, arch, ...parts, bytes, text], failed: !good };
    }),
    ...failed.map(({ name, arch, problems }) => {
      const reason = problems.map((problem) => problem.message).join('; ');
      return { row: [name, arch, ...NO_SIZES, shorten(`not built: ${reason}`)], failed: true };
    }),
    ...skipped.map(({ name, arch, reason }) => {
      // The build has printed the whole reason, with what to do about it.
      const [why = ''] = reason.split('; ');
      return { row: [name, arch, ...NO_SIZES, shorten(`not built: ${why}`)], failed: false };
    }),
  ];
}

/**
 * Imports a module by way of the test beside its sources, or bare when there is none.
 * @param {string} name name of the example's folder
 * @param {string} file the built .mpy
 * @param {Runtime | Missing} runtime
 * @returns {Promise<{ text: string, good: boolean }>} what it printed; `good` too when it was not tried
 */
async function importModule(name, file, runtime) {
  if ('missing' in runtime) return { text: shorten(`not tried: ${runtime.missing}`), good: true };
  const test = join(EXAMPLES, name, `test_${name}.py`);
  const script = existsSync(test)
    ? readFileSync(test, 'utf8')
    : `import ${basename(file, '.mpy')}\nprint('imported')\n`;
  const result = await runScript(runtime, { files: { [basename(file)]: readFileSync(file) }, script });
  if (result.exitCode === 0) return { text: shorten(result.stdout), good: true };
  const lines = `${result.stdout}${result.stderr}`.trim().split('\n');
  return { text: shorten(`failed: ${lines.at(-1) || `exit status ${result.exitCode}`}`), good: false };
}

/** @param {string} text @returns {string} on one line of bearable length */
function shorten(text) {
  const line = text.trim().replaceAll(/\s*\n\s*/g, ' | ');
  return line.length > LONGEST_TEXT ? `${line.slice(0, LONGEST_TEXT - 3)}...` : line;
}
