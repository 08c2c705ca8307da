/** What a Makefile's own rules make under one name for every architecture. */
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { startProgram } from '../../tasks/system/programs.ts';
import { archive } from '../elf/make-archive.ts';
import { makefile, moduleSource } from '../flow/support/rig.ts';
import { compile } from '../support/compile.ts';
import { testWith } from '../support/needs.ts';
import {
  bytesOf,
  type Files,
  inFolder,
  join,
  natmod,
  plainEnvironment,
  runNatmod,
  writeFiles,
} from './support/doors.ts';

const needed = { compiler: ['armv7m', 'armv6m'], tool: 'make' } as const;

const CPU = '-Os -mthumb $(filter -mcpu%,$(CFLAGS))';

/** An object, a header, and a library of another make that has rules of make's own; each notes when it is made. */
const files: Files = {
  Makefile: makefile(
    [
      'SRC = mod.c',
      'SRC_O += helper.o',
      'MPY_LD_FLAGS += -llib/libx.a',
      `helper.o: helper.c\n\techo helper >>made\n\t$(CC) ${CPU} -c -o $@ $<`,
      'name.h:\n\techo header >>made\n\techo "#define NAME \\"$(ARCH)\\"" >$@',
      'mod.c: name.h',
      `lib/libx.a: force\n\t$(MAKE) -C lib CC="$(CC)" AR=$(CROSS)ar CFLAGS="${CPU}"`,
      'force:',
    ].join('\n'),
  ),
  'lib/Makefile': 'libx.a: x.o y.o\n\techo library >>../made\n\t$(AR) rcs $@ $^\n',
  'lib/x.c': 'int y(int); int x(int a, int b) { return y(a / b); }\n',
  'lib/y.c': 'int y(int a) { return a % 7; }\n',
  'helper.c': 'int helper(int a, int b) { return a / b; }\n',
  'mod.c': moduleSource(
    'mp_obj_new_str(NAME, helper(sizeof(NAME), x(9, 3)))',
    '#include "name.h"\nint helper(int, int); int x(int, int);',
  ),
};

testWith(needed, 'files that architectures share are made for each, one after the other', (t) =>
  inFolder(async (dir) => {
    const build = async (folder: string, arches: string) => {
      writeFileSync(join(folder, 'made'), '');
      // Without the compiler's own division armv6m does not link, and with it everything here can be seen.
      const { exitCode, stdout, stderr } = await runNatmod(folder, ['build', '--arch', arches, 'LINK_RUNTIME=1']);
      t.is(exitCode, 0, stdout + stderr);
      return readFileSync(join(folder, 'made'), 'utf8').trim().split('\n').sort().join(' ');
    };
    const alone = new Map<string, Buffer>();
    for (const arch of needed.compiler) {
      const folder = writeFiles(join(dir, arch), files);
      t.is(await build(folder, arch), 'header helper library');
      alone.set(arch, bytesOf(join(folder, 'mod.mpy')));
    }
    const folder = writeFiles(join(dir, 'both'), files);
    t.is(await build(folder, 'armv7m,armv6m'), 'header header helper helper library library');
    for (const arch of needed.compiler) {
      t.deepEqual(bytesOf(join(folder, `build-${arch}`, 'mod.mpy')), alone.get(arch), arch);
    }
    const turns: [arch: string, made: string][] = [
      ['armv7m', 'header helper library'],
      // No machine code, and of this architecture: make knows that it is made.
      ['armv7m', 'helper library'],
      ['armv6m', 'header helper library'],
    ];
    // The first of them is what was made last, or it is not: the two were built in any order.
    await build(folder, 'armv6m');
    for (const [arch, made] of turns) {
      t.is(await build(folder, arch), made, arch);
      t.deepEqual(bytesOf(join(folder, 'mod.mpy')), alone.get(arch), arch);
    }
    writeFileSync(join(folder, 'lib', 'y.c'), 'int y(int a) { return a % 5; }\n');
    t.is(await build(folder, 'armv6m'), 'helper library');
    t.notDeepEqual(bytesOf(join(folder, 'mod.mpy')), alone.get('armv6m'));
  }),
);

testWith(needed, 'another process that makes the same files waits until the build that uses them has ended', (t) =>
  inFolder(async (dir) => {
    writeFiles(dir, {
      Makefile: makefile('SRC = mod.c\nmod.c: name.h\nname.h:\n\techo "#define NAME \\"$(ARCH)\\"" >$@'),
      'mod.c': moduleSource('mp_obj_new_str(NAME, sizeof(NAME))', '#include "name.h"'),
      // The first build stays at its own source, for which make has made all, until somebody lets it go on.
      'cc.sh': [
        '#!/bin/sh',
        'case "$*" in *mod.c*) touch compiling; while test -d . && ! test -e go; do sleep 0.05; done;; esac',
        'exec arm-none-eabi-gcc "$@"\n',
      ].join('\n'),
    });
    chmodSync(join(dir, 'cc.sh'), 0o755);
    const start = async (arch: string, ...words: string[]) => {
      const said = { text: '', isWaiting: () => /waits for another natmod/.test(said.text) };
      const all = [natmod, 'build', '--arch', arch, `--out=${join(dir, arch)}`, ...words];
      const program = await startProgram([process.execPath, ...all], {
        cwd: dir,
        env: plainEnvironment(),
        onText: (text) => {
          said.text += text;
        },
      });
      let isOver = false;
      const ended = program.ended.finally(() => {
        isOver = true;
      });
      const until = async (fact: () => boolean) => {
        while (!fact() && !isOver) await new Promise((resolve) => setTimeout(resolve, 20));
        t.true(fact(), said.text);
      };
      return { until, said, ended };
    };
    const first = await start('armv7m', '--cc=./cc.sh');
    await first.until(() => existsSync(join(dir, 'compiling')));
    const second = await start('armv6m');
    await second.until(second.said.isWaiting);
    writeFiles(dir, { go: '' });
    for (const { ended, said } of [first, second]) t.is((await ended).status, 0, said.text);
    const bytes = (arch: string) => bytesOf(join(dir, arch, arch, 'mod.mpy'));
    t.true(bytes('armv7m').includes('armv7m'));
    t.true(bytes('armv6m').includes('armv6m'));
  }),
);

testWith({ compiler: 'x64', tool: 'make' }, 'what a rule cannot make again stays as it was', (t) =>
  inFolder(async (dir) => {
    writeFiles(dir, {
      Makefile: makefile('SRC = mod.c\nSRC_O += helper.o\nhelper.o: helper.c\n\tfalse $(CC)'),
      'mod.c': moduleSource(),
      'helper.c': '\n',
      'helper.o': 'precious',
    });
    const { exitCode, stderr } = await runNatmod(dir, ['build', '--arch', 'x64']);
    t.is(exitCode, 1);
    t.regex(stderr, /make could not make helper\.o for x64/);
    t.is(readFileSync(join(dir, 'helper.o'), 'utf8'), 'precious');
  }),
);

testWith(
  { compiler: ['x64', 'x86'], tool: 'make' },
  'a library of one architecture that a rule keeps for all is told of',
  (t) =>
    inFolder(async (dir) => {
      // What it copies is out of sight.
      const [member] = compile('x64', { 'x.c': 'int x(void) { return 1; }' });
      writeFiles(dir, {
        Makefile: makefile('SRC = mod.c\nMPY_LD_FLAGS += -llibx.a\nlibx.a:\n\tcp kept $@'),
        'mod.c': moduleSource('mp_obj_new_int(x())', 'int x(void);'),
      });
      writeFileSync(join(dir, 'kept'), archive({ name: 'x.o/', data: Buffer.from(member!.bytes) }));
      const { exitCode, stderr } = await runNatmod(dir, ['build', '--arch', 'x64,x86']);
      t.is(exitCode, 1);
      t.regex(stderr, /x86: error: .*libx\.a[\s\S]*own rules make this file for every architecture under one name/);
    }),
);
