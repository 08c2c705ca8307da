/** Folders with modules and other things in them. */
import { pathToFileURL } from 'node:url';
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
    writeFiles(dir, { 'good/Makefile': makefile('SRC = *.c') });
    const pattern = await runNatmod(join(dir, 'good'), ['build', '--arch', 'x64']);
    t.regex(pattern.stderr, /source '\*\.c' does not exist[\s\S]*written SRC = \$\(wildcard \*\.c\)/);
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

/** Makes Node look at files as those of macOS and Windows do, where `a` and `A` are one name. */
const FOLDING = `import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { dirname, join } from 'node:path';
const { readdirSync, statSync } = fs;
const spelled = (path) => {
  if (dirname(path) === path) return path;
  const [folder, name] = [spelled(dirname(path)), path.slice(dirname(path).length).replace(/^\\//, '')];
  let names = [];
  try { names = readdirSync(folder); } catch {}
  return join(folder, names.find((one) => one.toLowerCase() === name.toLowerCase()) ?? name);
};
fs.statSync = (path, options) => statSync(typeof path === 'string' ? spelled(path) : path, options);
syncBuiltinESMExports();
`;

testWith(
  { compiler: 'x64', tool: 'make' },
  'modules whose names differ by their letters’ size only are one file on some file systems, and refused there',
  (t) =>
    inFolder(async (dir) => {
      const both = { 'a/makefile': named('Twin'), 'b/makefile': named('twin') };
      writeFiles(dir, { ...both, 'a/mod.c': moduleSource(), 'b/mod.c': moduleSource(), 'fold.mjs': FOLDING });
      const words = ['build', '--arch', 'x64', '--out', 'Out'];
      const apart = await runNatmod(dir, words);
      t.is(apart.exitCode, 0, apart.stderr);
      t.true(existsSync(join(dir, 'Out/x64/Twin.mpy')) && existsSync(join(dir, 'Out/x64/twin.mpy')));
      const preload = `--import=${pathToFileURL(join(dir, 'fold.mjs'))}`;
      const folded = await runNatmod(dir, words, { NODE_OPTIONS: preload });
      t.is(folded.exitCode, 1, folded.stdout);
      t.regex(folded.stderr, /twin x64: error: .*\.mpy is already made by the module in .*\/[ab] for x64/i);
    }),
);
