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

testWith({ compiler: 'x64', tool: 'make' }, 'lines of every command name modules by MOD, and take that name', (t) =>
  inFolder(async (dir) => {
    writeFiles(dir, {
      'folder1/Makefile': named('written'),
      'folder1/mod.c': moduleSource(),
      'folder2/Makefile': named('$(subst x,made,x2)'),
      'folder2/mod.c': moduleSource(),
      'folder3/natmod.config.ts': "const name = 'of' + 'config';\nexport default { name, sources: ['mod.c'] };\n",
      'folder3/mod.c': moduleSource(),
      'folder4/Makefile': `nonsense\n${named('broken')}`,
      'folder5/Makefile': makefile('MOD = $(subst x,lost,x5)'),
    });
    const own = ['written', 'made2', 'ofconfig', 'broken', 'lost5'];
    for (const words of [
      ['list'],
      ['build', '--arch', 'x64'],
      ['build', '--arch', 'x64', '--explain'],
      ['build', '--no-cache', '--explain', '--module', 'made2', '--module', 'written', '--module', 'ofconfig'],
      ['size', '--arch', 'x64'],
      ['test', '--arch', 'x64'],
      ['build', '--module', 'lost5'],
      ['build', '--module', 'nowhere'],
    ]) {
      const { stdout, stderr } = await runNatmod(dir, words);
      const said = `${stdout}${stderr}`;
      const paths = new RegExp(`${dir}/folder[^\\s:]*`, 'g');
      t.notRegex(said.replace(paths, ''), /folder\d/, words.join(' '));
      const wanted = own.filter((name) => !words.includes('--module') || words.includes(name));
      for (const name of wanted) t.true(said.includes(name), `${words.join(' ')}: ${name}\n${said}`);
    }
    // Once an option gives the name, the text of the Makefile does not.
    t.regex((await runNatmod(dir, ['list', 'MOD=other'])).stdout, /Modules\n +other +.+folder1\n/);
  }),
);
