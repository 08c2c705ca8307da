/** Programs by their names, as each system looks for them. */
import test from 'ava';
import { endingsOf, findProgram } from '../../tasks/system/find-program.ts';

test('on Windows what it runs itself comes before the shell script that npm puts beside it under the bare name', (t) => {
  const env = { PATHEXT: '.COM;.EXE;.CMD' };
  t.deepEqual(endingsOf('C:\\tools\\mpy-cross', env, 'win32'), ['.COM', '.EXE', '.CMD', '']);
  t.deepEqual(endingsOf('C:\\tools\\gcc.exe', env, 'win32')[0], '', 'a name that is whole');
  t.deepEqual(endingsOf('C:\\tools\\clang-14.0', env, 'win32'), ['.COM', '.EXE', '.CMD', ''], 'a dot is no ending');
  t.deepEqual(endingsOf('gcc', {}, 'win32').slice(0, 2), ['.COM', '.EXE']);
  t.deepEqual(endingsOf('/usr/bin/gcc', env, 'linux'), ['']);
});

test('a name without a slash is looked for on PATH, and one with a slash is a path', (t) => {
  const env = { PATH: `/no/such/folder:${process.execPath.replace(/\/[^/]*$/, '')}` };
  t.is(findProgram('node', '/', env), process.execPath);
  t.is(findProgram(process.execPath, '/no', env), process.execPath);
  t.is(findProgram('./node', '/no', env), undefined);
  t.is(findProgram('', '/', env), undefined);
});
