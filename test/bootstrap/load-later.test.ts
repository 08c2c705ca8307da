import { execFileSync } from 'node:child_process';
import test from 'ava';
import { projectDir } from '../../tasks/bootstrap/paths.cjs';

const SOURCE = new URL('../../tasks/bootstrap/load-later.cjs', import.meta.url).href;

/** What a process prints that has this done, with `gulp` as our settings of gulp load it. */
function withGulp(code: string): string {
  const text = `const { loadGulp, loadLater } = await import('${SOURCE}');
    const { createRequire } = process.getBuiltinModule('node:module');
    const require = createRequire('${SOURCE}');
    const has = (name) => Object.keys(require.cache).some((path) => path.includes(\`/\${name}/lib/\`));
    const gulp = loadGulp();
    ${code}`;
  return execFileSync(process.execPath, ['--input-type=module', '-e', text], { cwd: projectDir(), encoding: 'utf8' });
}

test('gulp has its files and watchers loaded when they are called, and not before', (t) => {
  const seen = withGulp(`
    const before = [has('vinyl-fs'), has('glob-watcher')];
    const names = [];
    for await (const file of gulp.src(['package.json', 'LICENSE'])) names.push(file.basename);
    const watcher = gulp.watch('package.json');
    const watches = typeof watcher.close;
    await watcher.close();
    console.log(JSON.stringify([before, names.sort(), watches, has('vinyl-fs'), has('glob-watcher')]));`);
  t.deepEqual(JSON.parse(seen), [[false, false], ['LICENSE', 'package.json'], 'function', true, true]);
});

test('a package that is loaded already, or is not there, stays as it is', (t) => {
  const seen = withGulp(`
    const before = require('undertaker');
    loadLater(require, 'undertaker', ['task']);
    loadLater(require, 'no-such-package');
    console.log(require('undertaker') === before);`);
  t.is(seen, 'true\n');
});

test('tasks of gulp run in no domain, and fail by what they throw, reject, emit or give to their callback', (t) => {
  const seen = withGulp(`
    const { PassThrough } = process.getBuiltinModule('node:stream');
    const stream = () => {
      const broken = new PassThrough();
      setImmediate(() => broken.destroy(new Error('emitted')));
      return broken;
    };
    const tasks = {
      throws: () => { throw new Error('thrown'); },
      rejects: async () => { throw new Error('rejected'); },
      emits: stream,
      calls: (done) => setImmediate(done, new Error('given')),
      ends: async () => {},
    };
    gulp.on('error', () => {});
    const run = (task) => new Promise((resolve) => gulp.series(task)((error) => resolve(error?.message ?? 'fine')));
    const ends = [];
    for (const task of Object.values(tasks)) ends.push(await run(task));
    const isLoaded = process.moduleLoadList.some((name) => name === 'NativeModule domain');
    console.log(JSON.stringify([ends, isLoaded, typeof require('domain').create().run]));`);
  const ends = ['thrown', 'rejected', 'emitted', 'given', 'fine'];
  t.deepEqual(JSON.parse(seen), [ends, false, 'function']);
});
