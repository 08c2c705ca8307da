import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { archByName } from '../../natmod-rules/arch/index.ts';
import { compactPlan } from '../../tasks/modules/compact-plan.ts';
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
        t.is((await rig.gulp([...words, '--no-optimize'])).status, 0);
        const plain = readFileSync(file);
        t.is((await rig.gulp(words)).status, 0);
        t.true(readFileSync(file).length < plain.length);
        t.is((await rig.gulp([...words, '--no-optimize'])).status, 0);
        t.deepEqual(readFileSync(file), plain);

        const source = moduleSource('mp_obj_new_int(++count + ++calls)', VARIABLES);
        const own = rig.module('own', { Makefile: makefile('SRC = mod.c'), 'mod.c': source });
        const run = await rig.gulp(['build', '--arch', arch, '--module', own, '--out', rig.out]);
        t.is(run.status, 0, run.stderr);
        const script = 'import mod\nprint(mod.f(), mod.f())';
        const { stdout, stderr } = await runMicroPython(arch, { files: { 'mod.mpy': readFileSync(file) }, script });
        t.is(stdout, '42 44\n', stderr);
      }),
  );
}

testWith({ compiler: 'x64', tool: ['gcc', 'sh'] }, 'a compiler gets only the flags for size that it takes', (t) =>
  withRig(async (rig) => {
    const arch = archByName('x64');
    const old = join(rig.dir, 'gcc');
    const refuses = '-Oz|-fno-ipa-sra) exit 1';
    writeFileSync(old, `#!/bin/sh\nfor a; do case "$a" in ${refuses};; esac; done\nexec gcc "$@"\n`, { mode: 0o755 });
    const flagsOf = async (compiler: string, level: string) => {
      const toolchain = { arch, compiler: [compiler], flags: [] };
      return (await compactPlan({ arch, toolchain, cflags: [level] })).cflags;
    };
    const { compactFlags, sizeFlags } = arch;
    const withoutLevel = sizeFlags.filter((flag) => flag !== '-Oz');
    t.deepEqual(await flagsOf('gcc', '-Os'), [...compactFlags, ...withoutLevel, '-Oz']);
    const known = sizeFlags.filter((flag) => flag !== '-Oz' && flag !== '-fno-ipa-sra');
    t.deepEqual(await flagsOf(old, '-Os'), [...compactFlags, ...known, '-Os']);
    t.deepEqual(await flagsOf('gcc', '-O2'), [...compactFlags, '-O2']);
  }),
);
