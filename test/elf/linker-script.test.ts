import test from 'ava';
import { isLinkerScript, readLibraryScript } from '../../natmod-rules/elf/linker-script.ts';
import { NatmodError } from '../../natmod-rules/problem.ts';
import { archive, bytesOf } from './make-archive.ts';

test('the libraries of GROUP and INPUT come in order, with AS_NEEDED marked', (t) => {
  const text = `/* GNU ld script
   Use the shared library, but some functions are only in
   the static library.  */
OUTPUT_FORMAT(elf32-littlearm, "elf32-bigarm", elf32-littlearm)
GROUP ( /lib/libc.so.6 /usr/lib/libc_nonshared.a  AS_NEEDED ( "ld linux.so" -lgcc_s, other.a ) ) ;
INPUT(-lm,-l:exact.a)`;
  t.deepEqual(readLibraryScript(text, 'libc.so'), {
    outputFormat: 'elf32-littlearm',
    inputs: [
      { path: '/lib/libc.so.6', asNeeded: false },
      { path: '/usr/lib/libc_nonshared.a', asNeeded: false },
      { path: 'ld linux.so', asNeeded: true },
      { path: { library: 'gcc_s' }, asNeeded: true },
      { path: 'other.a', asNeeded: true },
      { path: { library: 'm' }, asNeeded: false },
      { path: { library: ':exact.a' }, asNeeded: false },
    ],
  });
});

test('a text with comments only names no libraries', (t) => {
  t.deepEqual(readLibraryScript('/* nothing */\r\n', 'x.a').inputs, []);
});

const REFUSED: readonly [string, string, number, RegExp][] = [
  ['GROUP ( a.a )\nSECTIONS { }', 'unsupported-script', 2, /'SECTIONS' of linker scripts is not supported/],
  ['\n\nSEARCH_DIR(/usr/lib)', 'unsupported-script', 3, /SEARCH_DIR/],
  ['INPUT(=/lib/x.a)', 'unsupported-script', 1, /system root/],
  ['INPUT(--start-group)', 'unsupported-script', 1, /--start-group/],
  ['INPUT(-l)', 'bad-script', 1, /without a name/],
  ['GROUP ( a.a', 'bad-script', 1, /needs a file or '\)', not 'the end of the file'/],
  ['GROUP\na.a', 'bad-script', 2, /'\(' expected after GROUP/],
  ['INPUT(AS_NEEDED(AS_NEEDED(a)))', 'bad-script', 1, /AS_NEEDED inside/],
  ['OUTPUT_FORMAT(a b)', 'bad-script', 1, /needs ',' or '\)'/],
  ['\nINPUT(a) /* open', 'bad-script', 2, /comment has no end/],
  ['INPUT("a.a)', 'bad-script', 1, /string has no end/],
  ['{}', 'unsupported-script', 1, /'\{'/],
];

for (const [text, code, line, message] of REFUSED) {
  test(`refused with its line: ${JSON.stringify(text)}`, (t) => {
    const error = t.throws(() => readLibraryScript(text, 'libx.a'), { instanceOf: NatmodError })!;
    const problem = error.problems[0]!;
    t.is(problem.code as string, code);
    t.deepEqual(problem.where, { file: 'libx.a', line });
    t.regex(problem.message, message);
  });
}

test('texts are told from objects and archives', (t) => {
  t.true(isLinkerScript(bytesOf('GROUP ( libm.a )')));
  t.true(isLinkerScript(bytesOf('/* \xe4 */ INPUT(a)')));
  t.false(isLinkerScript(archive({ name: 'a.o/', data: bytesOf('text') })));
  t.false(isLinkerScript(bytesOf('\x7fELF\x01\x01')));
  t.false(isLinkerScript(bytesOf(' \n')));
});
