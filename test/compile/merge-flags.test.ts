import test from 'ava';
import { mergeFlags } from '../../natmod-rules/compile/index.ts';

const COMMON = ['-std=c99', '-Os', '-Wall', '-fpic', '-mno-relax'];

test('what the rules say gives way in its place, and the rest of ours comes first', (t) => {
  const ours = ['-Oz', '-fno-pic', '-mrelax', '-msave-restore'];
  t.deepEqual(mergeFlags(COMMON, ours, COMMON), ['-msave-restore', '-std=c99', '-Oz', '-Wall', '-fno-pic', '-mrelax']);
});

test('a flag that the author wrote has the last word, before the rules or behind them', (t) => {
  for (const [own, ours] of [
    ['-mno-save-restore', '-msave-restore'],
    ['-fjump-tables', '-fno-jump-tables'],
    ['-fcode-hoisting', '-fno-code-hoisting'],
    ['-mno-relax', '-mrelax'],
    ['-fPIC', '-fno-pic'],
    ['-O2', '-Oz'],
    ['-Os', '-Oz'],
    ['-malign-data=cacheline', '-malign-data=abi'],
  ] as const) {
    for (const flags of [
      [own, ...COMMON],
      [...COMMON, own],
    ]) {
      const merged = mergeFlags(flags, [ours], COMMON);
      t.true(merged.indexOf(ours) < merged.indexOf(own), `${own}: ${merged.join(' ')}`);
      t.deepEqual(
        merged.filter((flag) => flag !== ours),
        flags,
      );
    }
  }
});

test('-Os of the rules that stands behind a level of the author is what counts, and gives way', (t) => {
  t.deepEqual(mergeFlags(['-DX', '-Os'], ['-Oz'], ['-Os']), ['-DX', '-Oz']);
});
