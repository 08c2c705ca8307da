/** Flags that are more than words: what a shell makes of them when make builds. */
import { writeFileSync } from 'node:fs';
import { makefile, moduleSource } from '../flow/support/rig.ts';
import { testWith } from '../support/needs.ts';
import { bytesOf, inFolder, join, runMake, runNatmod, writeFiles } from './support/doors.ts';

const needed = { compiler: 'x64', tool: 'make' } as const;

// D stands for the dollar that make leaves to the shell.
const FLAGS = [
  'export LEVEL := 6',
  'CFLAGS += -DTEXT="\\"vD(cat VERSION | tr a-z A-Z)\\"" -DA=D((3+4)) -DB=D{UNSET_NAME:-9} -DC=`echo 5`',
  `CFLAGS += -DD=DLEVEL -DHOME_TEXT='"'"DHOME"'"' -DPLAIN='"DHOME"'`,
]
  .join('\n')
  .replace(/D(?=[({]|LEVEL$|LEVEL |HOME['"])/g, '$$$$');

testWith(needed, 'what a shell expands in flags is what make would compile, at every build', (t) =>
  inFolder(async (dir) => {
    writeFiles(dir, {
      Makefile: makefile(`SRC = mod.c\n${FLAGS}`),
      'mod.c': moduleSource(
        'mp_obj_new_str(TEXT HOME_TEXT PLAIN, A * 1000 + B * 100 + C * 10 + D)',
        '_Static_assert(A == 7 && B == 9 && C == 5 && D == 6, "numbers");',
      ),
      VERSION: 'one\n',
    });
    const env = { HOME: '/home of/somebody' };
    const text = () => bytesOf(join(dir, 'mod.mpy')).toString('latin1');
    const build = async () => {
      const { exitCode, stdout, stderr } = await runNatmod(dir, ['build', '--arch', 'x64', '--no-optimize'], env);
      t.is(exitCode, 0, stdout + stderr);
      return text();
    };
    const one = await build();
    t.true(one.includes('vONE/home of/somebody$HOME'));
    t.is(await build(), one);
    writeFileSync(join(dir, 'VERSION'), 'two\n');
    const two = await build();
    t.true(two.includes('vTWO/home of/somebody$HOME'));
    const made = await runMake(dir, ['ARCH=x64', 'BUILD=other'], env);
    t.is(made.exitCode, 0, made.stdout + made.stderr);
    t.is(text(), two);
  }),
);

testWith(needed, 'flags that a shell would take for another command are refused by name', (t) =>
  inFolder(async (dir) => {
    for (const [flags, message] of [
      ['-DX=a;touch made', /CFLAGS has a ; outside of quotes[\s\S]*'-DTEXT="a;b"'/],
      ['-DX=$$(exit 3; echo)$${Y?no Y}', /the shell could not expand CFLAGS[\s\S]*no Y/],
      ["-DX=$$(cat 'x)", /the shell could not expand CFLAGS/],
    ] as const) {
      writeFiles(dir, { Makefile: makefile(`SRC = mod.c\nCFLAGS += ${flags}`), 'mod.c': moduleSource() });
      const { exitCode, stderr } = await runNatmod(dir, ['build', '--arch', 'x64']);
      t.is(exitCode, 1);
      t.regex(stderr, message);
      t.notRegex(stderr, /^\s+at /m);
    }
  }),
);
