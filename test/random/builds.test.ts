/** A few of the searches of `npm run random-builds`. */

import { ensureCompiled } from '../../tasks/bootstrap/compiled.cjs';
import { type DoorName, searchSeed } from '../../tasks/random-builds/search.ts';
import { testWith } from '../support/needs.ts';

const needed = { compiler: ['x64', 'armv7m'], tool: 'make' } as const;

/** A hundred builds by three doors. */
const searches: readonly { readonly seed: number; readonly steps: number; readonly doors: readonly DoorName[] }[] = [
  { seed: 2000, steps: 10, doors: ['1', '2', 'watch'] },
  { seed: 3000, steps: 12, doors: ['1', '2', 'watch'] },
  { seed: 3001, steps: 12, doors: ['1', '2', 'watch'] },
];

for (const { seed, steps, doors } of searches) {
  const names = doors.join(', ');
  testWith(
    needed,
    `doors ${names} have what a build from nothing makes after random edits (seed ${seed})`,
    async (t) => {
      t.timeout(900_000);
      ensureCompiled();
      const found = await searchSeed(seed, { doors, steps });
      t.is(found.difference, undefined, found.difference?.story.join('\n'));
      t.is(found.steps, steps);
    },
  );
}
