import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { archByName } from '../../natmod-rules/arch/index.ts';
import { compactPlan } from '../../tasks/modules/compact-plan.ts';
import { runMake } from '../make/support/doors.ts';
import { RUNNABLE, testWith } from '../support/needs.ts';
import { runMicroPython } from '../support/run.ts';
import { makefile, moduleSource, withRig } from './support/rig.ts';

const VARIABLES = 'static int count = 40; static int calls; int idle(void) { return calls; }';

for (const arch of RUNNABLE) {
  testWith(
    { compiler: arch, runtime: arch, tool: 'make' },
    `${arch}: a build takes static variables and is smaller than with --no-optimize, and going back gives the old file again`,
    (t) =>
      withRig(async (rig) => {
        const folder = rig.module('plain', { Makefile: makefile('SRC = mod.c'), 'mod.c': moduleSource() });
        const words = ['build', '--arch', arch, '--module', folder, '--out', rig.out];
        const file = join(rig.out, arch, 'mod.mpy');
        t.is((await rig.natmod([...words, '--no-optimize'])).status, 0);
        const plain = readFileSync(file);
        t.is((await rig.natmod(words)).status, 0);
        t.true(readFileSync(file).length < plain.length);
        t.is((await rig.natmod([...words, '--no-optimize'])).status, 0);
        t.deepEqual(readFileSync(file), plain);

        const source = moduleSource('mp_obj_new_int(++count + ++calls)', VARIABLES);
        const own = rig.module('own', { Makefile: makefile('SRC = mod.c'), 'mod.c': source });
        const run = await rig.natmod(['build', '--arch', arch, '--module', own, '--out', rig.out]);
        t.is(run.status, 0, run.stderr);
        const script = 'import mod\nprint(mod.f(), mod.f())';
        const { stdout, stderr } = await runMicroPython(arch, { files: { 'mod.mpy': readFileSync(file) }, script });
        t.is(stdout, '42 44\n', stderr);
      }),
  );
}

testWith(
  { compiler: 'xtensa', tool: 'make' },
  'xtensa: functions that have the names of sections build with -Werror, in sections of their own or without',
  (t) =>
    withRig(async (rig) => {
      const names = [
        'bss',
        'data',
        'rodata',
        'literal',
        'literal4',
        'lit4',
        'text',
        'init',
        'init_array',
        'prop',
        'note',
      ];
      const functions = names.map((name, i) => `__attribute__((noinline)) int ${name}(int x) { return x * ${i + 5}; }`);
      const value = `mp_obj_new_int(${names.map((name) => `${name}(3)`).join(' + ')})`;
      const files = {
        Makefile: makefile('SRC = mod.c'),
        'mod.c': moduleSource(value, functions.map(declared).join('\n')),
      };
      const words = ['build', '--arch', 'xtensa', '--module', rig.module('named', files), '--out', rig.out];
      const run = await rig.natmod(words);
      t.is(run.status, 0, run.stderr);
      t.notRegex(run.stdout + run.stderr, /uninitialized/);
      t.is((await rig.natmod([...words, '--no-optimize'])).status, 0);
    }),
);

const declared = (text: string) => `${text.replace(/^__attribute__\(\(noinline\)\) (.*?) \{.*/, '$1;')} ${text}`;

testWith(
  { compiler: 'x64', tool: 'make' },
  'x64: static arrays that are zeros in the file are told with their size',
  (t) =>
    withRig(async (rig) => {
      const files = (kind: string) => ({
        Makefile: makefile('SRC = mod.c'),
        'mod.c': moduleSource(
          'mp_obj_new_int(buffer[n_buffer++]++)',
          `${kind} char buffer[50000]; static int n_buffer;`,
        ),
      });
      const build = (name: string, kind: string) =>
        rig.natmod(['build', '--arch', 'x64', '--module', rig.module(name, files(kind)), '--out', rig.out]);
      const zeros = /the file has 5000\d zeros for them, 50000 of them for buffer/;
      const own = await build('own', 'static');
      t.regex(own.stdout + own.stderr, zeros);
      const common = await build('common', '');
      t.notRegex(common.stdout + common.stderr, zeros);
      t.true(readFileSync(join(rig.out, 'x64', 'mod.mpy')).length < 2000);
      const make = await runMake(join(rig.dir, 'own'), ['ARCH=x64', 'MPY_OPTIMIZE=balanced']);
      t.regex(make.stdout, zeros);
      t.regex(make.stdout, /the garbage collector does not look/);
    }),
);

testWith({ compiler: 'x64', tool: ['gcc', 'sh'] }, 'a compiler gets only the flags for size that it takes', (t) =>
  withRig(async (rig) => {
    const arch = archByName('x64');
    const old = join(rig.dir, 'gcc');
    const refuses = '-Oz|-fno-ipa-sra) exit 1';
    writeFileSync(old, `#!/bin/sh\nfor a; do case "$a" in ${refuses};; esac; done\nexec gcc "$@"\n`, { mode: 0o755 });
    const flagsOf = async (compiler: string, level: string) => {
      const toolchain = { arch, compiler: [compiler], flags: [] };
      return (await compactPlan({ arch, toolchain, cflags: [level] }, 'size')).cflags;
    };
    const { compactFlags, sizeFlags } = arch;
    const withoutLevel = sizeFlags.filter((flag) => flag !== '-Oz');
    t.deepEqual(await flagsOf('gcc', '-Os'), [...compactFlags, ...withoutLevel, '-Oz']);
    const known = sizeFlags.filter((flag) => flag !== '-Oz' && flag !== '-fno-ipa-sra');
    t.deepEqual(await flagsOf(old, '-Os'), [...compactFlags, ...known, '-Os']);
    t.deepEqual(await flagsOf('gcc', '-O2'), [...compactFlags, '-O2']);
  }),
);
