import test from 'ava';
import { readDependencies } from '../../natmod-rules/compile/index.ts';

test('the files of the first rule, in order, each once', (t) => {
  const text = 'mod.c.o: mod.c near/a.h \\\n  /usr/include/b.h near/a.h \\\n c.h\n\nnear/a.h:\nc.h:\n';
  t.deepEqual(readDependencies(text), ['mod.c', 'near/a.h', '/usr/include/b.h', 'c.h']);
});

test('blanks, hashes and dollars in names, and backslashes of Windows', (t) => {
  t.deepEqual(readDependencies('x.o: my\\ file.c a\\#b.h c$$d.h\n'), ['my file.c', 'a#b.h', 'c$d.h']);
  t.deepEqual(readDependencies('C:\\b\\x.o: C:\\src\\x.c D:/inc/y.h\r\n'), ['C:\\src\\x.c', 'D:/inc/y.h']);
});

test('text without a rule has none', (t) => {
  t.deepEqual(readDependencies(''), []);
  t.deepEqual(readDependencies('nothing here\n'), []);
  t.deepEqual(readDependencies('x.o:\n'), []);
});
