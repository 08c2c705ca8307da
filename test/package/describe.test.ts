import test from 'ava';
import {
  describeMpy,
  FUN_TABLE_MEMBERS,
  mergeMpy,
  readMpy,
  relocationTarget,
  STATIC_QSTRS,
  sizesOf,
} from '../../natmod-rules/package/index.ts';
import { bytecode, module } from './build.ts';
import { compiledFiles, fileNamed, linkedFiles } from './files.ts';

const describe = (name: string) => describeMpy(readMpy(fileNamed(name).bytes, name));

test('a native file is described with header, qstrs, sections and relocations', (t) => {
  const text = describe('armv7m/two_files/two_files.mpy');
  t.is(
    text,
    `version     6.3
arch        armv7m
small ints  31 bits
source      two_files.mpy
file        ${fileNamed('armv7m/two_files/two_files.mpy').bytes.length} bytes
memory      text 256, rodata 0, BSS 4 bytes

qstrs (11)
  0   two_files.mpy
  1   name1
  2   name2
  3   name3
  4   name4
  5   name5
  6   name6
  7   name7
  8   name8
  9   name9
  10  name10

code
  native  two_files.mpy  256 bytes  entry text+0x0, rodata 0, BSS 4, 6 relocations

relocations of two_files.mpy (6)
  text+0x00f8  mp_fun_table
  text+0x00fc  BSS+0x0
  text+0x00e8  text+0xd0
  text+0x00ec  text+0xd4
  text+0x00f0  text+0xd8
  text+0x00f4  text+0xde
`,
  );
});

test('relocations name the members of the function table', (t) => {
  const text = describe('rv64imc/types/types.mpy');
  t.regex(text, /text\+0x00e0 {2}mp_fun_table\.type_Exception\n/);
  t.regex(text, /text\+0x0120 {2}text\+0xb0\n/);
});

test('a merged file shows its functions as a tree', (t) => {
  const parts = ['language.O0.mpy', 'emitters.x64.mpy'].map(fileNamed);
  const text = describeMpy(readMpy(mergeMpy(parts), 'merged.mpy'));
  t.regex(text, /^ {2}bytecode {2,}emitters\.py {2,}15 bytes/m);
  t.regex(text, /^ {4}bytecode {2,}<module> /m);
  t.regex(text, /^ {6}native-python {2,}native\(a, b, \*, key, \*\*\)/m);
  t.regex(text, /^ {6}native-python {2,}generator\(n\) .* generator$/m);
  t.regex(text, /^ {6}native {2,}\(viper\) /m);
});

test('architecture flags have names', (t) => {
  t.regex(describe('emitters.rv32imc-zba.mpy'), /^arch flags {2}zba \(0x1\)$/m);
});

test('objects and odd qstrs are shown so that they stay on their line', (t) => {
  const text = (s: string) => new TextEncoder().encode(s);
  const objects = [
    { kind: 'str', bytes: text("it's\n\u2028\x1b[0m") },
    { kind: 'bytes', bytes: Uint8Array.of(0, 0x41, 0xff) },
    { kind: 'int', bytes: text('9'.repeat(100)) },
    { kind: 'tuple', items: [{ kind: 'none' }] },
  ] as const;
  const bytes = module(bytecode([0x51, 0x63]), { qstrs: ['a b', 'append', '\n'], objects });
  const lines = describeMpy(readMpy(bytes, 'm.mpy')).split('\n');
  const from = (heading: string, count: number) => lines.slice(lines.indexOf(heading) + 1).slice(0, count);
  t.deepEqual(from('qstrs (3)', 3), ["  0  'a b'", '  1  append  static 60', "  2  '\\n'    static 3"]);
  t.deepEqual(from('objects (4)', 4), [
    "  0  str    'it\\'s\\n\\u2028\\x1b[0m'",
    "  1  bytes  b'\\x00A\\xff'",
    `  2  int    ${'9'.repeat(60)}…`,
    '  3  tuple  (none,)',
  ]);
});

test('every file there is can be described', (t) => {
  for (const { name, bytes } of [...compiledFiles(), ...linkedFiles()]) {
    t.true(describeMpy(readMpy(bytes, name)).startsWith('version     6'), name);
  }
});

test('sizes are those of the loaded module', (t) => {
  const merged = mergeMpy([fileNamed('armv7m/two_files/two_files.mpy'), fileNamed('language.O3.mpy')]);
  const sizes = sizesOf(readMpy(merged, 'merged.mpy'));
  t.like(sizes, { text: 256, rodata: 0, bss: 4, relocations: 6, file: merged.length });
  t.true(sizes.bytecode > 5000);
});

test('the tables have the lengths of the ABI', (t) => {
  t.is(FUN_TABLE_MEMBERS.length, 87);
  t.is(FUN_TABLE_MEMBERS[50], 'memset_');
  t.is(FUN_TABLE_MEMBERS[73], 'type_type');
  t.is(relocationTarget(9 + 24), 'mp_fun_table.list_append');
  t.is(STATIC_QSTRS.length, 165);
  t.is(STATIC_QSTRS.at(-1), 'zip');
});
