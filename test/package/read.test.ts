import test from 'ava';
import { readMpy, writeMpy } from '../../natmod-rules/package/index.ts';
import { bytecode, manyQstrs, module, problemOf } from './build.ts';
import { fileNamed } from './files.ts';

const problem = (bytes: readonly number[]) => problemOf(() => readMpy(Uint8Array.from(bytes), 'x.mpy'));
const NAME = [0x02, 0x61, 0x00];
const CODE = [5 << 3, 0x00, 0x02, 0x00, 0x51, 0x63];
const HEAD = [0x4d, 6, 0, 31];

/** Code, byte offset and message of files that are wrong in one way. */
// biome-ignore format: one case a line
const CASES: readonly (readonly [title: string, bytes: readonly number[], code: string, offset: number, message: RegExp])[] = [
  ['an empty file', [], 'not-mpy', 0, /first byte/],
  ['another kind of file', [0x7f, 0x45, 0x4c, 0x46], 'not-mpy', 0, /first byte/],
  ['a file of version 5', [0x4d, 5, 0, 31], 'mpy-version', 1, /version 5/],
  ['a file of version 7', [0x4d, 7, 0, 31], 'mpy-version', 1, /version 7/],
  ['a native file of ABI 6.1', [0x4d, 6, (5 << 2) | 1, 31], 'mpy-sub-version', 2, /armv7m of ABI 6\.1/],
  ['an architecture nobody knows', [0x4d, 6, (13 << 2) | 3, 31], 'mpy-arch', 2, /architecture number 13/],
  ['an architecture with bit 7', [0x4d, 6, 0x80 | (1 << 2) | 3, 31], 'mpy-arch', 2, /architecture number 33/],
  ['a header that is cut off', [0x4d, 6], 'mpy-truncated', 2, /ends inside the header/],
  ['architecture flags of zero', [0x4d, 6, 0x40 | (11 << 2) | 3, 31, 0], 'mpy-malformed', 4, /flags are announced/],
  ['no qstr', [...HEAD, 0, 0, ...CODE], 'mpy-malformed', 4, /no name/],
  ['more qstrs than bytes', [...HEAD, 0x7f, 0], 'mpy-malformed', 4, /number of qstrs is 127, but only 1 bytes follow/],
  ['more objects than bytes', [...HEAD, 1, 0x8f, 0x7f], 'mpy-malformed', 5, /number of objects is 2047/],
  ['a varint that could be shorter', [...HEAD, 0x80, 0x01, 0], 'mpy-malformed', 4, /shortest form/],
  ['a varint over 32 bits', [...HEAD, 0x90, 0x80, 0x80, 0x80, 0x00], 'mpy-malformed', 4, /32 bits/],
  ['a qstr that is cut off', [...HEAD, 1, 0, 0x10, 0x61], 'mpy-truncated', 7, /8 more bytes are needed, 1 left/],
  ['a qstr without its zero', [...HEAD, 1, 0, 0x02, 0x61, 0x62], 'mpy-malformed', 8, /zero byte/],
  ['a static qstr past the list', [...HEAD, 1, 0, 0x82, 0x4d], 'mpy-malformed', 6, /no static qstr 166/],
  ['the null qstr', [...HEAD, 1, 0, 0x01], 'mpy-malformed', 6, /no static qstr 0/],
  ['an object of unknown kind', [...HEAD, 1, 1, ...NAME, 11], 'mpy-malformed', 9, /object kind 11/],
  ['a tuple longer than the file', [...HEAD, 1, 1, ...NAME, 10, 0x7f, 1], 'mpy-malformed', 10, /length of a tuple is 127/],
  ['an int that is cut off', [...HEAD, 1, 1, ...NAME, 7, 9, 0x31], 'mpy-truncated', 11, /inside a int|an int/],
  ['machine code without architecture', [...HEAD, 1, 0, ...NAME, 2], 'mpy-malformed', 9, /names no architecture/],
  ['a prelude that is cut off', [...HEAD, 1, 0, ...NAME, 2 << 3, 0x80, 0x80], 'mpy-malformed', 12, /prelude is cut off/],
  ['a prelude longer than its code', [...HEAD, 1, 0, ...NAME, 3 << 3, 0, 0x7e, 0], 'mpy-malformed', 11, /longer than the code/],
  ['a name that is no qstr', [...HEAD, 1, 0, ...NAME, 3 << 3, 0, 2, 5], 'mpy-malformed', 10, /qstr 5, but there are 1/],
  ['inner functions that are none', [...HEAD, 1, 0, ...NAME, CODE[0]! | 4, ...CODE.slice(1), 0], 'mpy-malformed', 15, /there are none/],
  ['bytes behind the end', [...HEAD, 1, 0, ...NAME, ...CODE, 0], 'mpy-malformed', 15, /1 bytes follow/],
];

for (const [title, bytes, code, offset, message] of CASES) {
  test(`${title} is an error with its offset`, (t) => {
    const found = problem(bytes);
    t.is(found?.code as string, code);
    t.deepEqual({ ...found!.where }, { file: 'x.mpy', offset });
    t.regex(found!.message, message);
  });
}

test('the smallest file is read', (t) => {
  t.is(problem([...HEAD, 1, 0, ...NAME, ...CODE]), undefined);
});

/** A native file for armv7m with two words of text and the relocations given. */
const native = (relocations: readonly number[]) => [
  ...[0x4d, 6, (5 << 2) | 3, 31, 1, 0, ...NAME, (8 << 3) | 2, 1, 2, 3, 4, 5, 6, 7, 8, 0x10],
  ...relocations,
];

// biome-ignore format: one case a line
const RELOCATIONS: readonly (readonly [title: string, bytes: readonly number[], code: string, message: RegExp])[] = [
  ['without end mark', [0x11, 0], 'mpy-truncated', /inside the relocations/],
  ['without an address', [0x10, 0xff], 'mpy-malformed', /has no address/],
  ['past the text', [0x11, 4, 0xff], 'mpy-malformed', /word 2, but text has 2/],
  ['in rodata that is not there', [0x11, 1, 0xff], 'mpy-malformed', /word 0, but rodata has 0/],
  ['with a huge count', [3, 0, 0x8f, 0xff, 0xff, 0xff, 0x7f, 0xff], 'mpy-malformed', /but text has 2/],
  ['past the function table', [(96 << 1) | 1, 0, 0xff], 'mpy-malformed', /kind 96/],
  ['more of them than words', [0x11, 0, 0x10, 0x11, 0, 0xff], 'mpy-malformed', /more relocations than words/],
];

for (const [title, bytes, code, message] of RELOCATIONS) {
  test(`relocations ${title} are an error`, (t) => {
    const found = problem(native(bytes));
    t.is(found?.code as string, code);
    t.regex(found!.message, message);
  });
}

test('relocations in an encoding that is not ours are kept as they are', (t) => {
  const bytes = Uint8Array.from(native([0x01, 0, 0x00, 0xff]));
  const mpy = readMpy(bytes, 'x.mpy');
  if (mpy.root.kind !== 'native') return t.fail();
  t.deepEqual(mpy.root.relocations, [
    { base: 'text', wordIndex: 0, kind: 0 },
    { base: 'text', wordIndex: 1, kind: 0 },
  ]);
  t.deepEqual(writeMpy(mpy), bytes);
});

test('deep tuples are an error, not a stack overflow', (t) => {
  const nested = Array.from({ length: 100_000 }, () => [10, 1]).flat();
  t.regex(problem([...HEAD, 1, 1, ...NAME, ...nested, 1, ...CODE])!.message, /nested over 200 deep/);
});

test('deep functions are an error, not a stack overflow', (t) => {
  const nested = Array.from({ length: 100_000 }, () => [...CODE.with(0, CODE[0]! | 4), 1]).flat();
  t.regex(problem([...HEAD, 1, 0, ...NAME, ...nested, ...CODE])!.message, /nested over 200 deep/);
});

test('every cut of a file is an error', (t) => {
  for (const name of ['language.O0.mpy', 'emitters.rv32imc-zba.mpy', 'thumb.armv7m.mpy', 'x64/types/types.mpy']) {
    const { bytes } = fileNamed(name);
    for (let length = 0; length < bytes.length; length++) {
      const found = problemOf(() => readMpy(bytes.subarray(0, length), name));
      t.not(found, undefined, `${name} cut to ${length}`);
    }
  }
});

test('the value holds what is in the file', (t) => {
  const bytes = module(bytecode([0x51, 0x63]), {
    qstrs: ['m.py', 'append', 'é'],
    objects: [{ kind: 'none' }, { kind: 'tuple', items: [{ kind: 'int', bytes: Uint8Array.of(0x31) }] }],
  });
  const mpy = readMpy(bytes, 'm.mpy');
  t.deepEqual(mpy.qstrs[1], { static: 60 });
  t.deepEqual(mpy.qstrs[2], { bytes: Uint8Array.of(0xc3, 0xa9) });
  t.like(mpy.objects[1], { kind: 'tuple', items: [{ kind: 'int' }] });
  t.is(readMpy(module(bytecode([0x63]), { qstrs: manyQstrs(300) }), 'm.mpy').qstrs.length, 300);
});
