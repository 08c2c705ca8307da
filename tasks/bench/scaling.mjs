/** What a module costs when there are more and more of them: it must not grow. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureCompiled } from '../bootstrap/compiled.mjs';
import { findOnPath } from '../bootstrap/processes.mjs';
import { findReference, makeLoop, ours, theirs } from './builds.mjs';
import { generateModules } from './generate-modules.mjs';
import { timeInTurn } from './measure.mjs';

/** The large ones take long and vary little; make's cost per module is known by then. */
const SIZES = [
  { count: 1, runs: 5, makes: 5 },
  { count: 10, runs: 5, makes: 5 },
  { count: 100, runs: 3, makes: 1 },
  { count: 1000, runs: 1, makes: 0 },
];

/** @param {import('./rows.mjs').Print} print */
export async function scaling(print) {
  ensureCompiled();
  if (findOnPath('arm-none-eabi-gcc') === undefined)
    return print({ what: 'scaling', ours: undefined, against: 'no compiler' });
  const folder = mkdtempSync(join(tmpdir(), 'natmod-bench-'));
  try {
    const reference = await findReference(folder);
    const tree = reference === undefined ? [] : ['--mpy-dir', reference.tree];
    for (const { count, runs, makes } of SIZES) {
      const place = join(folder, `of-${count}`);
      const dir = join(place, 'examples');
      generateModules(dir, count, { sources: 0 });
      const [mine] = timeInTurn([ours(join(place, 'out'), ['--arch', 'armv7m', '--dir', dir, ...tree])], runs);
      const names = Array.from({ length: count }, (_, i) => `gen${i}`);
      const loop = reference === undefined || makes === 0 ? undefined : makeLoop(reference, ['armv7m'], names);
      const [make] = loop === undefined ? [] : timeInTurn([theirs(place, loop.join('\n'))], makes);
      const each = (/** @type {import('./measure.mjs').Runs | undefined} */ all) =>
        all?.wall.map((wall) => (wall * 1000) / count);
      const against = loop === undefined ? 'make not run' : 'make in a loop';
      print({
        what: `cost per module of ${count}, armv7m, cold`,
        ours: each(mine),
        other: each(make),
        against,
        unit: 'ms',
      });
      rmSync(place, { recursive: true, force: true });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
