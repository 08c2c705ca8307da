import test from 'ava';
import { checksFor, readSanitizers, SANITIZERS } from '../../natmod-rules/compile/index.ts';
import { NatmodError, type Problem } from '../../natmod-rules/problem.ts';

function refusal(name: string): Problem | undefined {
  try {
    readSanitizers([`undefined,${name}`], 'Makefile');
  } catch (error) {
    if (error instanceof NatmodError) return error.problems[0];
    throw error;
  }
  return undefined;
}

test('checks come in lists, and each counts once', (t) => {
  t.deepEqual(readSanitizers(['undefined,bounds', 'bounds stack']), {
    checks: ['undefined', 'bounds'],
    stack: 'strong',
  });
  t.deepEqual(readSanitizers(['stack-all', 'stack']), { checks: [], stack: 'all' });
  t.is(readSanitizers(['', ' , ']), undefined);
  for (const name of SANITIZERS) t.notThrows(() => readSanitizers([name]));
});

test('what a module cannot have is refused by its name, with what can be had', (t) => {
  const names = [
    'address',
    'kernel-address',
    'hwaddress',
    'thread',
    'memory',
    'leak',
    'vptr',
    'cfi',
    'cfi-icall',
    'kcfi',
  ];
  const more = ['safe-stack', 'shadow-call-stack', 'local-bounds', 'pointer-compare', 'function', 'dataflow', 'fuzzer'];
  for (const name of [...names, ...more]) {
    t.is(refusal(name)?.code, 'no-sanitizer', name);
    t.is(refusal(name)?.message, `a module cannot have the check '${name}'`);
    t.regex(refusal(name)?.hint ?? '', /./);
    t.is(refusal(name)?.where?.file, 'Makefile');
  }
  t.is(refusal('undefind')?.message, "there is no check 'undefind'");
  t.regex(refusal('undefind')?.hint ?? '', /known are undefined, /);
});

test('groups are what the compilers have of them', (t) => {
  const words = (name: string, compiler: 'gcc' | 'clang') =>
    checksFor({ checks: [name] }, compiler).map(({ word }) => word);
  t.true(words('undefined', 'gcc').includes('bounds'));
  t.true(words('undefined', 'clang').includes('array-bounds'), 'the rest of bounds stops the CPU');
  t.deepEqual(words('bounds-strict', 'clang'), [undefined]);
  t.deepEqual(words('nullability', 'gcc'), [undefined, undefined, undefined]);
});
