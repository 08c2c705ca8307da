/** A few of the searches of `npm run random-builds`. */

import { ensureCompiled } from '../../tasks/bootstrap/compiled.mjs';
import { searchSeed } from '../../tasks/random-builds/search.ts';
import { testWith } from '../support/needs.ts';

const needed = { compiler: ['x64', 'armv7m'], tool: 'make' } as const;
const STEPS = 8;

for (const seed of [3, 12]) {
  testWith(
    needed,
    `make has what a build from nothing makes after each of many random edits (seed ${seed})`,
    async (t) => {
      t.timeout(600_000);
      ensureCompiled();
      const { difference, steps } = await searchSeed(seed, { doors: ['2'], steps: STEPS });
      t.is(difference, undefined, difference?.story.join('\n'));
      t.is(steps, STEPS);
    },
  );
}
