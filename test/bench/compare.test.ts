import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { run } from '../../tasks/bootstrap/processes.mjs';
import { projectDir } from '../../tasks/system/project.ts';

/** Rows that are at hand, in the place of benchmarks. */
const SCRIPT = `import { bench } from './tasks/bench/index.mjs';
import { Table } from './tasks/bench/rows.mjs';
const [kept, ...words] = process.argv.slice(1);
if (words.length > 0) await bench(words);
else {
  const row = { what: 'a row', ours: [1, 2, 3], other: 4, against: 'the aim', aim: 1 };
  const table = new Table(undefined);
  table.print(row);
  table.save(kept);
  new Table(kept).print(row);
}`;

test('a run of the bench is compared with one of the same machine, and with nothing else', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'natmod bench-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const kept = join(folder, 'kept.json');
  const start = (...words: string[]) =>
    run(process.execPath, ['--input-type=module', '-e', SCRIPT, kept, ...words], { cwd: projectDir });
  const both = await start();
  t.is(both.stderr, '');
  const [heading = '', row = ''] = both.stdout.trim().split('\n').slice(-2);
  t.regex(heading, / earlier /);
  t.regex(row, /^a row +2\.00 s +4\.00 s +0\.50 +0\.25–0\.75 +0\.50 +1\.00 yes +the aim$/);

  const saved = JSON.parse(readFileSync(kept, 'utf8'));
  const bad: readonly (readonly [contents: string | undefined, message: RegExp])[] = [
    [undefined, /ENOENT: no such file/],
    ['what is this?', /not valid JSON/],
    ['null', /has no rows/],
    ['{ "rows": 5 }', /has no rows/],
    [JSON.stringify({ ...saved, machine: '64 × Another' }), /is of another machine, 64 × Another; this is \d+ × /],
    [JSON.stringify({ rows: [] }), /is of another machine, which it does not name/],
  ];
  for (const [i, [contents, message]] of bad.entries()) {
    const file = join(folder, `${i}.json`);
    if (contents !== undefined) writeFileSync(file, contents);
    const { exitCode, stdout, stderr } = await start('--compare', file, 'start-up');
    t.is(exitCode, 1);
    t.is(stdout, '');
    t.regex(stderr, message);
    t.regex(stderr, /^--compare wants a file that --save wrote: .*\n\nusage: npm run bench/);
  }
});
