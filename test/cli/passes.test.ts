/** What mpy-ld and a build show of the linker's passes. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { passNames } from '../../natmod-rules/link/driver.ts';
import { PIPELINE } from '../../natmod-rules/link/pipeline.ts';
import { run } from '../../tasks/bootstrap/processes.mjs';
import { projectDir } from '../../tasks/system/project.ts';
import { linkFixture } from '../support/link-fixtures.ts';
import { testWith } from '../support/needs.ts';
import { makeFolder, runCli } from './run-cli.ts';

interface TraceEvent {
  readonly name: string;
  readonly cat?: string;
  readonly ph: string;
  readonly ts?: number;
  readonly dur?: number;
  readonly tid: number;
}

function readTrace(folder: string): readonly TraceEvent[] {
  const { traceEvents } = JSON.parse(readFileSync(join(folder, 't.json'), 'utf8'));
  const events = (traceEvents as TraceEvent[]).filter(({ ph }) => ph === 'X');
  // Two events of one row never overlap.
  for (const [i, { tid, ts = 0 }] of events.entries()) {
    const before = events.slice(0, i).filter((event) => event.tid === tid);
    if (before.some((event) => event.ts! + event.dur! > ts + 1)) throw new Error('events overlap');
  }
  return events;
}

test('mpy-ld prints the program behind a pass and the time of each, and traces them; the module is the same', async (t) => {
  const folder = makeFolder(t);
  const { objects } = linkFixture('rv32imc', 'minimal');
  for (const { name, bytes } of objects) writeFileSync(join(folder, name), bytes);
  const files = objects.map(({ name }) => name);
  const plain = ['--arch', 'rv32imc', '-o', 'm.mpy', ...files];
  const wishes = ['--dump-after', 'leave-out', '--dump-after=lay-out', '--time-passes', '--check', '--trace', 't.json'];
  const { stdout, stderr, exitCode } = await runCli('mpy-ld', [...wishes, ...plain], folder);
  t.is(stderr, '');
  t.is(exitCode, 0);
  const watched = readFileSync(join(folder, 'm.mpy'));
  t.is((await runCli('mpy-ld', plain, folder)).exitCode, 0);
  t.deepEqual(readFileSync(join(folder, 'm.mpy')), watched);
  t.regex(stdout, /^m\.mpy behind leave-out, round 1 of conversion:\nentry \.text\S*\+0x0 \(minimal\.o\)$/m);
  t.regex(stdout, /^m\.mpy behind lay-out, round 1 of conversion:\ntext\+0x0 \.text/m);
  t.regex(stdout, /^m\.mpy, time of each pass:\n +\d+\.\d\d ms {2}read-objects$/m);
  t.regex(stdout, /^ +\d+\.\d\d ms {2}in all$/m);
  const traced = readTrace(folder).map(({ name }) => name);
  const names = passNames(PIPELINE.steps);
  t.deepEqual(
    names.filter((name) => traced.includes(name)),
    traced,
  );
  t.true(traced.includes('write-module'));
});

test('a pass that the linker does not have is refused with a list of those that it has', async (t) => {
  const folder = makeFolder(t);
  const { stderr, exitCode } = await runCli('mpy-ld', ['--dump-after', 'relocte', 'm.o'], folder);
  t.is(exitCode, 2);
  t.regex(stderr, /the linker has no pass 'relocte'\n {2}in order: read-objects .* write-module\n$/);
});

testWith(
  { compiler: 'x64', tool: 'make' },
  'a build traces its processes, modules and passes in one file',
  async (t) => {
    const folder = makeFolder(t);
    const natmod = join(projectDir, 'bin', 'natmod.cjs');
    const module = join(projectDir, 'examples', 'features1');
    const wishes = ['--trace', 't.json', '--time-passes', '--no-cache'];
    const words = ['build', '--module', module, '--arch', 'x64', '--out', 'out', ...wishes];
    const result = await run(process.execPath, [natmod, ...words], { cwd: folder, timeoutMs: 120_000 });
    t.is(result.exitCode, 0, result.stderr);
    t.regex(result.stdout, /features1 x64, time of each pass:\n/);
    const events = readTrace(folder);
    const module1 = events.find(({ cat }) => cat === 'module')!;
    t.is(module1.name, 'features1 x64');
    t.true(events.some(({ cat, name }) => cat === 'process' && /gcc|cc|clang/.test(name)));
    const passes = events.filter(({ cat }) => cat === 'pass');
    t.true(passes.some(({ name }) => name === 'relocate'));
    t.true(passes.every(({ ts, dur }) => ts! >= module1.ts! && ts! + dur! <= module1.ts! + module1.dur! + 1));
  },
);
