/** Folders with modules and other things in them. */
import { makefile, moduleSource } from '../flow/support/rig.ts';
import { testWith } from '../support/needs.ts';
import { existsSync, inFolder, join, runNatmod, writeFiles } from './support/doors.ts';

const needed = { compiler: ['x64', 'armv7m'], tool: 'make' } as const;
const named = (name: string) => makefile(`MOD = ${name}\nSRC = mod.c`);

testWith(needed, 'Makefiles of other things are passed over, and one that has make work below leads there', (t) =>
  inFolder(async (dir) => {
    writeFiles(dir, {
      Makefile: 'all:\n\t$(MAKE) -C natmod\n',
      'natmod/Makefile': 'all: one two\none two:\n\t$(MAKE) -C $@\n',
      'natmod/common.mk': 'include $(MPY_DIR)/py/dynruntime.mk\n',
      'natmod/one/Makefile': 'MOD = one\nSRC = mod.c\ninclude ../common.mk\n',
      'natmod/one/mod.c': moduleSource(),
      'natmod/two/Makefile': named('two'),
      'natmod/two/mod.c': moduleSource(),
      'c/Makefile': 'OBJS = a.o\nprogram: $(OBJS)\n\tcc -o $@ $^\n-include $(OBJS:.o=.d)\n',
      'go/Makefile': '# not dynruntime.mk\nall:\n\tgo build\n',
    });
    const built = await runNatmod(dir, ['build', '--arch', 'x64']);
    t.is(built.exitCode, 0, built.stderr);
    t.regex(built.stdout, /2 built\n/);
    t.true(existsSync(join(dir, 'natmod', 'one', 'one.mpy')) && existsSync(join(dir, 'natmod', 'two', 'two.mpy')));
    const { stdout } = await runNatmod(dir, ['list']);
    t.regex(stdout, /Modules\n +one .*\n +two .*\nArchitectures/);
  }),
);

testWith(needed, 'a broken Makefile is told of once, and files above the module by the names the user gave them', (t) =>
  inFolder(async (dir) => {
    writeFiles(dir, {
      'bad/Makefile': `nonsense\n${named('bad')}`,
      'good/Makefile': named('good'),
      'good/mod.c': moduleSource(),
      'undefined/Makefile': makefile('SRC = ../src/x.c'),
      'src/x.c': moduleSource('nowhere()', 'mp_obj_t nowhere(void);'),
    });
    const { exitCode, stdout, stderr } = await runNatmod(dir, ['build', '--arch', 'x64,armv7m']);
    t.is(exitCode, 1);
    t.regex(stdout, /2 built, 4 failed/);
    t.is(stderr.match(/bad: error: .*make cannot evaluate this Makefile/g)?.length, 1, stderr);
    t.is(stderr.match(/error: \.\.\/src\/x\.c\.o.*undefined symbol 'nowhere'/g)?.length, 2, stderr);
    t.notRegex(stderr, /_up/);
  }),
);
