import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { findModules, moduleIn } from '../../tasks/modules/find.ts';
import { parseOptions } from '../../tasks/options/options.ts';
import { examplesDir } from '../../tasks/system/project.ts';
import { runBuild } from '../support/build.ts';
import { testWith } from '../support/needs.ts';
import { runMicroPython } from '../support/run.ts';

const folder = mkdtempSync(join(tmpdir(), 'natmod-test-'));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

/** Copies, because make builds the static library in the module's folder. */
async function copyOf(name: string) {
  const dir = join(folder, name);
  await cp(join(examplesDir, name), dir, { recursive: true, filter: (path) => !/build-/.test(path) });
  return moduleIn(dir)!;
}

for (const [language, compiler] of [
  ['rust', 'rustc'],
  ['zig', 'zig'],
] as const) {
  const needs = { compiler: 'x64', runtime: 'x64', tool: 'make', optionalTool: compiler } as const;
  testWith(needs, `${language}: a static library with glue in C works on this machine`, async (t) => {
    const module = await copyOf(language);
    const out = join(folder, `out-${language}`);
    for (const form of [[], ['--no-optimize']]) {
      const { built, failed } = await runBuild(
        [module],
        parseOptions(['--arch', 'x64', '--out', out, ...form], folder),
      );
      t.deepEqual(failed, []);
      const script = readFileSync(join(module.dir, `test_${language}.py`), 'utf8');
      const files = { [`${language}.mpy`]: readFileSync(built[0]!.file) };
      const { stdout, stderr } = await runMicroPython('x64', { files, script });
      t.regex(stdout, new RegExp(`^${language} ok`), stderr);
    }
  });
}

testWith(
  { compiler: 'x64', tool: 'make' },
  'a build of everything leaves out what has no compiler, and says why',
  async (t) => {
    const names = ['rust', 'zig'];
    const modules = findModules(examplesDir).filter(({ name }) => names.includes(name));
    const words = ['--arch', 'x64', '--out', join(folder, 'none'), 'RUSTC=natmod-no-rustc', 'ZIG=natmod-no-zig'];
    const { built, failed, skipped } = await runBuild(modules, parseOptions(words, folder));
    t.deepEqual([...built, ...failed], []);
    t.deepEqual(
      skipped.map(({ name }) => name),
      names,
    );
    t.regex(skipped[0]!.reason, /^needs rustc and its core library for x86_64-unknown-linux-gnu/);
    t.regex(skipped[1]!.reason, /^needs zig/);
  },
);

testWith(
  { compiler: 'x64', tool: 'make' },
  'what was asked for by name fails when its compiler is missing',
  async (t) => {
    const words = ['--module', 'rust', '--arch', 'x64', '--out', join(folder, 'none'), 'RUSTC=natmod-no-rustc'];
    const { failed } = await runBuild(findModules(examplesDir), parseOptions(words, folder));
    t.is(failed[0]?.problems[0]?.code, 'cannot-build');
  },
);
