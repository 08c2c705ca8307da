import test from 'ava';
import { quoteForMake, readProbe, splitNames } from '../../tasks/make/variables.ts';
import { nearest } from '../../tasks/options/nearest.ts';
import { createPool } from '../../tasks/system/pool.ts';

test('the pool runs so many jobs at once and no more, in order', async (t) => {
  const pool = createPool(3);
  let running = 0;
  let most = 0;
  const started: number[] = [];
  const job = (i: number) => async () => {
    started.push(i);
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, 1 + ((i * 7) % 5)));
    running--;
    return i;
  };
  const results = await Promise.all(Array.from({ length: 20 }, (_, i) => pool.run(job(i))));
  t.is(most, 3);
  t.deepEqual(started, results);
});

test('a job that fails gives its place back', async (t) => {
  const pool = createPool(1);
  await t.throwsAsync(pool.run(async () => Promise.reject(new Error('x'))));
  t.is(await pool.run(async () => 5), 5);
});

test('variables are read between marks, other output is left out', (t) => {
  const output =
    'hello from the Makefile\nM1 MOD file\nname\nM1 CFLAGS command line\n-DX -DY\nM1 SRC undefined\n\nM1 end\n';
  const variables = readProbe(output, 'M1');
  t.deepEqual(variables?.get('MOD'), { value: 'name', origin: 'file' });
  t.deepEqual(variables?.get('CFLAGS'), { value: '-DX -DY', origin: 'command line' });
  t.deepEqual(variables?.get('SRC'), { value: '', origin: 'undefined' });
});

test('an answer that is cut off is none', (t) => {
  t.is(readProbe('M1 MOD file\nname\n', 'M1'), undefined);
  t.is(readProbe('', 'M1'), undefined);
});

test('a value of several lines stays one value', (t) => {
  t.is(readProbe('M1 A file\none\ntwo\nM1 end\n', 'M1')?.get('A')?.value, 'one\ntwo');
});

test('lists of names are split as make does', (t) => {
  t.deepEqual(splitNames(' a.c\tb/c.c\n my\\ file.c '), ['a.c', 'b/c.c', 'my file.c']);
  t.deepEqual(splitNames(''), []);
});

test('paths are quoted for make', (t) => {
  t.is(quoteForMake('/a b/$x/#1'), '/a\\ b/$$x/#1');
});

test('the nearest word is found, and none when all are far', (t) => {
  t.is(nearest('fetures0', ['features0', 'heapq']), 'features0');
  t.is(nearest('xyzzy', ['features0', 'heapq']), undefined);
  t.is(nearest('a'.repeat(10_000), ['features0']), undefined);
});
