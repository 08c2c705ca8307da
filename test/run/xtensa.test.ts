import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { joinWords } from '../../natmod-rules/compile/index.ts';
import { findModules } from '../../tasks/modules/find.ts';
import { parseOptions } from '../../tasks/options/options.ts';
import { buildHarness, type Call, callOnXtensa, callsAsPython, type Harness } from '../../tasks/run/xtensa.ts';
import { CORES, type CoreName } from '../../tasks/run/xtensa-cores.ts';
import { examplesDir } from '../../tasks/system/project.ts';
import { runBuild } from '../support/build.ts';
import { testWith } from '../support/needs.ts';
import { runMicroPython } from '../support/run.ts';

const folder = await mkdtemp(join(tmpdir(), 'natmod-test-'));
test.after.always(() => rm(folder, { recursive: true, force: true }));
const harnesses = new Map<CoreName, Promise<Harness>>();

type Names = { readonly core: CoreName; readonly arch: 'xtensa' | 'xtensawin' };

/** Builds a module for a core and for x64, makes the same calls, and compares the answers with those of MicroPython on x64. */
async function compare(t: ExecutionContext, { core, arch }: Names, module: string, calls: readonly Call[]) {
  if (!harnesses.has(core)) harnesses.set(core, buildHarness(folder, CORES[core]));
  const harness = await harnesses.get(core)!;
  const build = async (name: string, ...words: string[]) => {
    const options = parseOptions(['--module', module, '--arch', name, ...words], folder);
    const { built, failed, skipped } = await runBuild(findModules(examplesDir), options);
    t.deepEqual([...failed, ...skipped], []);
    return readFile(built[0]!.file);
  };
  const files = { 'compared.mpy': await build('x64', '--out', join(folder, 'x64', core)) };
  const { stdout, exitCode } = await runMicroPython('x64', { files, script: callsAsPython('compared', calls) });
  t.is(exitCode, 0, stdout);
  const cc = ['--cc', joinWords([CORES[core].compiler()!])];
  for (const form of core === 'lx106' ? [[]] : [[], ['--no-optimize']]) {
    const mpy = await build(arch, ...cc, ...form, '--out', join(folder, core, form.join('')));
    const got = await callOnXtensa(harness, mpy, calls);
    t.deepEqual(got, stdout.split('\n').slice(0, -1), form.join());
    t.is(got.length, calls.length);
  }
}

const common = { compiler: 'x64', runtime: 'x64', tool: 'qemu-system-xtensa' } as const;
const cores = [
  { core: 'lx106', arch: 'xtensa', needed: { ...common, compiler: ['xtensa', 'x64'] } },
  // The windowed ones: without floating point and with it.
  { core: 'dc233c', arch: 'xtensawin', needed: { ...common, windowed: true } },
  { core: 'de233_fpu', arch: 'xtensawin', needed: { ...common, windowed: true } },
] as const;
const call = (name: string, ...args: Extract<Call, { call: string }>['args']): Call => ({ call: name, args });

for (const { core, arch, needed } of cores) {
  const names = { core, arch };
  testWith(needed, `features0 on ${core}: integers`, (t) =>
    compare(
      t,
      names,
      'features0',
      [0, 1, 5, 10].map((n) => call('factorial', n)).concat([call('factorial', 'x'), call('factorial')]),
    ),
  );

  testWith(needed, `features1 on ${core}: lists, strings, exceptions, BSS, pointers in rodata`, (t) =>
    compare(t, names, 'features1', [
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

  testWith({ ...needed, source: true }, `heapq on ${core}: a heap that is filled and emptied`, (t) => {
    const numbers = Array.from({ length: 60 }, (_, n) => ((n + 1) * 37) % 101);
    return compare(t, names, 'heapq', [
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

  testWith({ ...needed, source: true }, `deflate on ${core}: packing, unpacking, damaged data`, (t) => {
    const text = Buffer.from('the quick brown fox jumps over the lazy dog, the quick brown fox '.repeat(9));
    const method = (name: string, step: number, ...args: Extract<Call, { call: string }>['args']): Call => ({
      method: name,
      of: { step },
      args,
    });
    return compare(t, names, 'deflate', [
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

  testWith({ ...needed, source: true }, `re on ${core}: patterns, groups, errors`, (t) => {
    const match = (pattern: string, text: string): Call => call('match', pattern, text);
    const group = (step: number, n: number): Call => ({ method: 'group', of: { step }, args: [n] });
    return compare(t, names, 're', [
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
    { ...needed, tool: ['qemu-system-xtensa', 'g++'] },
    `cplusplus on ${core}: virtual functions, new and delete, a constructor`,
    (t) =>
      compare(t, names, 'cplusplus', [
        call('asked'),
        call('history'),
        call('describe', 3, 4),
        call('describe', 5, 5, 1),
        call('history'),
        call('sort', 'template'),
        call('living'),
      ]),
  );
}
