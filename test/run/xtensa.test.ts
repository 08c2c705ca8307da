import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { findModules } from '../../tasks/modules/find.ts';
import { parseOptions } from '../../tasks/options/options.ts';
import { buildHarness, type Call, callOnXtensa, callsAsPython, HARNESS_TOOLS } from '../../tasks/run/xtensa.ts';
import { examplesDir } from '../../tasks/system/project.ts';
import { runBuild } from '../support/build.ts';
import { testWith } from '../support/needs.ts';
import { runMicroPython } from '../support/run.ts';

const folder = await mkdtemp(join(tmpdir(), 'natmod-test-'));
test.after.always(() => rm(folder, { recursive: true, force: true }));
let harness: Promise<string> | undefined;

/** Builds a module for both, makes the same calls, and compares the answers of lx106 with those of MicroPython on x64. */
async function compare(t: ExecutionContext, module: string, calls: readonly Call[]): Promise<void> {
  harness ??= buildHarness(folder);
  const program = await harness;
  const options = parseOptions(['--module', module, '--arch', 'xtensa,x64', '--out', join(folder, module)], folder);
  const { built, failed, skipped } = await runBuild(findModules(examplesDir), options);
  t.deepEqual([...failed, ...skipped], []);
  const read = (arch: string) => readFile(built.find((one) => one.arch === arch)!.file);
  const got = await callOnXtensa(program, await read('xtensa'), calls);
  const files = { 'compared.mpy': await read('x64') };
  const { stdout, exitCode } = await runMicroPython('x64', { files, script: callsAsPython('compared', calls) });
  t.is(exitCode, 0, stdout);
  t.deepEqual(got, stdout.split('\n').slice(0, -1));
  t.is(got.length, calls.length);
}

const needed = { compiler: ['xtensa', 'x64'], runtime: 'x64', tool: HARNESS_TOOLS } as const;
const call = (name: string, ...args: Extract<Call, { call: string }>['args']): Call => ({ call: name, args });

testWith(needed, 'features0 on lx106: integers', (t) =>
  compare(
    t,
    'features0',
    [0, 1, 5, 10].map((n) => call('factorial', n)).concat([call('factorial', 'x'), call('factorial')]),
  ),
);

testWith(needed, 'features1 on lx106: lists, strings, exceptions, BSS, pointers in rodata', (t) =>
  compare(t, 'features1', [
    call('clamp', 5, 1, 3),
    call('clamp', -5, 1, 3),
    call('clamp', 2, 3, 1),
    call('collatz', 27),
    call('collatz', 0),
    call('morse', 'sos me'),
    call('morse', 'X'),
    call('morse', 3),
    call('ordinal', 3, 1),
    call('ordinal', 3, 1, true),
    call('ordinal', 13, 1),
    call('ordinal', 1),
    call('ramp', 5),
    call('ramp', -1),
    call('calls'),
  ]),
);

testWith({ ...needed, source: true }, 'heapq on lx106: a heap that is filled and emptied', (t) => {
  const numbers = Array.from({ length: 60 }, (_, n) => ((n + 1) * 37) % 101);
  return compare(t, 'heapq', [
    { value: { list: [] } },
    ...numbers.map((n) => call('heappush', { step: 0 }, n)),
    { value: { step: 0 } },
    ...numbers.slice(0, 40).map(() => call('heappop', { step: 0 })),
    { value: { step: 0 } },
    { value: { list: ['pear', 'apple', 'fig', 'date'] } },
    call('heapify', { step: 103 }),
    { value: { step: 103 } },
    call('heappop', { list: [] }),
    call('heappop', { tuple: [1] }),
  ]);
});

testWith({ ...needed, source: true }, 'deflate on lx106: packing, unpacking, damaged data', (t) => {
  const text = Buffer.from('the quick brown fox jumps over the lazy dog, the quick brown fox '.repeat(9));
  const method = (name: string, step: number, ...args: Extract<Call, { call: string }>['args']): Call => ({
    method: name,
    of: { step },
    args,
  });
  return compare(t, 'deflate', [
    { value: { file: new Uint8Array(0) } },
    call('DeflateIO', { step: 0 }, 2, 9),
    method('write', 1, text),
    method('close', 1),
    method('getvalue', 0),
    call('DeflateIO', { file: deflateSync(text) }, 2),
    method('read', 5, 20),
    method('read', 5),
    call('DeflateIO', { file: Buffer.from('no zlib data at all') }, 2),
    method('read', 8),
    call('DeflateIO', 5),
  ]);
});

testWith({ ...needed, source: true }, 're on lx106: patterns, groups, errors', (t) => {
  const match = (pattern: string, text: string): Call => call('match', pattern, text);
  const group = (step: number, n: number): Call => ({ method: 'group', of: { step }, args: [n] });
  return compare(t, 're', [
    match('(a+)(b*)c', 'aaabbc'),
    group(0, 0),
    group(0, 1),
    group(0, 2),
    group(0, 3),
    match('[a-f0-9]+$', 'c0ffee'),
    group(5, 0),
    match('x|y', 'z'),
    call('search', '[0-9]+', 'room 101'),
    group(8, 0),
    call('compile', '(a'),
    match('(a|b)*c', 'abababc'),
    group(11, 1),
  ]);
});

testWith(
  { ...needed, tool: [...HARNESS_TOOLS, 'g++'] },
  'cplusplus on lx106: virtual functions, new and delete, a constructor',
  (t) =>
    compare(t, 'cplusplus', [
      call('asked'),
      call('history'),
      call('describe', 3, 4),
      call('describe', 5, 5, 1),
      call('history'),
      call('sort', 'template'),
      call('living'),
    ]),
);
