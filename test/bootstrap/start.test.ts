import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { projectDir } from '../../tasks/bootstrap/paths.cjs';
import { run } from '../../tasks/bootstrap/processes.mjs';
import { formatTable } from '../../tasks/bootstrap/table.mjs';
import { testWith } from '../support/needs.ts';

testWith(
  { tool: 'make', compiler: 'x64', runtime: 'x64' },
  'npm start tells of every example how it went',
  async (t) => {
    const out = mkdtempSync(join(tmpdir(), 'natmod-test-'));
    t.teardown(() => rmSync(out, { recursive: true, force: true }));
    const args = [join(projectDir(), 'tasks/bootstrap/start.mjs'), '--offline', '--out', out];
    const result = await run(process.execPath, args, { cwd: projectDir() });
    t.is(result.exitCode, 0, result.stdout + result.stderr);
    const table = result.stdout.slice(result.stdout.indexOf('\nmodule ')).trim().split('\n');
    t.regex(table[0]!, /^module +architecture +text +rodata +bss +file +import$/);
    for (const name of readdirSync(join(projectDir(), 'examples'))) {
      if (!existsSync(join(projectDir(), 'examples', name, 'Makefile'))) continue;
      const row = table.find((line) => line.startsWith(`${name} `) || line.startsWith(`${name}_x64 `));
      t.regex(row ?? '', /^\w+ +x64 +(\d+ +\d+ +\d+ +\d+ +\S+|- +- +- +- +not built: \S+)/, name);
    }
  },
);

test('npm start without make says what needs it, once, also offline', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'natmod-test-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const args = [join(projectDir(), 'tasks/bootstrap/start.mjs'), '--offline'];
  const env = { ...process.env, PATH: folder };
  const { exitCode, stdout, stderr } = await run(process.execPath, args, { cwd: projectDir(), env });
  t.is(exitCode, 1);
  const said = stdout + stderr;
  t.is(said.split('GNU make').length, 2, said);
  t.regex(said, /no GNU make on this machine[\s\S]*natmod\.config\.ts/);
});

test('a table lines its columns up, numbers at the right', (t) => {
  const rows = [
    ['module', 'text', 'import'],
    ['a', 5, 'one'],
    ['longer-name', 1234, 'two words'],
    ['none', '-', 'not built'],
  ];
  t.is(
    formatTable(rows),
    `module       text  import
a               5  one
longer-name  1234  two words
none            -  not built
`,
  );
});

test('long searches say how they are used before anything is installed', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'natmod-test-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(join(projectDir(), 'tasks/bootstrap'), join(folder, 'tasks/bootstrap'), { recursive: true });
  cpSync(join(projectDir(), 'package.json'), join(folder, 'package.json'));
  for (const name of ['random-builds', 'random-programs', 'outside-programs']) {
    const script = join(folder, 'tasks/bootstrap', `${name}.mjs`);
    const { exitCode, stdout, stderr } = await run(process.execPath, [script, '--help'], { cwd: folder });
    t.deepEqual([exitCode, stderr], [0, '']);
    t.regex(stdout, new RegExp(`^npm run ${name} -- `));
  }
  t.deepEqual(readdirSync(folder).sort(), ['package.json', 'tasks']);
});
