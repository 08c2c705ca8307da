import test from 'ava';
import { joinWords, shellWork, splitWords } from '../../natmod-rules/compile/index.ts';
import { NatmodError } from '../../natmod-rules/problem.ts';

test('quotes and backslashes make words as in a shell', (t) => {
  t.deepEqual(splitWords(`-DNAME='"x"' -DTWO="a b" -I/a\\ b  -DQ=\\"y\\" ''`), [
    '-DNAME="x"',
    '-DTWO=a b',
    '-I/a b',
    '-DQ="y"',
    '',
  ]);
});

test('a backslash inside double quotes protects only what a shell expands', (t) => {
  t.deepEqual(splitWords('"a\\"b" "c\\d" "e\\\\f"'), ['a"b', 'c\\d', 'e\\f']);
});

test('adjacent quoted pieces are one word', (t) => {
  t.deepEqual(splitWords(`a"b c"'d e'f`), ['ab cd ef']);
});

test('blanks alone are no word', (t) => {
  t.deepEqual(splitWords(' \t\n '), []);
});

test('a quote that is never closed is an error', (t) => {
  const error = t.throws(() => splitWords(`-DX='abc`, 'CFLAGS'), { instanceOf: NatmodError });
  t.is(error?.problems[0]?.code, 'unclosed-quote');
  t.true(error?.message.includes('CFLAGS'));
});

test('joined words split to themselves', (t) => {
  const words = ['-DX="a b"', "it's", '', '$(x)', '-I/ü', '`y`', 'plain'];
  t.deepEqual(splitWords(joinWords(words)), words);
});

test('what a shell would expand or take for its own is told from plain words', (t) => {
  const plain = [`-DNAME='$x' -DTWO="a b" \\$x '*' "*" a~b "a;b" '<x>' $ "$"`, '-O2 -I/a\\;b', '-DX=a#b', ''];
  for (const line of plain) t.is(shellWork(line), undefined, line);
  const expanded = [
    '$x',
    '"$(cat \'a\' | head)"',
    '`a;b`',
    '$((3+4))',
    `$${'{X:-a b}'}`,
    '~/x',
    'a ~',
    '*.c',
    'a[1]',
    '-DX=$(f "(a)")',
  ];
  for (const line of expanded) t.deepEqual(shellWork(line), { kind: 'expand' }, line);
  for (const character of [';', '&', '|', '<', '>', '(', ')', '#']) {
    t.deepEqual(shellWork(`$x -D ${character}1`), { kind: 'operator', character });
  }
});
