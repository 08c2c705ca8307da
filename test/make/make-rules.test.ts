import { spawnSync } from 'node:child_process';
import test from 'ava';
import { fitsPattern, readMakeRules, searchFolders } from '../../tasks/make/rules.ts';
import { testWith } from '../support/needs.ts';
import { inFolder, plainEnvironment, writeFiles } from './support/doors.ts';

const text = `# GNU Make 3.81
# Pattern-specific Variable Values

build/%.o :
# makefile (from \`Makefile', line 1)
# CFLAGS := -Dx

# Directories
# Implicit Rules

%.c: %.in
#  commands to execute (from \`Makefile', line 14):
	cp $< $@

gen%.c gen%.h: %.y
#  recipe to execute (from 'Makefile', line 20):
	yacc

%.none:

# 1 implicit rules, 0 (0.0%) terminal.
# Files

# Not a target:
hdr.h:
#  Implicit rule search has not been done.

build/a.o: a.c gen.h | build dir/
#  recipe to execute (from 'sub/rules.mk', line 8):
	gcc -c $<

# makefile (from 'Makefile', line 9)
build/b.o: CFLAGS += -O3
# Not a target:
build/b.o:

clean::
#  Phony target (prerequisite of .PHONY).
#  recipe to execute (from 'Makefile', line 3):
	rm -f x

# files hash-table stats:
# VPATH Search Paths

vpath %.c src:lib
vpath %.py py

# General ('VPATH' variable) search path:
# one:two
`;

test('the data base of make is read, in the words of old and new versions', (t) => {
  const found = readMakeRules(text);
  t.deepEqual(found.rules.get('build/a.o'), {
    target: 'build/a.o',
    prerequisites: ['a.c', 'gen.h'],
    orderOnly: ['build', 'dir/'],
    recipe: '\tgcc -c $<',
    recipeFile: 'sub/rules.mk',
    hasVariables: false,
    phony: false,
  });
  t.true(found.rules.get('build/b.o')?.hasVariables);
  t.is(found.rules.get('build/b.o')?.recipeFile, undefined);
  t.true(found.rules.get('clean')?.phony);
  t.deepEqual(
    found.patterns.map(({ target }) => target),
    ['%.c', 'gen%.c', 'gen%.h'],
  );
  t.deepEqual(found.variablePatterns, ['build/%.o']);
  t.deepEqual(searchFolders('x.c', found), ['src', 'lib', 'one', 'two']);
  t.deepEqual(searchFolders('x.py', found), ['py', 'one', 'two']);
});

test('text that is no data base has no rules', (t) => {
  for (const other of ['', 'nothing\n', '# Files', '# Implicit Rules\n\t\n#', '# Files\n\n: x\n\n']) {
    const { patterns, vpath, vpaths } = readMakeRules(other);
    t.deepEqual([patterns, vpath, vpaths], [[], [], []]);
  }
});

test('a pattern has one stem that is not empty', (t) => {
  t.true(fitsPattern('build/x.o', 'build/%.o'));
  t.true(fitsPattern('build/a/x.o', 'build/%.o'));
  t.false(fitsPattern('build/.o', 'build/%.o'));
  t.false(fitsPattern('x.o', 'build/%.o'));
  t.true(fitsPattern('x', 'x'));
});

testWith({ tool: 'make' }, 'the make of this machine prints what is read here', (t) =>
  inFolder(async (dir) => {
    writeFiles(dir, {
      Makefile:
        'vpath %.c src\nall: x.o\nx.o: x.c | d\n\techo $<\nx.o: V = 1\n%.c: %.in\n\tcp $< $@\nd:\n\tmkdir $@\nq:\n\t@:\n',
    });
    const { stdout } = spawnSync('make', ['-rps', 'q'], {
      cwd: dir,
      encoding: 'utf8',
      env: { ...plainEnvironment(), LC_ALL: 'C' },
    });
    const { rules, patterns, vpaths } = readMakeRules(stdout);
    t.deepEqual(rules.get('x.o'), {
      target: 'x.o',
      prerequisites: ['x.c'],
      orderOnly: ['d'],
      recipe: '\techo $<',
      recipeFile: 'Makefile',
      hasVariables: true,
      phony: false,
    });
    t.deepEqual(patterns, [{ target: '%.c', recipe: '\tcp $< $@', recipeFile: 'Makefile' }]);
    t.deepEqual(vpaths, [{ pattern: '%.c', folders: ['src'] }]);
  }),
);
