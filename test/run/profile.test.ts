import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { countsInCode } from '../../natmod-rules/debug/profile/find-code.ts';
import { type Profile, profilePage, profileTable, readCounts } from '../../natmod-rules/debug/profile/index.ts';
import { testOnFirmware } from '../board/support/firmware.ts';
import { makefile, withRig } from '../flow/support/rig.ts';
import { testWith } from '../support/needs.ts';

/** `loop(n)` goes round n times; what it costs is (a + b n) instructions. */
const SOURCE = `#include "py/dynruntime.h"
static volatile int sum;
static mp_obj_t loop(mp_obj_t count_obj) {
    int count = mp_obj_get_int(count_obj);
    for (int i = 0; i < count; i++) {
        sum += i;
    }
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(loop_obj, loop);
static mp_obj_t unused(void) { return mp_const_none; }
static MP_DEFINE_CONST_FUN_OBJ_0(unused_obj, unused);
mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY
    mp_store_global(MP_QSTR_loop, MP_OBJ_FROM_PTR(&loop_obj));
    mp_store_global(MP_QSTR_unused, MP_OBJ_FROM_PTR(&unused_obj));
    MP_DYNRUNTIME_INIT_EXIT
}
`;
const MODULE = { Makefile: makefile('SRC = mod.c'), 'mod.c': SOURCE };

const QEMU_XTENSA = 'qemu-system-xtensa';

/** No MicroPython runs there, so that a list of calls is what is counted. */
function isXtensa(arch: string): boolean {
  return arch.startsWith('xtensa');
}

function writeList(dir: string, steps: readonly object[]): string {
  const file = join(dir, 'work.calls.json');
  writeFileSync(file, JSON.stringify(steps));
  return file;
}

for (const [arch, register] of [
  ['x64', testWith.bind(undefined, { compiler: 'x64', runtime: 'x64', counter: 'qemu-x86_64' })],
  ['armv7m', testWith.bind(undefined, { compiler: 'armv7m', runtime: 'armv7m', counter: 'qemu-arm' })],
  ['rv32imc', testOnFirmware.bind(undefined, 'rv32imc')],
  ['xtensa', testWith.bind(undefined, { compiler: 'xtensa', tool: QEMU_XTENSA })],
  ['xtensawin', testWith.bind(undefined, { windowed: true, tool: QEMU_XTENSA })],
] as const) {
  register(`run --profile counts the instructions of functions and lines on ${arch}`, async (t) => {
    await withRig(async ({ dir, out, module, natmod }) => {
      module('mod', MODULE);
      const profileOf = async (times: number, ...more: string[]) => {
        const file = join(dir, `${times}.json`);
        const work = isXtensa(arch)
          ? [writeList(dir, [{ call: 'loop', args: [times], gives: 'None' }])]
          : ['-c', `import mod; mod.loop(${times})`];
        const args = ['--arch', arch, '--module', join(dir, 'mod'), '--out', out, ...work, '--profile'];
        const ran = await natmod(['run', ...args, '--report', file, ...more]);
        return { ran, report: existsSync(file) ? readFileSync(file, 'utf8') : '' };
      };
      const html = join(dir, 'page.html');
      const small = await profileOf(100);
      t.is(small.ran.status, 0, small.ran.stderr + small.ran.stdout);
      const large = await profileOf(2100, '--html', html, '--diff', join(dir, '100.json'), '--budget', '2k');
      t.is(large.ran.status, 1);
      t.regex(large.ran.stdout + large.ran.stderr, /more than its budget of 2,000[\s\S]*loop/);
      const profiles = [small, large].map(({ report }) => JSON.parse(report).modules[0] as Profile);
      const inLoop = (one: Profile) => one.functions.find(({ name }) => name.startsWith('loop'))!.instructions;
      const [a, b] = profiles.map(inLoop) as [number, number];
      // The same number of instructions for each turn, and few of them.
      t.is((b - a) % 2000, 0);
      t.true((b - a) / 2000 >= 3 && (b - a) / 2000 <= 10, `${(b - a) / 2000} for each turn`);
      const line = profiles[1]!.lines.find((one) => /mod\.c$/.test(one.file) && one.line === 6);
      t.true(line!.instructions > 2100 && line!.instructions <= b);
      t.false(profiles[1]!.functions.some(({ name }) => name.startsWith('unused')));
      t.true(profiles[1]!.functions.some(({ name }) => name === 'mpy_init'));
      t.regex(large.ran.stdout, /before +now +ratio +function/);
      const page = readFileSync(html, 'utf8');
      t.regex(page, /sum \+= i;/);
      t.notRegex(page, /could not be read/);
    });
  });
}

testWith(
  { compiler: 'x64', runtime: 'x64', counter: 'qemu-x86_64', tool: ['git', 'make'] },
  'run --profile --diff builds and runs a git revision, too, and leaves nothing of it behind',
  async (t) => {
    await withRig(async ({ dir, out, module, natmod }) => {
      module('mod', MODULE);
      module('new', { Makefile: MODULE.Makefile.replace('MOD = mod', 'MOD = new'), 'mod.c': SOURCE });
      const git = (...words: string[]) =>
        execFileSync('git', ['-c', 'user.name=n', '-c', 'user.email=e', ...words], { cwd: dir, encoding: 'utf8' });
      git('init', '--quiet');
      git('add', 'mod');
      git('commit', '--quiet', '-m', 'first');
      const then = join(dir, 'then.json');
      const temporary = join(dir, 'temporary');
      mkdirSync(temporary);
      const run = (names: string, code: string, ...more: string[]) => {
        const modules = names.split(',').map((name) => join(dir, name));
        const words = ['--arch', 'x64', '--module', modules.join(','), '--out', out, '-c', code, '--profile'];
        return natmod(['run', ...words, ...more], { TMPDIR: temporary });
      };
      const loop = 'import mod; mod.loop(100); print("once")';
      t.is((await run('mod', loop, '--report', then)).status, 0);
      const [was] = JSON.parse(readFileSync(then, 'utf8')).modules as Profile[];

      module('mod', { 'mod.c': SOURCE.replace('sum += i;', 'sum += i * i; sum ^= i;') });
      const both = await run('mod,new', `${loop}\ntry:\n  import new\nexcept ImportError: pass`, '--diff', 'HEAD');
      t.is(both.status, 0, both.stdout + both.stderr);
      const [, before, now] = /^ *([\d,]+) +([\d,]+) +\d\.\d+ +all$/m.exec(both.stdout) ?? t.fail(both.stdout) ?? [];
      t.is(Number(before!.replaceAll(',', '')), was!.instructions);
      t.true(Number(now!.replaceAll(',', '')) > was!.instructions);
      t.regex(both.stdout, /new x64 is not in HEAD/);
      t.is(both.stdout.split('once').length, 2, 'what the script prints is of interest once');

      module('mod', { 'mod.c': 'this is no C' });
      git('commit', '--quiet', '-am', 'broken');
      module('mod', MODULE);
      const broken = await run('mod', loop, '--diff', 'HEAD');
      t.is(broken.status, 1);
      t.regex(broken.stdout + broken.stderr, /not built at HEAD: mod \(x64\)/);
      const unknown = await run('mod', loop, '--diff', 'yesterday');
      t.regex(unknown.stdout + unknown.stderr, /'yesterday' is no report of .*, and no revision of this repository/);
      t.deepEqual(readdirSync(temporary), []);
      t.is(git('status', '--porcelain', 'mod').trim(), 'M mod/mod.c');
    });
  },
);

testWith({ compiler: 'x64', counter: 'qemu-x86_64', tool: 'git' }, 'what cannot be counted is said', async (t) => {
  await withRig(async ({ dir, out, module, natmod }) => {
    module('mod', MODULE);
    const run = async (words: readonly string[], env: NodeJS.ProcessEnv = {}) => {
      const { status, stdout, stderr } = await natmod(
        ['run', '--arch', 'x64', '--module', join(dir, 'mod'), '--out', out, ...words],
        env,
      );
      t.is(status, 1);
      return stdout + stderr;
    };
    t.regex(await run(['--profile', '-c', 'print(1)']), /nothing of mod has run/);
    t.regex(await run(['--html', join(dir, 'a.html'), '-c', 'print(1)']), /--html together with --profile only/);
    t.regex(await run(['--profile', '--port', 'auto', '-c', 'print(1)']), /only QEMU counts instructions/);
    t.regex(await run(['--profile', '--diff', 'nowhere.json', '-c', 'print(1)']), /no report of counted instructions/);
    const own = { NATMOD_MICROPYTHON_X64: process.execPath };
    t.regex(await run(['--profile', '-c', 'print(1)'], own), /instructions of x64 cannot be counted here.*is not QEMU/);
  });
});

testWith(
  { compiler: 'xtensa', tool: QEMU_XTENSA },
  'run --profile on xtensa takes lists of calls, the module’s own where none is named, and says what else it is given',
  async (t) => {
    await withRig(async ({ dir, out, module, natmod }) => {
      module('mod', MODULE);
      module('new', { Makefile: MODULE.Makefile.replace('MOD = mod', 'MOD = new'), 'mod.c': SOURCE });
      const run = async (names: string, ...words: string[]) => {
        const modules = names.split(',').map((name) => join(dir, name));
        const args = ['--arch', 'xtensa', '--module', modules.join(','), '--out', out, '--profile', ...words];
        const { status, stdout, stderr } = await natmod(['run', ...args]);
        return { status, text: stdout + stderr };
      };
      t.regex((await run('mod', '-c', 'import mod')).text, /no emulator runs MicroPython for xtensa[\s\S]*calls\.json/);
      t.regex((await run('mod')).text, /the module has no list of calls/);
      const wrong = await run('mod', writeList(dir, [{ call: 'loop', args: [1], gives: '1' }]));
      t.is(wrong.status, 1);
      t.regex(wrong.text, /mod: work\.calls\.json: step 0 gives None instead of 1/);
      t.regex((await run('mod,new', join(dir, 'work.calls.json'))).text, /a list of calls is for one module/);
      t.regex(
        (await run('mod', join(dir, 'none.calls.json'))).text,
        /there is no such list.*none\.calls\.json|none\.calls\.json.*there is no such list/,
      );
      module('mod', { 'test_it.calls.json': '[{ "call": "loop", "args": [9], "gives": "None" }]' });
      const own = await run('mod');
      t.is(own.status, 0, own.text);
      t.regex(
        own.text,
        /running test_it\.calls\.json on an emulated lx106, counting[\s\S]*mod xtensa: \d+ instructions/,
      );
    });
  },
);

test('code is found where it was loaded, twice if it was, and not where only a part of it is like it', (t) => {
  const code = Uint8Array.from(Buffer.from('00112233445566778899aabbccddeeff', 'hex'));
  const counts = (text: string) => Object.fromEntries(countsInCode(code, readCounts(text)));
  const loaded = '1000 3 244 00112233445566778899\n100a 2 24 aabbccddeeff';
  const once = { 0: 3, 2: 3, 6: 3, 10: 2, 12: 2 };
  t.deepEqual(counts(loaded), once);
  t.deepEqual(counts(`${loaded}\n2000 1 244 00112233445566778899\n200a 1 24 aabbccddeeff`), {
    0: 4,
    2: 4,
    6: 4,
    10: 3,
    12: 3,
  });
  t.deepEqual(counts(`${loaded}\n3000 9 24 001122334455\n3006 9 4 01020304`), once);
  t.deepEqual(counts('not a line\n1000 1 9 0011\n'), {});
});

test('a page and a table take names for what they are: text', (t) => {
  const hostile = '<script>\u001b[31m';
  const profile: Profile = {
    module: hostile,
    arch: 'x64',
    instructions: 1234,
    functions: [{ name: hostile, place: `${hostile}:1`, instructions: 1234 }],
    lines: [{ file: hostile, line: 1, instructions: 1234 }],
  };
  t.notRegex(
    profilePage([profile], () => hostile),
    /<script>|\u001b/,
  );
  t.notRegex(profileTable(profile).split('\n').slice(1).join('\n'), /\u001b/);
});
