import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { BuildTraces } from '../../tasks/incremental/build-traces.ts';

test('what every build changes is its own, but not a source that somebody saves during every build', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'natmod-traces-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const [source, made] = ['source.c', 'time.txt'].map((name) => join(folder, name)) as [string, string];
  const traces = new BuildTraces();
  const given = (path: string) => path === source;
  const told: string[] = [];
  for (let i = 0; i < 7; i++) {
    traces.begin([folder]);
    for (const path of [source, made]) writeFileSync(path, `${i}`);
    told.push(...traces.end([folder], given));
  }
  t.deepEqual(told, [made]);
  t.true(traces.isOfBuild(made));
  t.false(traces.isOfBuild(source));
});
