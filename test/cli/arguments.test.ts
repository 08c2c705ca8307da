import test from 'ava';
import { type CommandSpec, help, parseArguments, UsageError, usage } from '../../tasks/cli/arguments.ts';

const spec: CommandSpec = {
  program: 'prog',
  summary: 'Does things.',
  files: 'FILE...',
  options: [
    { names: ['--verbose', '-v'], help: 'say more' },
    { names: ['--output', '-o'], value: 'PATH', help: 'file to write' },
    { names: ['--libs', '-l'], value: 'PATH', help: 'library' },
    { names: ['--arch'], value: 'ARCH', help: 'architecture' },
    { names: ['--arch-flags'], value: 'FLAGS', help: 'flags' },
    { names: ['-mlongint-impl'], value: 'KIND', help: 'integers' },
  ],
};

const parse = (...words: string[]) => parseArguments(spec, words)!;

function refused(...words: string[]): string {
  try {
    parseArguments(spec, words);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
  }
  return 'not refused';
}

for (const words of [['-oX'], ['-o', 'X'], ['-o=X'], ['--output', 'X'], ['--output=X'], ['--out', 'X'], ['--o=X']]) {
  test(`a value is found in ${words.join(' ')}`, (t) => {
    const args = parse(...words, 'f');
    t.is(args.last('--output'), 'X');
    t.deepEqual(args.files, ['f']);
  });
}

test('flags are counted, alone or joined, with an option of a value at the end', (t) => {
  t.is(parse('-vvv', 'f').count('--verbose'), 3);
  t.is(parse('-v', '--verbose', '--verb', 'f').count('--verbose'), 3);
  const args = parse('-vvoX', '-vo', 'Y', 'f');
  t.is(args.count('--verbose'), 3);
  t.deepEqual(args.all('--output'), ['X', 'Y']);
  t.is(args.last('--output'), 'Y');
});

test('a full name goes before longer names that start with it', (t) => {
  const args = parse('--arch', 'x64', '--arch-f=zba', 'f');
  t.is(args.last('--arch'), 'x64');
  t.is(args.last('--arch-flags'), 'zba');
});

test('long options may have a single dash', (t) => {
  t.is(parse('-mlongint-impl', 'none', 'f').last('-mlongint-impl'), 'none');
  t.is(parse('-mlongint-impl=none', 'f').last('-mlongint-impl'), 'none');
  t.is(parse('-mlong', 'none', 'f').last('-mlongint-impl'), 'none');
});

test('values keep their equals signs, spaces and empty text', (t) => {
  t.deepEqual(parse('-l/a=b', '--libs=c=d', '-l', '/e f', '--libs=', 'f').all('--libs'), ['/a=b', 'c=d', '/e f', '']);
});

test('files may stand between options, a dash is a file, and after -- all are files', (t) => {
  t.deepEqual(parse('a', '-v', 'b', '-', '--', '-v', '--').files, ['a', 'b', '-', '-v', '--']);
});

test('what cannot be understood is refused', (t) => {
  t.regex(refused('--nonsense', 'f'), /unknown option '--nonsense'/);
  t.regex(refused('-q', 'f'), /unknown option '-q'/);
  t.regex(refused('--arc', 'f'), /not clear.*--arch, --arch-flags/);
  t.regex(refused('f', '-o'), /--?o\S* needs a value/);
  t.regex(refused('-o', '-v', 'f'), /needs a value/);
  t.regex(refused('-o', '--', 'f'), /needs a value/);
  t.regex(refused('--verbose=3', 'f'), /takes no value/);
  t.regex(refused('-vx', 'f'), /takes no value/);
  t.regex(refused('-v'), /no file is named/);
  t.regex(refused(), /no file is named/);
});

test('help is asked for in both spellings, and says every option', (t) => {
  t.is(parseArguments(spec, ['-h']), undefined);
  t.is(parseArguments(spec, ['-v', '--help', '--nonsense']), undefined);
  for (const { names } of spec.options) t.true(help(spec).includes(names[0]));
  t.true(usage(spec).startsWith('usage: prog [-h] [-v] [-o PATH]'));
});
