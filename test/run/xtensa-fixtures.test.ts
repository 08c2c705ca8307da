/**
 * The link fixtures run on an emulated lx106 and on this machine's x64; what they call, with what, and what they return
 * is compared.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { execa } from 'execa';
import {
  buildHarness,
  callWithStubs,
  HARNESS_TOOLS,
  type Harness,
  STATIC_NAMES,
  type StubCalls,
  withLength,
  writeStubCalls,
} from '../../tasks/run/xtensa.ts';
import { projectDir, sdkDir } from '../../tasks/system/project.ts';
import { link } from '../support/link.ts';
import { FIXTURE_QSTRS, linkFixture } from '../support/link-fixtures.ts';
import { testWith } from '../support/needs.ts';
import { temporaryFolder } from './support.ts';

const folder = await temporaryFolder();
let harnesses: Promise<{ xtensa: Harness; x64: string }> | undefined;

/** The loader and the stubs of the harness as a program for x64. */
async function buildForX64(): Promise<string> {
  const harness = join(projectDir, 'tasks/run/xtensa');
  const program = join(folder, 'x64');
  const defines = ['-DMICROPY_ENABLE_DYNRUNTIME', '-DMICROPY_FLOAT_IMPL=0', '-DLOADED_ARCH=2'];
  const sources = ['load.c', 'names.c', 'stubs.c'].map((name) => join(harness, name));
  await execa('gcc', [
    ...['-O2', '-w', ...defines, `-DMP_CONFIGFILE="${join(harness, 'config.h')}"`, `-I${sdkDir}`, `-I${harness}`],
    ...[fileURLToPath(new URL('x64-loader/host.c', import.meta.url)), ...sources, '-o', program],
  ]);
  return program;
}

async function linesOnX64(program: string, name: string, mpy: Uint8Array, calls: StubCalls): Promise<string[]> {
  const dir = join(folder, name);
  await mkdir(dir);
  const paths: string[] = [];
  for (const [file, bytes] of Object.entries({ module: mpy, names: STATIC_NAMES, calls: writeStubCalls(calls) })) {
    paths.push(join(dir, file));
    await writeFile(join(dir, file), withLength(bytes));
  }
  const { stdout } = await execa(program, paths, { timeout: 30_000 });
  return stdout.split('\n');
}

async function compare(t: ExecutionContext, name: string, calls: StubCalls): Promise<void> {
  harnesses ??= Promise.all([buildHarness(folder), buildForX64()]).then(([xtensa, x64]) => ({ xtensa, x64 }));
  const programs = await harnesses;
  const linked = (arch: 'xtensa' | 'x64') => {
    const options = { ...linkFixture(arch, name), qstrs: FIXTURE_QSTRS, sourceName: `${name}.mpy` };
    return link(options).mpy;
  };
  const expected = await linesOnX64(programs.x64, name, linked('x64'), calls);
  t.deepEqual(await callWithStubs(programs.xtensa, linked('xtensa'), calls), expected);
  t.true(expected.length >= calls.calls.length);
  // Calls that do not depend on their arguments would prove little.
  const results = new Set(expected.filter((line) => line.startsWith('= ')));
  t.true(results.size > 1 || name === 'types' || name === 'qstr_offsets', expected.join('\n'));
}

/** The same numbers every time, also such that do not fit in 31 bits. */
function numbers(count: number, seed: number): number[] {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state;
  });
}

const sets = (n: number) => Array.from({ length: n }, (_, index) => [index, index * 7, ...numbers(5, index + 1)]);
const everyEntry = (kinds: string) => Object.fromEntries(Array.from({ length: 87 }, (_, entry) => [entry, kinds]));

const fixtures: Readonly<Record<string, StubCalls>> = {
  minimal: { entries: {}, calls: sets(5) },
  entry_last: { entries: { 3: 'ww', 40: 'www' }, calls: sets(5) },
  switches: { entries: { 10: 'w', 11: 'ww', 12: 'www', 13: 'w', 14: 'w', 15: 'w' }, calls: sets(11) },
  two_files: { entries: { 5: 'sw', 6: 'wsw', 7: 'sw' }, calls: sets(6) },
  data: { entries: { 12: 'swww' }, calls: sets(6) },
  memory: {
    entries: { 9: 'bb' },
    blocks: true,
    calls: [
      [0, 0, 3, 4],
      [160, 160, 5, 6],
      [7, 33, 7, 8],
      [159, 1, 9, 10],
    ],
  },
  qstr_offsets: { entries: { 1: 'qw', 20: 'q' }, calls: sets(5) },
  types: { entries: { 1: 'qf', 2: 'tttt', 30: 'ww', 31: 'w' }, calls: sets(2) },
  // Its steps call the same entries with two arguments and with three.
  big: { entries: everyEntry('ww'), calls: sets(3) },
};

for (const [name, calls] of Object.entries(fixtures)) {
  testWith({ tool: [...HARNESS_TOOLS, 'gcc'] }, `${name} on lx106 calls and returns what it does on x64`, (t) =>
    compare(t, name, calls),
  );
}
