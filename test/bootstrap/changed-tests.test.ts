import test from 'ava';
import { testsOf } from '../../tasks/bootstrap/changed-tests.mjs';

test('a change runs the tests that import it, directly or by way of others, and no others', (t) => {
  t.deepEqual(testsOf(['test/cli/arguments.test.ts']), ['test/cli/arguments.test.ts']);
  const ofNearest = testsOf(['tasks/options/nearest.ts']);
  t.true(ofNearest.includes('test/tasks/support.test.ts') && ofNearest.includes('test/tasks/options.test.ts'));
  t.false(ofNearest.includes('test/elf/archive.test.ts'));
  t.deepEqual(testsOf(['README.md', 'test/gone.test.ts']), []);
});
