/**
 * `npm test`: sets up all that the tests need, then lints, checks the types and runs the tests. With arguments (such as
 * a test file) only ava runs, with these arguments. `--changed` runs the tests that import what has changed since the
 * last commit (`--changed=REVISION`: since that one); `--no-install` sets nothing up. The last line is always `N
 * passed, N failed, N skipped`.
 */

import { join } from 'node:path';
import { countAva } from './ava-counts.mjs';
import { changedTests } from './changed-tests.mjs';
import { provideDependencies } from './dependencies.mjs';
import { projectDir } from './paths.cjs';
import { run } from './processes.mjs';
import { provideForTests } from './provide.mjs';
import { describeError, runMain, say } from './report.mjs';

/** @typedef {import('./ava-counts.mjs').Counts} Counts */

/** @type {Counts} */
const NOTHING_RAN = { passed: 0, failed: 1, skipped: [] };

const CHECKS = [
  { what: 'lint and format', script: '@biomejs/biome/bin/biome', args: ['check', '.'] },
  { what: 'types', script: 'typescript/bin/tsc', args: ['--noEmit'] },
];

await runMain(async () => {
  const words = process.argv.slice(2);
  const installs = !words.includes('--no-install');
  const args = await avaArguments(words.filter((word) => word !== '--no-install'));
  if (args === undefined) {
    say('nothing has changed that a test imports');
    return summarize([]);
  }
  const results = [];
  if (!installs || (await succeeds(provideDependencies))) {
    if (installs && !(await succeeds(provideTools))) results.push(NOTHING_RAN);
    if (args.length === 0) for (const check of CHECKS) results.push(await runCheck(check));
    results.push(await runAva(args));
  } else results.push(NOTHING_RAN);
  return summarize(results);
});

/**
 * @param {readonly string[]} words
 * @returns {Promise<string[] | undefined>} undefined when there is no test to run
 */
async function avaArguments(words) {
  const changed = words.find((word) => /^--changed(=|$)/.test(word));
  if (changed === undefined) return [...words];
  const tests = await changedTests(changed.slice('--changed='.length) || 'HEAD');
  return tests.length === 0 ? undefined : [...words.filter((word) => word !== changed), ...tests];
}

/**
 * Set-up that fails is told at once, and the tests that do not need it still run.
 * @param {() => Promise<unknown>} work
 */
async function succeeds(work) {
  try {
    await work();
    return true;
  } catch (error) {
    process.stderr.write(`natmod: ${describeError(error)}\n`);
    return false;
  }
}

async function provideTools() {
  const lacks = await provideForTests();
  for (const reason of new Set(lacks.map((lack) => lack.reason))) {
    const what = lacks.filter((lack) => lack.reason === reason).map((lack) => lack.what);
    say(`could not be had: ${what.join(', ')}\n  ${reason.replaceAll('\n', '\n  ')}`);
  }
}

/**
 * @param {{ what: string, script: string, args: string[] }} check
 * @returns {Promise<Counts>}
 */
async function runCheck({ what, script, args }) {
  const { exitCode } = await runScript(script, args);
  say(`${what}: ${exitCode === 0 ? 'passed' : 'failed'}`);
  return { passed: exitCode === 0 ? 1 : 0, failed: exitCode === 0 ? 0 : 1, skipped: [] };
}

/**
 * @param {readonly string[]} args
 * @returns {Promise<Counts>}
 */
async function runAva(args) {
  const counter = countAva();
  const { exitCode } = await runScript('ava/entrypoints/cli.mjs', args, counter.line);
  return counter.end(exitCode);
}

/**
 * @param {string} script path in node_modules
 * @param {readonly string[]} args
 * @param {(line: string) => void} [onLine]
 */
function runScript(script, args, onLine) {
  // The output goes through a pipe, so the programs cannot see for themselves whether colours are wanted.
  const wantsColor = process.stdout.isTTY && !process.env.NO_COLOR;
  return run(process.execPath, [join(projectDir(), 'node_modules', script), ...args], {
    cwd: projectDir(),
    env: wantsColor ? { ...process.env, FORCE_COLOR: '1' } : process.env,
    show: true,
    onLine,
  });
}

/**
 * @param {readonly Counts[]} results
 * @returns {number} exit status
 */
function summarize(results) {
  const passed = results.reduce((sum, counts) => sum + counts.passed, 0);
  const failed = results.reduce((sum, counts) => sum + counts.failed, 0);
  const skipped = results.flatMap((counts) => counts.skipped);
  if (skipped.length > 0) say(`skipped:\n${skipped.map((title) => `  ${title}\n`).join('')}`);
  process.stdout.write(`${passed} passed, ${failed} failed, ${skipped.length} skipped\n`);
  return failed === 0 ? 0 : 1;
}
