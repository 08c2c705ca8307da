import test from 'ava';
import {
  announcedPty,
  isException,
  isOutOfMemory,
  lastLine,
  splitTraceback,
  tellsOfCrash,
} from '../../natmod-rules/runtime/messages.ts';

// Recorded from MicroPython 1.25 and QEMU 7.2.

test('what MicroPython says of an exception is told apart from what was printed before', (t) => {
  const said =
    'Traceback (most recent call last):\n  File "main.py", line 2, in <module>\nValueError: lengths differ\n';
  const { output, traceback } = splitTraceback(`42\n${said}`);
  t.deepEqual([output, traceback], ['42\n', said]);
  t.is(lastLine(traceback), 'ValueError: lengths differ');
  t.deepEqual(splitTraceback('42\n'), { output: '42\n', traceback: '' });
});

test('the last line of a traceback tells what it was', (t) => {
  t.true(isException('ValueError: lengths differ'));
  t.true(isException('KeyboardInterrupt'));
  t.true(isException('SystemExit'));
  t.false(isException('Errors: 3'));
  t.true(isOutOfMemory('MemoryError: memory allocation failed, allocating 8192 bytes'));
  t.false(isOutOfMemory("ImportError: no module named 'm'"));
});

test('what QEMU says of a crash and of its pty', (t) => {
  t.true(tellsOfCrash('1\nqemu: uncaught target signal 11 (Segmentation fault) - core dumped\n'));
  t.false(tellsOfCrash('signal 11\n'));
  t.is(announcedPty('char device redirected to /dev/pts/3 (label serial0)\n'), '/dev/pts/3');
  t.is(announcedPty('nothing of that kind\n'), undefined);
});
