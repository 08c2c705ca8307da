import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import test from 'ava';
import { helpersOf, importsOf } from '../../tasks/board/helpers.ts';
import { compareOutput, findTests } from '../../tasks/run/test-files.ts';
import { testOnFirmware } from '../board/support/firmware.ts';
import { testWith } from '../support/needs.ts';
import { natmod, temporaryFolder } from './support.ts';

const folder = await temporaryFolder();

async function write(dir: string, files: Readonly<Record<string, string>>): Promise<string> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, dir, name)), { recursive: true });
    await writeFile(join(folder, dir, name), text);
  }
  return join(folder, dir);
}

test('tests are test*.py beside the module and all of tests/ but helpers', async (t) => {
  const dir = await write('found', {
    'test_a.py': '',
    'test10.py': '',
    'test2.py': '',
    'tested.txt': '',
    'mytest.py': '',
    'tests/first.py': '',
    'tests/first.py.exp': 'x\n',
    'tests/_helper.py': '',
    'tests/data.bin': '',
    'tests/.hidden.py': '',
  });
  const found = await findTests(dir);
  t.deepEqual(
    found.map(({ name, expected }) => [name, expected]),
    [
      ['test2.py', undefined],
      ['test10.py', undefined],
      ['test_a.py', undefined],
      ['tests/first.py', 'x\n'],
    ],
  );
  t.deepEqual(await findTests(join(folder, 'absent')), []);
  const rest = await findTests(dir, ['main.c', 'test_a.py', './test2.py', 'tests/first.py']);
  t.deepEqual(
    rest.map(({ name }) => name),
    ['test10.py'],
    'what a module is made of is no test',
  );
});

test('output is compared line by line, whatever the line ends are', (t) => {
  const compare = (output: string, expected: string | undefined) =>
    compareOutput(output, { path: '/m/test_a.py', name: 'test_a.py', expected });
  t.is(compare('anything', undefined), undefined);
  t.is(compare('a\r\nb\r\n', 'a\nb'), undefined);
  t.is(compare('a\nb\n', 'a\nc\n'), 'line 2 of the output is "b", test_a.py.exp has "c"');
  t.is(compare('a\n', 'a\nb\n'), 'line 2 of the output is the end, test_a.py.exp has "b"');
  t.is(compare('a\nb\n', 'a\n'), 'line 2 of the output is "b", test_a.py.exp has the end');
  t.is(compare('', 'a\n'), 'line 1 of the output is "", test_a.py.exp has "a"');
});

test('the files beside a script that it imports', async (t) => {
  const script = Buffer.from(
    'import a, b as c; from d import (e)\ntry:\n  import f # g\nexcept: import os.path\n# import no\n"import"\n',
  );
  t.deepEqual(importsOf(script).sort(), ['a', 'b', 'd', 'f']);
  const dir = await write('helpers', { 'a.py': 'import h', 'h.py': 'import a, b', 'b.py': '', 'z.py': '' });
  t.deepEqual([...(await helpersOf(script, dir, ['b.mpy'])).keys()].sort(), ['a.py', 'h.py']);
});

testOnFirmware('rv32imc', 'natmod test: helpers beside a test are there on firmware, too', async (t) => {
  const dir = await write('onfirmware', {
    'natmod.config.ts': `export default { name: 'mod', sources: ['mod.py'] };\n`,
    'mod.py': 'def f():\n    return 42\n',
    'tests/_shared.py': 'import mod\nword = "shared %d" % mod.f()\n',
    'tests/good.py': 'import _shared\nprint(_shared.word)\n',
    'tests/good.py.exp': 'shared 42\n',
  });
  const { status, text } = await natmod(['test', '--dir', dir, '--arch', 'rv32imc', '--out', join(folder, 'out2')]);
  t.is(status, 0, text);
  t.regex(text, /1 passed/);
});

testWith(
  { compiler: 'x64', runtime: 'x64' },
  'natmod test: tests/ with helpers, skipping, exit statuses',
  async (t) => {
    const dir = await write('kinds', {
      'natmod.config.ts': `export default { name: 'mod', sources: ['mod.py'] };\n`,
      'mod.py': 'def f():\n    return 42\n',
      'tests/_shared.py': 'word = "shared"\n',
      'tests/good.py': 'import _shared, mod\nprint(_shared.word, mod.f())\n',
      'tests/good.py.exp': 'shared 42\n',
      'tests/exit.py': 'import sys\nprint("leaving")\nsys.exit(3)\n',
      'tests/skip.py': 'print("SKIP")\nraise SystemExit\n',
      'tests/raise.py': 'raise ValueError("on purpose")\n',
    });
    const report = join(folder, 'kinds.json');
    const args = ['test', '--dir', dir, '--arch', 'x64', '--out', join(folder, 'out'), '--report', report];
    const { status, text } = await natmod(args);
    t.is(status, 1, text);
    t.regex(text, /1 passed, 2 failed, 1 skipped/);
    t.regex(text, /failed mod x64 tests\/exit\.py: exit status 3/);
    t.regex(text, /failed mod x64 tests\/raise\.py: ValueError: on purpose/);
    t.regex(text, /skipped mod on x64: the test says SKIP/);
  },
);
