import test from 'ava';
import { ARCHES, archByName } from '../../natmod-rules/arch/index.ts';
import {
  type Compilation,
  checkModuleName,
  compileCommand,
  includeFolders,
  includesOf,
  intermediatePath,
  readLinkerFlags,
  sourceKind,
} from '../../natmod-rules/compile/index.ts';
import { COMPACT_PASSES, changePasses } from '../../natmod-rules/link/shrink/passes.ts';
import { NatmodError } from '../../natmod-rules/problem.ts';

const compilation: Compilation = {
  compiler: ['cc'],
  compilerFlags: [],
  cflags: ['-Os'],
  configHeader: '/b/m.config.h',
  source: 'm.c',
  object: '/b/m.c.o.tmp',
  dependencyFile: '/b/m.c.o.d',
  dependencyTarget: 'm.c.o',
  color: false,
};

const code = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    if (error instanceof NatmodError) return error.problems[0]?.code;
    throw error;
  }
  return undefined;
};

test('our config header takes the place of the one make would have made', (t) => {
  const words = compileCommand({ ...compilation, cflags: ['-DMP_CONFIGFILE=<build/m.config.h>', '-Os'] });
  t.deepEqual(
    words.filter((word) => word.startsWith('-DMP_CONFIGFILE')),
    ['-DMP_CONFIGFILE=</b/m.config.h>'],
  );
});

test('a specs file that the module names itself is not named twice', (t) => {
  const compilerFlags = ['-specs=/x/picolibc.specs'];
  const without = compileCommand({ ...compilation, compilerFlags });
  const twice = compileCommand({ ...compilation, compilerFlags, cflags: ['--specs=/y/nano.specs'] });
  t.true(without.includes('-specs=/x/picolibc.specs'));
  t.false(twice.includes('-specs=/x/picolibc.specs'));
});

test('objects of different sources never share a path', (t) => {
  const sources = [
    'x.c',
    'x.S',
    'x.py',
    'a/x.c',
    '../x.c',
    '../../x.c',
    '/x.c',
    '_up/x.c',
    '_root/x.c',
    'C:/x.c',
    'ü x.c',
  ];
  t.is(new Set(sources.map((source) => intermediatePath(source, '.o'))).size, sources.length);
  for (const source of sources) t.notRegex(intermediatePath(source, '.o'), /(^|\/)\.\.(\/|$)|^\//);
});

test('different spellings of one source share a path', (t) => {
  t.is(intermediatePath('./a//b/../x.c', '.o'), intermediatePath('a/x.c', '.o'));
  t.is(intermediatePath('../x.c', '.o'), '_up/x.c.o');
  t.is(intermediatePath('/a/../../x.c', '.o'), '_root/x.c.o');
});

test('sources are told apart by their endings, and others are refused with what is known', (t) => {
  t.is(sourceKind('a.c'), 'c');
  t.is(sourceKind('a.S'), 'assembler');
  t.is(sourceKind('a.py'), 'python');
  for (const name of ['a.rs', 'a', 'a.s', 'a.c/b', '.hidden'])
    t.is(
      code(() => sourceKind(name)),
      'unknown-source',
    );
  const error = t.throws(() => sourceKind('a.rs', 'Makefile'));
  t.regex(
    error?.message ?? '',
    /Makefile: 'a.rs': unknown extension '.rs'\n {2}SRC can hold .c, .S, .py, .cpp, .cc, .cxx, .C files/,
  );
});

test('module names are what Python can import', (t) => {
  for (const name of ['a', '_x', 'heapq_x64', 'größe'])
    t.is(
      code(() => checkModuleName(name)),
      undefined,
    );
  for (const name of ['1a', 'a-b', 'a b', 'a/b', '../a', 'a.b', 'class']) {
    t.is(
      code(() => checkModuleName(name)),
      'bad-module-name',
    );
  }
  t.is(
    code(() => checkModuleName('')),
    'no-module-name',
  );
});

test('includes are found by name, whatever conditions are around them', (t) => {
  const text = '#include "a.h"\n  #  include <b/c.h> // x\n#if 0\n#include\t"d.h"\n#endif\n#include MACRO\n';
  t.deepEqual(includesOf(text), [
    { name: 'a.h', quoted: true },
    { name: 'b/c.h', quoted: false },
    { name: 'd.h', quoted: true },
  ]);
  t.deepEqual(includeFolders(['-I.', '-I', 'x', '-DI=1', '-isystem/y', '-iquote', 'z', '-I']), ['.', 'x', '/y', 'z']);
});

test('linker flags choose what makes a module smaller; the last word on each counts', (t) => {
  const passes = (...words: string[]) => changePasses(false, readLinkerFlags(words, archByName('x64'), '').passes);
  t.deepEqual(passes('--gc-sections', '-lx.a', '--icf', 'safe'), ['gc-sections', 'icf']);
  t.deepEqual(passes('--small'), COMPACT_PASSES);
  t.deepEqual(
    passes('--small', '--no-relax', '--icf=none'),
    COMPACT_PASSES.filter((pass) => pass !== 'relax' && pass !== 'icf'),
  );
  t.deepEqual(passes('--no-relax', '--relax'), ['relax']);
  const { passes: changes } = readLinkerFlags(['--no-gc-sections'], archByName('x64'), '');
  t.deepEqual(
    changePasses(true, changes),
    COMPACT_PASSES.filter((pass) => pass !== 'gc-sections'),
  );
  for (const word of ['--icf', '--icf=all', '--relax=yes', '--no-small', '--no-icf']) {
    t.is(
      code(() => passes(word)),
      'bad-linker-flag',
      word,
    );
  }
});

test('linker flags are those of mpy_ld.py', (t) => {
  const rv32 = archByName('rv32imc');
  const words = ['--source-name=a.mpy', '--arch-flags', 'zba,zcmp', '--externs', 'x.ld', '-l/l.a', '-l', 'm', '-vvv'];
  t.deepEqual(readLinkerFlags(words, rv32, 'Makefile'), {
    sourceName: 'a.mpy',
    archFlags: 3,
    externs: ['x.ld'],
    libraries: ['/l.a', 'm'],
    passes: [],
  });
  t.is(readLinkerFlags(['--arch-flags=0x10'], rv32, '').archFlags, 16);
  t.is(readLinkerFlags(['--arch-flags=0b11'], rv32, '').archFlags, 3);
  t.is(readLinkerFlags(['--arch-flags=0'], ARCHES[0]!, '').archFlags, 0);
  t.throws(() => readLinkerFlags(['--arch-flags=1'], ARCHES[0]!, ''), { message: /x86 has no such flags/ });
  t.is(
    code(() => readLinkerFlags(['--arch-flags=zfoo'], rv32, '')),
    'bad-arch-flags',
  );
  t.is(
    code(() => readLinkerFlags(['--arch-flags=constructor'], rv32, '')),
    'bad-arch-flags',
  );
  t.is(
    code(() => readLinkerFlags(['--arch-flags=zba'], ARCHES[0]!, '')),
    'bad-arch-flags',
  );
  t.is(
    code(() => readLinkerFlags(['--gc-section'], rv32, '')),
    'bad-linker-flag',
  );
  t.is(
    code(() => readLinkerFlags(['--externs'], rv32, '')),
    'bad-linker-flag',
  );
});
