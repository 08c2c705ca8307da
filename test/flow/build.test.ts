import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { qstrText, readMpy } from '../../natmod-rules/package/index.ts';
import { testWith } from '../support/needs.ts';
import { runMicroPython } from '../support/run.ts';
import { makefile, moduleSource, withRig } from './support/rig.ts';

const needsArm = { compiler: 'armv7m', tool: 'make' } as const;

testWith(
  needsArm,
  'a module is one file below its architecture, and the rest is in a folder that cannot be imported',
  (t) =>
    withRig(async (rig) => {
      const run = await rig.build(rig.module('m', { Makefile: makefile('SRC = mod.c'), 'mod.c': moduleSource() }));
      t.is(run.status, 0, run.stderr);
      t.deepEqual(rig.outputs(), [
        'armv7m/mod.build/.natmod-build',
        'armv7m/mod.build/mod.c.o',
        'armv7m/mod.build/mod.config.h',
        'armv7m/mod.mpy',
      ]);
      t.regex(run.stdout, /built mod armv7m +text \d+, rodata 0, bss 0, file \d+ bytes/);
    }),
);

testWith(
  { compiler: 'x64', runtime: 'x64', tool: 'make' },
  'sources of one base name, above the folder, absolute, in assembler and Python all end up in the module',
  (t) =>
    withRig(async (rig) => {
      const declared = 'int up(void); int deep(void); int far(void); int asm_one(void);';
      const dir = rig.module('möd ule', {
        'mod.c': moduleSource('mp_obj_new_int(up() + deep() + far() + asm_one() + EXTRA)', declared),
        'sub/mod.c': 'int deep(void) { return 10; }\n',
        'one.S': '.globl asm_one\n.type asm_one, @function\nasm_one: mov $1, %eax\nret\n.section .note.GNU-stack,""\n',
        'mod.py': 'def twice():\n    return 2 * f()\n',
        'text.py': 'greeting = "hé"\n',
      });
      rig.module('shared', { 'mod.c': 'int up(void) { return 100; }\n' });
      rig.module('far away', { 'far.c': 'int far(void) { return 1000; }\n' });
      // Make has no way to quote a blank in a list but a backslash.
      const far = join(rig.dir, 'far away/far.c').replaceAll(' ', '\\ ');
      const sources = `mod.c sub/mod.c ../shared/mod.c ${far} one.S mod.py text.py`;
      writeFileSync(join(dir, 'Makefile'), makefile(`SRC = ${sources}\nCFLAGS_EXTRA = -DEXTRA='(2 + 3)'`));
      const run = await rig.natmod(['build', 'ARCH=x64', '--module', dir, '--out', rig.out]);
      t.is(run.status, 0, run.stderr);
      const file = readFileSync(join(rig.out, 'x64/mod.mpy'));
      const script = 'import mod\nprint(mod.f(), mod.twice(), mod.greeting)';
      const { stdout } = await runMicroPython('x64', { files: { 'mod.mpy': file }, script });
      t.is(stdout.trim(), '1116 2232 hé');
    }),
);

testWith(needsArm, 'a module of Python parts only needs no compiler', (t) =>
  withRig(async (rig) => {
    const files = { Makefile: makefile('SRC = a.py b.py'), 'a.py': 'x = 1\n', 'b.py': 'y = 2\n' };
    const run = await rig.build(rig.module('m', files));
    t.is(run.status, 0, run.stderr);
    t.is(readMpy(readFileSync(join(rig.out, 'armv7m/mod.mpy')), 'mod.mpy').header.archNumber, 0);
  }),
);

testWith(needsArm, 'qstrs that only a header of the module uses are known', (t) =>
  withRig(async (rig) => {
    const dir = rig.module('m', {
      Makefile: makefile('CFLAGS += -Iinclude dir'.replace(' dir', ''), '').replace(
        'MOD = mod',
        'MOD = mod\nSRC = mod.c',
      ),
      'mod.c': moduleSource('the_answer()', '#include "a.h"'),
      'a.h': '#include <b.h>\n',
      'include/b.h': 'static inline mp_obj_t the_answer(void) { return MP_OBJ_NEW_QSTR(MP_QSTR_only_in_header); }\n',
    });
    const run = await rig.build(dir);
    t.is(run.status, 0, run.stderr);
    const mpy = readMpy(readFileSync(join(rig.out, 'armv7m/mod.mpy')), 'mod.mpy');
    t.true(mpy.qstrs.map((qstr) => qstrText(qstr)).includes('only_in_header'));
  }),
);

testWith(needsArm, 'flags with quotes, before and after the include, reach the compiler as make passes them', (t) =>
  withRig(async (rig) => {
    const check = '_Static_assert(sizeof(NAME) == 4 && A == 7 && B == 1, "flags");';
    const before = `SRC = mod.c\nCFLAGS += -DNAME='"a b"' -DA=7`;
    const files = { Makefile: makefile(before, 'CFLAGS += -DB\n'), 'mod.c': moduleSource('mp_const_none', check) };
    const run = await rig.build(rig.module('m', files));
    t.is(run.status, 0, run.stderr);
  }),
);

testWith(needsArm, 'a variable on the command line goes before the one of the Makefile', (t) =>
  withRig(async (rig) => {
    const check = '_Static_assert(MICROPY_FLOAT_IMPL == MICROPY_FLOAT_IMPL_NONE, "float");';
    const files = {
      Makefile: makefile('SRC = mod.c\nMICROPY_FLOAT_IMPL = double'),
      'mod.c': moduleSource('mp_const_none', check),
    };
    const dir = rig.module('m', files);
    t.is((await rig.build(dir)).status, 1);
    t.is((await rig.build(dir, 'MICROPY_FLOAT_IMPL=none')).status, 0);
    const wrong = await rig.build(dir, 'MICROPY_FLOAT_IMPL=half');
    t.regex(wrong.stderr, /MICROPY_FLOAT_IMPL is 'half', it must be one of: none float double/);
  }),
);

testWith(needsArm, 'an MPY_DIR that leads nowhere is replaced by the headers that come with natmod, with a word', (t) =>
  withRig(async (rig) => {
    const files = {
      Makefile: 'MPY_DIR = /no/such/tree\nMOD = mod\nSRC = mod.c\ninclude $(MPY_DIR)/py/dynruntime.mk\n',
      'mod.c': moduleSource(),
    };
    const run = await rig.build(rig.module('m', files));
    t.is(run.status, 0, run.stderr);
    t.regex(run.stderr, /warning: .*MPY_DIR leads to no MicroPython source tree/);
  }),
);

testWith(needsArm, 'the Makefile may name the architecture and the compiler', (t) =>
  withRig(async (rig) => {
    const files = {
      Makefile: makefile('ARCH = armv7m\nSRC = mod.c', 'CC = no-such-compiler -x\n'),
      'mod.c': moduleSource(),
    };
    const dir = rig.module('m', files);
    const own = await rig.natmod(['build', '--module', dir, '--out', rig.out]);
    t.regex(own.stderr, /armv7m: compiler 'no-such-compiler' not found/);
    const given = await rig.natmod(['build', '--module', dir, '--out', rig.out, '--cross', 'arm-none-eabi-']);
    t.regex(given.stdout, /built mod armv7m/);
  }),
);

testWith(needsArm, 'what needs sources of MicroPython says so when it is asked for by name', (t) =>
  withRig(async (rig) => {
    const files = {
      Makefile: makefile('MPY_SOURCES = extmod/no_such_file.c\nSRC = mod.c'),
      'mod.c': moduleSource(),
    };
    const dir = rig.module('m', files);
    const args = ['build', '--arch', 'armv7m', '--module', dir, '--out', rig.out];
    // As on a machine that has no sources yet, and on one whose sources lack the file.
    const env = { NATMOD_CACHE: join(rig.dir, 'cache'), MPY_DIR: '' };
    const none = await rig.natmod(args, env);
    t.is(none.status, 1);
    t.regex(none.stderr, /mod needs MicroPython's sources; get them with `gulp sources`.*--mpy-dir DIR/);
    rig.module('cache/sources/micropython-1.2.3', {
      '.natmod.json': JSON.stringify({ recipe: 1, suite: 'trixie', version: '1.2.3' }),
    });
    const lacking = await rig.natmod(args, env);
    t.is(lacking.status, 1);
    t.regex(lacking.stderr, /needs extmod\/no_such_file\.c, which is not in .*micropython-1\.2\.3; `gulp sources`/);
  }),
);

testWith(
  { compiler: ['armv7m', 'x64'], tool: 'make' },
  'a build of everything leaves such modules out, in one line',
  (t) =>
    withRig(async (rig) => {
      const env = { NATMOD_CACHE: join(rig.dir, 'cache'), MPY_DIR: '' };
      const run = await rig.gulp(['build', '--arch', 'armv7m,x64', '--out', rig.out], env);
      t.is(run.status, 0, run.stderr);
      const lines = run.stdout.split('\n').filter((line) => line.includes('left out'));
      const needed = lines.filter((line) => line.includes("needs MicroPython's sources"));
      t.is(needed.length, 1, run.stdout);
      t.regex(needed[0] ?? '', /left out btree, deflate, framebuf, heapq, random, re: /);
      // Whether Rust and Zig are there depends on the machine.
      t.regex(lines.at(-1) ?? '', /1[2-6] built, 1[2-6] left out/);
    }),
);

testWith(needsArm, 'what is built does not depend on the number of jobs', (t) =>
  withRig(async (rig) => {
    const sources = Array.from({ length: 8 }, (_, i) => `s${i}.c`);
    const files = Object.fromEntries(sources.map((name, i) => [name, `int value_${i}(void) { return ${i}; }\n`]));
    const dir = rig.module('m', {
      ...files,
      Makefile: makefile(`SRC = mod.c ${sources.join(' ')}`),
      'mod.c': moduleSource('mp_obj_new_int(value_7())', 'int value_7(void);'),
    });
    const build = async (jobs: string) => {
      t.is((await rig.build(dir, jobs)).status, 0);
      return readFileSync(join(rig.out, 'armv7m/mod.mpy'));
    };
    t.deepEqual(await build('--jobs=1'), await build('-j8'));
  }),
);
