import test, { type ExecutionContext } from 'ava';
import { findRuntime } from '../../tasks/bootstrap/provide.mjs';
import { testWith } from '../support/needs.ts';
import { runMicroPython } from '../support/run.ts';
import { type Case, cases } from './support/cases.ts';
import { bytesOf, existsSync, inFolder, join, runMake, runNatmod, writeFiles } from './support/doors.ts';

const ARCHES = ['x64', 'armv7m'] as const;

/** What make is asked to build: for both where a Makefile or a source has to do with the architecture. */
function archesOf({ files }: Case): readonly (typeof ARCHES)[number][] {
  const all = Object.entries(files).flat().join('\n');
  return /ARCH|\(CC\)|\.S\b|-Wa,/.test(all) ? ARCHES : ['x64'];
}

for (const each of cases) {
  testWith({ compiler: ARCHES, tool: 'make' }, `${each.title}: \`natmod build\` and make with our rules`, (t) =>
    // Make itself cannot work in a folder with a blank when a Makefile says $(abspath …).
    inFolder((dir) => check(t, each, dir), 'natmod-doors-ü-'),
  );
}

async function check(t: ExecutionContext, each: Case, dir: string): Promise<void> {
  const first = join(writeFiles(join(dir, 'one'), each.files), 'm');
  const second = join(writeFiles(join(dir, 'two'), each.files), 'm');
  const run = await runNatmod(first, ['build', '--no-optimize', '--arch', ARCHES.join(',')]);
  t.is(run.exitCode, 0, run.stdout + run.stderr);
  for (const arch of archesOf(each)) {
    const name = each.mod?.(arch) ?? 'mod';
    const place = name.includes(arch) ? '.' : (each.build?.(arch) ?? `build-${arch}`);
    const ours = bytesOf(join(first, place, `${name}.mpy`));
    const make = await runMake(second, [`ARCH=${arch}`, '-j3', ...(each.goals ?? [])]);
    t.is(make.exitCode, 0, make.stdout + make.stderr);
    t.true(ours.equals(bytesOf(join(second, `${name}.mpy`))), `${arch}: the bytes differ`);
    if (each.makesSources) await runMake(second, [`ARCH=${arch}`, ...(each.goals ?? [])]);
    const again = await runMake(second, [`ARCH=${arch}`, ...(each.goals ?? [])]);
    t.notRegex(again.stdout, /^(CC|MPY|LINK) /m, 'something is made again');
    if (arch === 'x64') await checkValue(t, each, ours);
  }
}

async function checkValue(t: ExecutionContext, { value, expression = 'mod.f()' }: Case, file: Buffer): Promise<void> {
  if (value === undefined || 'missing' in findRuntime('x64')) return;
  const script = `import mod\nprint(${expression})`;
  const { stdout, stderr } = await runMicroPython('x64', { files: { 'mod.mpy': file }, script });
  t.is(stdout.trim(), value, stderr);
}

test('no two cases have one title', (t) => {
  t.is(new Set(cases.map(({ title }) => title)).size, cases.length);
  t.false(existsSync('/no/such/tree'));
});
