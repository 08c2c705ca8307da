import test, { type ExecutionContext } from 'ava';
import { readExterns } from '../../natmod-rules/link/read/externs.ts';
import { NatmodError } from '../../natmod-rules/problem.ts';

function symbolsOf(text: string) {
  return Object.fromEntries(readExterns(text, 'rom.ld').symbols);
}

function problemsOf(t: ExecutionContext, text: string) {
  return t.throws(() => readExterns(text, 'rom.ld'), { instanceOf: NatmodError })!.problems;
}

test('assignments and PROVIDE in every spelling', (t) => {
  const text = `/* ROM
 * functions */ memcpy = 0x4000df48; memset=0x4000E190 ;
PROVIDE ( strlen = 0x4000bf4c );
PROVIDE(a=16);PROVIDE_HIDDEN ( b = 010 )
HIDDEN(c = 1K); // the rest of the line
"d.e" = 0xffffffff; $f = 0;`;
  const externs = readExterns(text, 'rom.ld');
  t.deepEqual(Object.fromEntries(externs.symbols), {
    memcpy: 0x4000df48,
    memset: 0x4000e190,
    strlen: 0x4000bf4c,
    a: 16,
    b: 8,
    c: 1024,
    'd.e': 0xffffffff,
    $f: 0,
  });
});

test('aliases and expressions have the value of what they name, in any order', (t) => {
  const text = 'PROVIDE ( y = x ); x = z + (0x10 << 2) - 1; z = ABSOLUTE(0x40000000) | 3 & ~1; w = -(-7) * 6 / 4 % 4;';
  t.deepEqual(symbolsOf(text), { y: 0x40000041, x: 0x40000041, z: 0x40000002, w: 2 });
});

test('a strong definition goes before PROVIDE, equal ones are one', (t) => {
  t.deepEqual(symbolsOf('PROVIDE(a = 1); a = 2; b = 3; PROVIDE(b = 4); c = 5; c = 0x5;'), { a: 2, b: 3, c: 5 });
});

test('names of common objects are names here', (t) => {
  t.deepEqual(
    symbolsOf('constructor = 1; __proto__ = 2; PROVIDE = 3;'),
    JSON.parse('{"constructor":1,"__proto__":2,"PROVIDE":3}'),
  );
});

test('commands that define no symbol are passed over', (t) => {
  t.deepEqual(symbolsOf('ENTRY(start) MEMORY { iram (rx) : ORIGIN = 0x40, LENGTH = 8K } a = 1; ASSERT(a, "a")'), {
    a: 1,
  });
});

test('an alias of an unknown symbol is left out', (t) => {
  const externs = readExterns('\nPROVIDE ( esp_rom_printf = ets_printf );\nf = esp_rom_printf; g = 1;', 'api.ld');
  t.deepEqual([...externs.symbols], [['g', 1]]);
});

test('two addresses for one symbol are refused with both lines', (t) => {
  const problem = problemsOf(t, 'a = 1;\nb = 2;\na = 0x30;')[0]!;
  t.is(problem.code, 'extern-twice');
  t.is(problem.where?.line, 3);
  t.is(problem.message, "'a' is 0x30 here and 0x1 in line 1");
  t.is(problemsOf(t, 'PROVIDE(a = 1); PROVIDE(a = 2);')[0]!.code, 'extern-twice');
});

test('addresses out of 32 bits are refused, all of them at once', (t) => {
  const problems = problemsOf(t, 'a = 0x100000000;\nb = -4;\nc = 0xffffffff + 1;\nd = 0xfffffffff;');
  t.deepEqual(
    problems.map((problem) => [problem.code, problem.where?.line]),
    [1, 2, 3, 4].map((line) => ['extern-range', line]),
  );
  t.regex(problems[1]!.message, /-0x4/);
});

const UNREADABLE: readonly [string, number, RegExp][] = [
  ['a = 1;\nb = ;', 2, /a number or a symbol expected, not ';'/],
  ['a = 0x;', 1, /'0x' is not a number/],
  ['a = 0xg1;', 1, /not a number/],
  ['a = 09;', 1, /not an octal/],
  ['a = 1', 1, /';' expected after the value of 'a'/],
  ['PROVIDE ( a = 1 ;', 1, /'\)' expected after PROVIDE, not ';'/],
  ['a 1;', 1, /'a 1' cannot be read/],
  ['SECTIONS { .text : { *(.text) } }', 1, /'SECTIONS \{' cannot be read/],
  ['INCLUDE other.ld', 1, /'INCLUDE other.ld' cannot be read/],
  ['. = 0x40000000;', 1, /'\.' is not the name of a symbol/],
  ['a = .;', 1, /'\.' has no value/],
  ['a = SIZEOF(.text);', 1, /the function SIZEOF/],
  ['a += 1;', 1, /cannot be read/],
  ['= 1;', 1, /'=' where a symbol should start/],
  ['1 = 2;', 1, /'1' is not the name/],
  ['a = 1 / 0;', 1, /division by zero/],
  ['a = 1 << 64;', 1, /shift by 64/],
  ['a = (1;', 1, /'\)' expected/],
  ['\n#define A 1', 2, /"#" cannot be read/],
  ['a = 1; /*', 1, /comment has no end/],
  ['MEMORY { a', 1, /never closed/],
  [`a = ${'('.repeat(10_000)}1;`, 1, /nested more than/],
  [`a = ${'-'.repeat(10_000)}1;`, 1, /nested more than/],
  [`a = 1${' + 1'.repeat(10_000)};`, 1, /more than 100 operators/],
];

for (const [text, line, message] of UNREADABLE) {
  test(`refused with its line: ${JSON.stringify(text.slice(0, 40))}`, (t) => {
    const problem = problemsOf(t, text)[0]!;
    t.is(problem.code, 'bad-script');
    t.is(problem.where?.line, line);
    t.regex(problem.message, message);
  });
}

test('symbols that refer to each other in a circle are refused', (t) => {
  t.is(problemsOf(t, 'a = b; b = c; c = a;')[0]!.code, 'extern-circle');
  t.is(problemsOf(t, 'a = a + a;')[0]!.code, 'extern-circle');
  const chain = Array.from({ length: 100_000 }, (_, i) => `s${i} = s${i + 1};`).join('\n');
  t.is(problemsOf(t, chain)[0]!.code, 'extern-circle');
});
