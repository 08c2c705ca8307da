import { existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import test from 'ava';
import { findFirmware } from '../../tasks/bootstrap/firmware.mjs';
import { findRuntime } from '../../tasks/bootstrap/provide.mjs';
import { HARNESS_TOOLS } from '../../tasks/run/xtensa.ts';
import { projectDir } from '../../tasks/system/project.ts';
import { testOnFirmware } from '../board/support/firmware.ts';
import { withRig } from '../flow/support/rig.ts';
import { findCompiler, testWith } from '../support/needs.ts';
import { natmod, temporaryFolder } from './support.ts';

const folder = await temporaryFolder();
const out = ['--out', join(folder, 'out')];
const x64 = { compiler: 'x64', runtime: 'x64' } as const;

testWith(x64, 'natmod run runs the module’s own test, a script, or code', async (t) => {
  const own = await natmod(['run', '--arch', 'x64', '--module', 'features0', ...out]);
  t.is(own.status, 0, own.text);
  t.regex(own.text, /running test_features0\.py on host\n.*features0 ok/s);
  const code = await natmod([
    'run',
    '--arch',
    'x64',
    '--module',
    'features0',
    ...out,
    '-c',
    'import features0; print(features0.factorial(6))',
  ]);
  t.regex(code.text, /\n720\n/);
  await writeFile(join(folder, 'helper.py'), 'word = "beside"\n');
  await writeFile(join(folder, 'script.py'), 'import helper, features0\nprint(helper.word)\nraise ValueError("no")\n');
  const script = await natmod(['run', '--arch', 'x64', '--module', 'features0', ...out, join(folder, 'script.py')]);
  t.is(script.status, 1);
  t.regex(script.text, /beside\nTraceback[\s\S]*failed script\.py: ValueError: no/);
});

testWith(x64, 'a script that hangs or kills MicroPython is told with what it printed', async (t) => {
  const run = (code: string, timeout = '60') =>
    natmod(['run', '--arch', 'x64', '--module', 'features0', ...out, '--timeout', timeout, '-c', code]);
  const hung = await run('import time\nprint("before")\ntime.sleep(600)', '6');
  t.is(hung.status, 1);
  t.regex(hung.text, /before[\s\S]*failed main\.py: no end after 6 s/);
  const crashed = await run('import uctypes\nprint(uctypes.bytearray_at(8, 4))');
  t.is(crashed.status, 1);
  t.regex(crashed.text, /failed main\.py: MicroPython was ended by SIGSEGV/);
});

testOnFirmware('rv32imc', 'firmware: exit status, and a script that hangs', async (t) => {
  const run = (code: string, timeout = '60') =>
    natmod(['run', '--arch', 'rv32imc', '--module', 'features0', ...out, '--timeout', timeout, '-c', code]);
  t.is((await run('import sys\nsys.exit(0)')).status, 0);
  const exit = await run('import sys\nprint("bye")\nsys.exit(3)');
  t.is(exit.status, 1);
  t.regex(exit.text, /bye\n.*failed main\.py: exit status 3/);
  const hung = await run('print("before")\nwhile True: input()', '8');
  t.is(hung.status, 1);
  t.regex(hung.text, /before[\s\S]*no end after 8 s; the last output was "before"/);
});

testWith(
  { compiler: 'xtensa', tool: HARNESS_TOOLS },
  'xtensa: lists of calls run on an emulated core, and what cannot be run is said',
  async (t) => {
    const report = join(folder, 'xtensa.json');
    const args = ['--arch', 'xtensa', '--module', 'features0,features2', ...out];
    const tested = await natmod(['test', ...args, '--report', report]);
    t.is(tested.status, 0, tested.text);
    t.regex(tested.text, /features0 {2}ok \(native part\)\nfeatures2 {2}ok \(native part\)\n/);
    t.regex(
      tested.text,
      /passed features0, features2 on xtensa: .*list of calls ran on an emulated lx106.*no emulator runs MicroPython for xtensa, so its tests did not run/,
    );
    const { tests } = JSON.parse(await readFile(report, 'utf8')) as { tests: { status: string }[] };
    t.deepEqual(tests.map((one) => one.status).sort(), ['native', 'native']);
    const none = await natmod(['test', ...args], { PATH: pathWithout('qemu-system-xtensa') });
    t.is(none.status, 1);
    t.regex(none.text, /modules are loaded on an emulated core where qemu-system-xtensa/);
    for (const task of ['run', 'repl']) {
      const { status, text } = await natmod([task, '--arch', 'xtensa', '--module', 'features0', ...out]);
      t.is(status, 1);
      t.regex(text, /no emulator runs MicroPython for xtensa[\s\S]*run it on a board: --port auto/);
    }
  },
);

testWith(
  { compiler: 'xtensa', tool: HARNESS_TOOLS },
  'xtensa: a module that crashes or never comes back when it is loaded',
  async (t) => {
    const modules: string[] = [];
    for (const [name, body] of [
      ['crash', '__asm__ volatile ("ill");'],
      ['hang', 'for (volatile int i = 0; i < 2; i &= 1) {}'],
    ] as const) {
      const dir = join(folder, 'faulty', name);
      await mkdir(dir, { recursive: true });
      await writeFile(join(dir, 'Makefile'), makefile(name));
      await writeFile(
        join(dir, `${name}.c`),
        SOURCE.replace('MP_DYNRUNTIME_INIT_ENTRY', `MP_DYNRUNTIME_INIT_ENTRY\n    ${body}`),
      );
      modules.push(dir);
    }
    const words = ['test', '--arch', 'xtensa', ...out, '--module'];
    const [crash = '', hang = ''] = modules;
    const { status, text } = await natmod([...words, crash]);
    t.is(status, 1);
    t.regex(text, /failed crash xtensa load: the module does not run on xtensa/);
    const hung = await natmod([...words, hang, '--timeout', '3']);
    t.is(hung.status, 1);
    t.regex(hung.text, /failed hang xtensa load: .*no end after 3 s/);
  },
);

testWith(
  { compiler: 'xtensa', tool: HARNESS_TOOLS },
  'xtensa: a module whose calls give something else than its list says fails, also beside Python code; a list that is none is told',
  async (t) => {
    const dir = join(folder, 'sabotaged');
    await mkdir(dir, { recursive: true });
    await writeFile(join(dir, 'Makefile'), makefile('sabotaged').replace('sabotaged.c', 'sabotaged.c part.py'));
    await writeFile(join(dir, 'part.py'), 'HALF = (0.5, b"text of its own")\n');
    const test = async (value: string, list: string) => {
      await writeFile(join(dir, 'sabotaged.c'), SOURCE.replace('INT(42)', `INT(${value})`));
      await writeFile(join(dir, 'test_it.calls.json'), list);
      return natmod(['test', '--arch', 'xtensa', ...out, '--module', dir]);
    };
    const list = JSON.stringify([{ call: 'answer', args: [], gives: '42' }]);
    const good = await test('42', list);
    t.is(good.status, 0, good.text);
    t.regex(good.text, /sabotaged {2}ok \(native part\)/);
    const broken = await test('43', list);
    t.is(broken.status, 1);
    t.regex(
      broken.text,
      /failed sabotaged xtensa test_it\.calls\.json: test_it\.calls\.json: step 0 gives 43 instead of 42/,
    );
    t.regex(broken.text, /sabotaged {2}FAIL/);
    const none = await test('42', '{}');
    t.not(none.status, 0);
    t.regex(none.text, /test_it\.calls\.json: a list of calls is an array of steps/);
  },
);

/** PATH without the folders that hold a program, but with links to all else that is in them. */
function pathWithout(program: string): string {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((dir) => dir !== '');
  return folders
    .map((dir, index) => {
      if (!existsSync(join(dir, program))) return dir;
      const links = join(folder, `path${index}`);
      mkdirSync(links, { recursive: true });
      for (const name of readdirSync(dir)) if (name !== program) symlinkSync(join(dir, name), join(links, name));
      return links;
    })
    .join(delimiter);
}

test('an architecture without a runtime: what would provide one', async (t) => {
  const env = { NATMOD_CACHE: join(folder, 'empty') };
  const { status, text } = await natmod(['run', '--arch', 'rv32imc', '--module', 'features0', ...out], env);
  t.is(status, 1);
  t.regex(text, /nothing runs rv32imc modules here: .*gulp runtimes --add VIRT_RV32/);
  t.regex(text, /NATMOD_MICROPYTHON_RV32IMC/);
});

testWith(
  { ...x64, runtime: ['x64', 'armv7m'], compiler: ['x64', 'armv7m'] },
  'natmod test: table, reports, exit status',
  async (t) => {
    const modules = join(folder, 'modules');
    for (const [name, script, expected] of [
      ['good', 'import good\nprint(good.answer())\n', '42\n'],
      ['bad', 'import bad\nprint(bad.answer())\n', '41\n'],
      ['none', undefined, undefined],
    ] as const) {
      const dir = join(modules, name);
      await mkdir(dir, { recursive: true });
      await writeFile(join(dir, 'Makefile'), makefile(name));
      await writeFile(join(dir, `${name}.c`), SOURCE);
      if (script !== undefined) await writeFile(join(dir, `test_${name}.py`), script);
      if (expected !== undefined) await writeFile(join(dir, `test_${name}.py.exp`), expected);
    }
    const reports = [join(folder, 'r.json'), join(folder, 'r.xml')];
    const names = ['good', 'bad', 'none'].map((name) => join(modules, name)).join(',');
    for (const report of reports) {
      const { status, text } = await natmod([
        'test',
        '--arch',
        'x64,armv7m',
        '--module',
        names,
        ...out,
        '--report',
        report,
      ]);
      t.is(status, 1, text);
      t.regex(text, / {6}x64 {3}armv7m\ngood {2}ok {4}ok\nbad {3}FAIL {2}FAIL\nnone {2}- {5}-\n/);
      t.regex(text, /line 1 of the output is "42", test_bad\.py\.exp has "41"/);
      t.regex(text, /skipped none on x64, armv7m: it has no test/);
      t.regex(text, /2 passed, 2 failed, 2 skipped/);
    }
    const { tests } = JSON.parse(await readFile(reports[0]!, 'utf8')) as { tests: { status: string }[] };
    t.is(tests.filter((one) => one.status === 'failed').length, 2);
    t.regex(await readFile(reports[1]!, 'utf8'), /<testsuites tests="6" failures="2" errors="0"/);
  },
);

function makefile(name: string): string {
  return `MOD = ${name}\nSRC = ${name}.c\nMPY_DIR ?= ${projectDir}/natmod-rules/sdk\ninclude $(MPY_DIR)/py/dynruntime.mk\n`;
}

const SOURCE = `#include "py/dynruntime.h"
static mp_obj_t answer(void) { return MP_OBJ_NEW_SMALL_INT(42); }
static MP_DEFINE_CONST_FUN_OBJ_0(answer_obj, answer);
mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY
    mp_store_global(MP_QSTR_answer, MP_OBJ_FROM_PTR(&answer_obj));
    MP_DYNRUNTIME_INIT_EXIT
}
`;

testOnFirmware(
  'armv7m',
  'a command of the user’s: on standard input and output, and on the pty that it announces',
  async (t) => {
    const found = findFirmware('armv7m');
    if ('missing' in found) return t.fail();
    const words = [found.command, ...found.args];
    const module = ['--arch', 'armv7m', '--module', 'features0', ...out];
    for (const line of ['stdio', 'pty']) {
      const NATMOD_MICROPYTHON_ARMV7M = words.map((word) => (word === 'stdio' ? line : word)).join(' ');
      const { status, text } = await natmod(['run', ...module], { NATMOD_MICROPYTHON_ARMV7M });
      t.is(status, 0, text);
      t.regex(text, /features0 ok/);
    }
    return undefined;
  },
);

test('natmod repl: the module is imported, also on firmware', async (t) => {
  for (const arch of ['x64', 'rv32imc'] as const) {
    const missing = arch === 'x64' ? findRuntime(arch) : findFirmware(arch);
    if ('missing' in missing || findCompiler(arch) === undefined) {
      t.log(`left out ${arch}`);
      continue;
    }
    const args = ['repl', '--arch', arch, '--module', 'features0', ...out];
    const { status, text } = await natmod(args, {}, 'print(features0.factorial(7))\n');
    t.is(status, 0, text);
    t.regex(text, /\b5040\b/);
  }
  t.pass();
});

test('natmod runtimes notes a command, lists and forgets it', async (t) => {
  const env = { NATMOD_CACHE: join(folder, 'noted') };
  const noted = await natmod(['runtimes', '--add', 'armv7m=socket://localhost:4321'], env);
  t.is(noted.status, 0, noted.text);
  t.regex((await natmod(['runtimes'], env)).text, /armv7m +port {2}socket:\/\/localhost:4321/);
  t.regex((await natmod(['runtimes', '--remove', 'armv7m'], env)).text, /removed the command for armv7m/);
  t.notRegex((await natmod(['runtimes'], env)).text, /4321/);
  const unknown = await natmod(['runtimes', '--add', 'nonsense'], env);
  t.is(unknown.status, 1);
  t.regex(unknown.text, /unknown runtime 'nonsense'/);
});

test('options that make no sense', async (t) => {
  const told = async (...args: string[]) => (await natmod(args)).text;
  // Only gulp is not asked for the folder that it is called in.
  await withRig(async ({ gulp }) => {
    t.regex((await gulp(['run'])).stderr, /neither a module nor a script is named/);
  });
  t.regex(await told('run', '--module', 'features0', '--arch', 'all'), /one architecture at a time/);
  t.regex(await told('test', '--report', 'r.txt'), /ends in \.xml or \.json/);
  t.regex(await told('run', '--module', 'features0', '--timeout', 'soon'), /--timeout 'soon' is no number of seconds/);
});
