import test from 'ava';
import { holdingPaths } from '../../tasks/system/hold-paths.ts';

test('where no lock can be written, the work is done without', async (t) => {
  const before = process.env.NATMOD_CACHE;
  process.env.NATMOD_CACHE = `${import.meta.filename}/cache`;
  try {
    t.is(
      await holdingPaths(
        ['/a', '/b'],
        () => t.fail(),
        () => Promise.resolve(7),
      ),
      7,
    );
  } finally {
    if (before === undefined) delete process.env.NATMOD_CACHE;
    else process.env.NATMOD_CACHE = before;
  }
});
