import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { countAva } from '../../tasks/bootstrap/ava-counts.mjs';
import { projectDir } from '../../tasks/bootstrap/paths.cjs';
import { runAva } from '../support/run-ava.ts';

const HEAD = "import test from 'ava';\n";
const GOOD = `${HEAD}test('good', (t) => t.pass());\n`;

test.serial('passes, failures and skips are counted, colours or not', async (t) => {
  const text = `${HEAD}test('good', (t) => t.pass());
test('also good', (t) => t.pass());
test('bad', (t) => t.fail());
test('throws', () => { throw new Error('boom'); });
test.skip('left out [skipped: no tool]', (t) => t.pass());
test.todo('planned');
`;
  const { exitCode, counts, output } = await runAva({ a: text });
  t.deepEqual(counts, { passed: 2, failed: 2, skipped: ['left out [skipped: no tool]', 'planned'] }, output);
  t.is(exitCode, 1);
});

test.serial('a green run is green', async (t) => {
  const { exitCode, counts, output } = await runAva({ a: GOOD });
  t.deepEqual(counts, { passed: 1, failed: 0, skipped: [] }, output);
  t.is(exitCode, 0);
});

test('the programs that npm test runs are there', (t) => {
  const text = readFileSync(join(projectDir(), 'tasks/bootstrap/test.mjs'), 'utf8');
  const scripts = [...text.matchAll(/(?:script: |runScript\()'([^']+)'/g)].map((match) => match[1]!);
  t.is(scripts.length, 3);
  for (const script of scripts) t.true(existsSync(join(projectDir(), 'node_modules', script)), script);
});

const CRASHES: Record<string, string> = {
  'uncaught exception': `test('x', async (t) => {
    setTimeout(() => { throw new Error('late'); }, 5);
    await new Promise((done) => setTimeout(done, 500));
    t.pass();
  });`,
  'unhandled rejection': "test('x', (t) => { void Promise.reject(new Error('late')); t.pass(); });",
  exit: "test('x', (t) => { t.pass(); process.exit(0); });",
  killed: "test('x', () => { process.kill(process.pid, 'SIGKILL'); });",
  'syntax error': 'const x: = 3;',
  'no tests': 'export {};',
};

test.serial('test files that crash, exit or hold no test are failures, each', async (t) => {
  const files = Object.entries(CRASHES).map(([name, text]) => [name, `${HEAD}${text}\n`]);
  const { exitCode, counts, output } = await runAva({ ...Object.fromEntries(files), good: GOOD });
  t.is(exitCode, 1);
  t.true(counts.passed >= 1);
  t.true(counts.failed >= files.length, `${counts.failed} failed:\n${output}`);
});

test.serial('a test that never ends is a failure', async (t) => {
  const text = `${HEAD}test('x', async () => { setInterval(() => {}, 1000); await new Promise(() => {}); });\n`;
  const { exitCode, counts } = await runAva({ a: text }, ['--timeout=3s']);
  t.is(exitCode, 1);
  t.is(counts.passed, 0);
  t.true(counts.failed >= 1);
});

test.serial('a selection without any test is a failure', async (t) => {
  const { counts, output } = await runAva({ a: GOOD }, ['--match=nothing']);
  t.deepEqual(counts, { passed: 0, failed: 1, skipped: [] }, output);
});

test('an end with status 0 but without a single test is a failure', (t) => {
  t.is(countAva().end(0).failed, 1);
});
