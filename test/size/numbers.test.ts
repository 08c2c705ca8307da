import test from 'ava';
import { intermediatePath, sourceOfIntermediate } from '../../natmod-rules/compile/index.ts';
import { encodedRelocationsOf, type MpyRelocation, relocationRecords } from '../../natmod-rules/package/index.ts';
import {
  differenceTable,
  type Measure,
  overBudget,
  pairsOf,
  readBudget,
  readSizeReport,
  sizeReport,
  sizeTable,
  symbolChanges,
  symbolChangeTable,
  symbolTables,
} from '../../natmod-rules/size/index.ts';
import { problemsOf } from '../support/link-made.ts';
import { made } from './made.ts';

test('budgets are numbers of bytes, for all modules or by name', (t) => {
  t.deepEqual(readBudget(['4000']), { every: 4000, named: new Map() });
  t.deepEqual(readBudget(['4k', 'one=900', 'two=2K', 'one=901']), {
    every: 4096,
    named: new Map([
      ['one', 901],
      ['two', 2048],
    ]),
  });
  for (const word of ['', 'abc', '4.5', '-1', '4kb', 'one=', '=5', '1e3', '0x10', '99999999999999', '9999999999k']) {
    const [problem] = problemsOf(() => readBudget([word]));
    t.is(problem?.code, 'bad-option', word);
    t.true(problem?.message.includes(`'${word}'`), word);
  }
});

test('a module over its budget is told with its sizes and its largest symbols', (t) => {
  const module = made({ file: 1500 });
  t.is(overBudget(module, readBudget(['1500'])), undefined);
  t.is(overBudget(module, readBudget(['1', 'made=2k'])), undefined);
  t.is(overBudget(module, readBudget(['other=1'])), undefined);
  const problem = overBudget(module, readBudget(['1k']));
  t.is(problem?.message, 'made for armv7m has 1500 bytes, 476 more than its budget of 1024');
  t.is(
    problem?.hint,
    'largest:\n   300 text big (main.c)\n   100 rodata "text" (main.c)\n    20 data level (sub/other.c)',
  );
});

test('tables have a line for each module, sums, and symbols by size', (t) => {
  const [head, first, second, total] = sizeTable([
    made({}),
    made({ arch: 'x64', file: 700, symbols: [], kinds: undefined }),
  ]).split('\n');
  t.regex(head!, /^module +arch +text +rodata +data +BSS +GOT +relocs +records +other +file$/);
  t.regex(first!, /^made +armv7m +300 +100 +20 +64 +0 +12 +5 +90 +522$/);
  t.regex(second!, /^made +x64 +- +- +- +- +- +12 +5 +90 +700$/);
  t.regex(total!, /^total .* 1222$/);
  const text = symbolTables(made({}));
  t.regex(text, /^main\.c +300 +100 +0 +64 +0 +464$/m);
  t.regex(text, /^ {3}300 +text +big +main\.c$/m);
  t.is(symbolTables(made({ symbols: [] })), 'no native code');
});

test('a difference tells what was added and saved, by block where only files are known', (t) => {
  const before = made({});
  const after = made({ file: 500, kinds: { text: 278, rodata: 100, data: 20, bss: 64, got: 0 } });
  const text = differenceTable(pairsOf([before], [after, made({ module: 'new' })]));
  t.regex(text, /^made +armv7m +278 \(-22\) +100 +20 +64 +0 +12 +5 +90 +500 \(-22\)$/m);
  t.regex(text, /^new \(new\) +armv7m +300 \(\+300\)/m);
  t.notRegex(text, /total/);
  t.regex(differenceTable(pairsOf([before], [])), /^made \(gone\) +armv7m +0 \(-300\)/m);
  const files = differenceTable(pairsOf([made({ kinds: undefined, symbols: [] })], [after]));
  t.regex(files, /text block +rodata block/);
  t.regex(files, /^made +armv7m +420 +0 +64 /m);
});

test('changes of symbols: grown, new and gone, the largest first', (t) => {
  const base = made({});
  const symbols = base.symbols
    .map((s) => (s.name === 'big' ? { ...s, size: 310 } : s))
    .filter((s) => s.name !== 'level');
  const changes = symbolChanges(
    base,
    made({ symbols: [...symbols, { ...base.symbols[0]!, name: 'fresh', size: 50 }] }),
  );
  t.deepEqual(
    changes.map(({ name, before, after }) => [name, before, after]),
    [
      ['fresh', 0, 50],
      ['level', 20, 0],
      ['big', 300, 310],
    ],
  );
  const text = symbolChangeTable(changes);
  t.regex(text, /\+50 +new → 50 +text +fresh +main\.c/);
  t.regex(text, /-20 +20 → gone +data +level +sub\/other\.c/);
});

test('a report is read back as it was written, and anything else is refused by name', (t) => {
  const measures = [made({}), made({ module: 'second', kinds: undefined, symbols: [] })];
  t.deepEqual(readSizeReport(sizeReport(measures), 'size.json'), JSON.parse(JSON.stringify(measures)));
  const bad = ['', '[]', 'null', '{}', '{"natmodSizes":2,"modules":[]}', '{"natmodSizes":1,"modules":[{}]}'];
  const [symbol] = made({}).symbols;
  const broken: unknown[] = [
    { ...made({}), file: -1 },
    { ...made({}), symbols: [{ ...symbol, kind: 'x' }] },
  ];
  for (const text of [...bad, ...broken.map((m) => sizeReport([m as Measure]))]) {
    const [problem] = problemsOf(() => readSizeReport(text, 'size.json'));
    t.is(problem?.code, 'bad-report', text);
    t.is(problem?.where?.file, 'size.json');
  }
});

test('the records of relocations are counted as they are encoded', (t) => {
  const code = (relocations: readonly MpyRelocation[]) => ({
    kind: 'native' as const,
    text: new Uint8Array(4096),
    scopeFlags: 0x10,
    rodata: new Uint8Array(0),
    bssSize: 0,
    relocations,
    children: [],
  });
  const at = (wordIndex: number, kind: number) => ({ base: 'text' as const, wordIndex, kind });
  const count = (relocations: readonly MpyRelocation[]) => relocationRecords(encodedRelocationsOf(code(relocations)));
  t.is(count([]), 0);
  t.is(count([at(1, 0)]), 1);
  t.is(count([at(1, 0), at(2, 0), at(3, 0)]), 1);
  t.is(count([at(700, 0), at(701, 0), at(3, 8), at(4, 60), at(9, 2), at(200, 80)]), 5);
  t.is(encodedRelocationsOf({ ...code([]), scopeFlags: 0 }).length, 0);
});

test('the name of an object leads back to its source', (t) => {
  for (const source of ['main.c', 'sub/main.c', '../up/x.cpp', '/abs/_own/x.S', '_hidden/a.b.c', '../../_up/y.c']) {
    t.is(sourceOfIntermediate(intermediatePath(source, '.o'), '.o'), source);
  }
  t.is(sourceOfIntermediate('lib/thing.o', '.o'), 'lib/thing.o');
  t.is(sourceOfIntermediate('/usr/lib/libm.a(sinf.o)', '.o'), '/usr/lib/libm.a(sinf.o)');
});
