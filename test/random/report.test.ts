import test from 'ava';
import type { Verdict } from '../../tasks/random-programs/check.ts';
import { failureLines, refusalLines, resultTable } from '../../tasks/random-programs/report.ts';

const VERDICTS: readonly Verdict[] = [
  { seed: 1, arch: 'x64', form: 'plain', kind: 'refused', detail: 'writable-data', message: 'm.o: data\n  hint\nmore' },
  { seed: 2, arch: 'x64', form: 'plain', kind: 'refused', detail: 'writable-data', message: 'm.o: other data' },
  { seed: 3, arch: 'x64', form: 'plain', kind: 'equal', detail: '' },
  { seed: 5, arch: 'x64', form: 'small', kind: 'wrong', detail: '00000001 instead of 00000002' },
  { seed: 4, arch: 'x64', form: 'small', kind: 'crashed', detail: 'ended by SIGSEGV' },
];

test('a row for each form counts refusals apart from passes and says why', (t) => {
  t.deepEqual(resultTable(VERDICTS), [
    ['architecture', 'form', 'equal', 'refused', 'wrong', 'crashed', 'why refused'],
    ['x64', 'plain', 1, 2, 0, 0, 'writable-data 2'],
    ['x64', 'small', 0, 0, 1, 1, ''],
  ]);
});

test('each failure comes with the command that does it again, each kind of refusal once', (t) => {
  const again = (seed: number) =>
    `npm run random-programs -- --seed ${seed} --arch x64 --form small --cflags '-O1 -g' --keep DIR`;
  t.deepEqual(failureLines(VERDICTS, ['-O1', '-g']), [
    `crashed: seed 4, x64, small: ended by SIGSEGV\n  ${again(4)}`,
    `wrong: seed 5, x64, small: 00000001 instead of 00000002\n  ${again(5)}`,
  ]);
  t.deepEqual(refusalLines(VERDICTS), ['refused, for example: seed 1, x64, plain:\n  m.o: data\n    hint']);
});
