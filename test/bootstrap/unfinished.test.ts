import { join } from 'node:path';
import test from 'ava';
import { run } from '../../tasks/bootstrap/processes.mjs';
import { projectDir } from '../../tasks/system/project.ts';

const source = JSON.stringify(join(projectDir, 'tasks/bootstrap/unfinished.cjs'));

function start(rest: string) {
  return run(process.execPath, ['-e', `require(${source}).failUnlessFinished('program'); ${rest}`]);
}

test('a program that ends while it still waits for something fails and says so; one that is done does not', async (t) => {
  const waits = await start('new Promise(() => {}).then(() => { process.exitCode = 0; });');
  t.is(waits.exitCode, 13);
  t.is(waits.stderr, 'program: it ended before it was done, which is a bug of natmod\n');
  for (const status of [0, 2]) {
    const ends = await start(`Promise.resolve().then(() => { process.exitCode = ${status}; });`);
    t.deepEqual([ends.exitCode, ends.stderr], [status, '']);
  }
});
