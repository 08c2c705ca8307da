/** Names of files by the rules of other systems. */
import { win32 } from 'node:path';
import test from 'ava';
import { nameInSource } from '../../natmod-rules/compile/index.ts';
import { foldsCase, isInside, restBelow } from '../../tasks/system/inside.ts';
import { isScriptOfWindows } from '../../tasks/system/processes.ts';

test('a path is inside a folder by names, dots and drives', (t) => {
  t.true(isInside('/a/b', '/a/b'));
  t.true(isInside('/a/b', '/a/b/..c/d'));
  t.false(isInside('/a/b', '/a/bc'));
  t.false(isInside('/a/b', '/a'));
  t.true(isInside('C:\\natmod', 'c:\\NATMOD\\examples', win32));
  t.false(isInside('C:\\natmod\\examples', 'D:\\mine', win32), 'from one drive to another there is no relative path');
  t.false(isInside('C:\\natmod', '\\\\server\\share', win32));
});

test('what is left of a path behind a folder is as compilers write it, slashes of both kinds on Windows', (t) => {
  t.is(restBelow('/a/b/../c.h', '/a'), 'b/../c.h');
  t.is(restBelow('/a', '/a'), undefined);
  t.is(restBelow('/ab/c', '/a'), undefined);
  t.is(restBelow('C:\\sdk/py/obj.h', 'c:\\SDK', win32), 'py/obj.h');
  t.is(restBelow('C:/sdk\\py\\obj.h', 'C:\\sdk', win32), 'py\\obj.h');
  t.is(restBelow('C:\\x.h', 'C:\\', win32), 'x.h');
  t.is(restBelow('C:\\sdkx\\y.h', 'C:\\sdk', win32), undefined);
});

test('in a C source a name of Windows has slashes, and one of POSIX its own letters', (t) => {
  t.is(nameInSource('C:\\users\\me\\mod.config.h'), 'C:/users/me/mod.config.h');
  t.is(nameInSource('\\\\server\\share\\x.h'), '//server/share/x.h');
  t.is(nameInSource('/home/a\\b/x.h'), '/home/a\\b/x.h');
});

test('a file system that takes other letters for the same name is known by looking', (t) => {
  const there = ['/', '/Volumes', '/Volumes/Mac', '/Volumes/Mac/42'];
  const folding = {
    exists: (path: string) => there.some((name) => name.toLowerCase() === path.toLowerCase()),
    isSame: (a: string, b: string) => a.toLowerCase() === b.toLowerCase(),
  };
  const plain = { exists: (path: string) => there.includes(path), isSame: (a: string, b: string) => a === b };
  t.true(foldsCase('/Volumes/Mac', folding));
  t.true(foldsCase('/Volumes/Mac/42/not yet', folding));
  t.false(foldsCase('/Volumes/Mac/42/not yet', plain));
  t.false(foldsCase('/', folding));
  t.false(foldsCase(process.cwd()), 'here names differ by their letters');
});

test('scripts of Windows are those that it needs its shell for', (t) => {
  t.true(isScriptOfWindows('C:\\x\\mpy-cross.CMD', 'win32'));
  t.false(isScriptOfWindows('C:\\x\\gcc.exe', 'win32'));
  t.false(isScriptOfWindows('/usr/bin/odd.cmd', 'linux'));
});
