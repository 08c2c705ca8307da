import test from 'ava';
import { archOfBoard, BOARDS } from '../../natmod-rules/arch/boards.ts';
import { isArchName } from '../../natmod-rules/arch/index.ts';
import { problemsIn } from '../../natmod-rules/problem.ts';
import { parseOptions } from '../../tasks/options/options.ts';

test('a board is found by the name of its chip however that is written, and an unknown one is told what there is', (t) => {
  t.is(new Set(BOARDS.map(({ name }) => name)).size, BOARDS.length);
  for (const { name, arch } of BOARDS) {
    t.true(isArchName(arch), name);
    t.is(archOfBoard(name.toUpperCase().replace(/-/g, ' ')).name, arch);
  }
  t.is(archOfBoard('ESP32-S3').name, 'xtensawin');
  const [problem] = problemsIn(t.throws(() => archOfBoard('rp2041')));
  t.is(problem?.code, 'unknown-board');
  t.regex(problem?.hint ?? '', /rp2040, rp2350.*gulp list --boards/);
});

test('--board chooses architectures, each once, beside those of --arch', (t) => {
  const arches = (...argv: string[]) => {
    const { arches: found } = parseOptions(['build', ...argv], '/');
    return Array.isArray(found) ? found.map(({ name }) => name) : found;
  };
  t.deepEqual(arches('--board', 'rp2040,samd21', '--board=esp32'), ['armv6m', 'xtensawin']);
  t.deepEqual(arches('--board', 'rp2040', '--arch', 'x64,armv6m'), ['x64', 'armv6m']);
  t.is(arches('--board', 'rp2040', '--arch', 'all'), 'all');
  t.is(arches(), undefined);
});
