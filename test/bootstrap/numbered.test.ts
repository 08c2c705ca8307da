import test from 'ava';
import { compareNumbered } from '../../tasks/bootstrap/numbered.mjs';

test('names are ordered by their numbers, as a reader would order them', (t) => {
  const ordered = [
    '1.9.1',
    '1.10',
    '1.10.0',
    '1.25.0',
    '1.26.1',
    'gcc-9',
    'gcc-12',
    'gcc-12.2',
    'gcc-12a',
    'ttyUSB2',
    'ttyUSB10',
  ];
  for (const seed of [1, 5, 7]) {
    const shuffled = ordered.map((_, i) => ordered[(i * seed + 3) % ordered.length]!);
    t.deepEqual(
      [...new Set(shuffled)].sort(compareNumbered),
      [...new Set(shuffled)].sort((a, b) => ordered.indexOf(a) - ordered.indexOf(b)),
    );
  }
  t.is(compareNumbered('007', '007'), 0);
  t.true(compareNumbered('a2', 'a10') < 0 && compareNumbered('a10', 'a2') > 0);
});
