import test, { type ExecutionContext } from 'ava';
import { isArchive, readArchive } from '../../natmod-rules/elf/archive.ts';
import { NatmodError } from '../../natmod-rules/problem.ts';
import { archive, bsdIndex, bytesOf, concat, type MemberSpec, member, sysvIndex, thinArchive } from './make-archive.ts';

const ONE = bytesOf('first');
const TWO = bytesOf('second one');
/** Header offset of the member behind an index member with that many bytes of contents. */
const behind = (size: number, from = 8) => from + 60 + size + (size & 1);

function problemOf(t: ExecutionContext, run: () => unknown) {
  const error = t.throws(run, { instanceOf: NatmodError })!;
  return error.problems[0]!;
}

function sysv(symbols: readonly string[], width: 4 | 8 = 4): Uint8Array {
  const size = sysvIndex(
    symbols.map((name) => [name, 0] as const),
    width,
  ).length;
  const index = sysvIndex(
    symbols.map((name) => [name, behind(size)] as const),
    width,
  );
  return archive({ name: width === 4 ? '/' : '/SYM64/', data: index }, { name: 'a.o/', data: ONE });
}

test('members have their names, offsets and bytes, odd sizes included', (t) => {
  const bytes = archive({ name: 'a.o/', data: ONE }, { name: 'b.o/', data: TWO });
  const lib = readArchive(bytes, 'x.a');
  t.deepEqual(
    lib.members.map((m) => [m.name, m.offset, m.size]),
    [
      ['a.o', 8, 5],
      ['b.o', 74, 10],
    ],
  );
  t.deepEqual(lib.members[1]!.data(), TWO);
  t.is(lib.members[0]!.data().buffer, bytes.buffer);
  t.false(lib.hasIndex);
});

test('an archive without members is no error and defines nothing', (t) => {
  const lib = readArchive(archive(), 'libm.a');
  t.is(lib.definitions('sinf'), undefined);
});

test('the last odd member may lack its padding', (t) => {
  const bytes = archive({ name: 'a.o/', data: ONE });
  t.deepEqual(readArchive(bytes.subarray(0, bytes.length - 1), 'x.a').members[0]!.data(), ONE);
});

test('symbols are found through the System V index, 32 and 64 bits', (t) => {
  for (const width of [4, 8] as const) {
    const lib = readArchive(sysv(['sinf', 'cosf'], width), 'x.a');
    t.is(lib.definitions('cosf')?.name, 'a.o');
    t.is(lib.definitions('tanf'), undefined);
    t.deepEqual([...lib.symbols()], ['sinf', 'cosf']);
    t.is(lib.members.length, 1);
  }
});

test('symbols are found through the BSD index, whatever its width and byte order', (t) => {
  for (const [name, width] of [
    ['__.SYMDEF', 4],
    ['__.SYMDEF SORTED', 4],
    ['__.SYMDEF_64', 8],
  ] as const) {
    for (const little of [true, false]) {
      const size = bsdIndex([['sinf', 0]], width).length;
      const data = bsdIndex([['sinf', behind(size)]], width, little);
      const lib = readArchive(archive({ name, data }, { name: 'a.o', data: ONE }), 'x.a');
      t.is(lib.definitions('sinf')?.name, 'a.o');
    }
  }
});

test('BSD names in front of the data do not count as data', (t) => {
  const inline: MemberSpec = { name: '#1/24', data: concat(bytesOf('a rather long name.o'.padEnd(24, '\0')), ONE) };
  const found = readArchive(archive(inline), 'x.a').members[0]!;
  t.is(found.name, 'a rather long name.o');
  t.is(found.size, 5);
  t.deepEqual(found.data(), ONE);
});

test('a BSD index with an inline name is an index', (t) => {
  const size = bsdIndex([['sinf', 0]]).length + 20;
  const data = concat(bytesOf('__.SYMDEF SORTED'.padEnd(20, '\0')), bsdIndex([['sinf', behind(size)]]));
  const lib = readArchive(archive({ name: '#1/20', data }, { name: 'a.o', data: ONE }), 'x.a');
  t.is(lib.definitions('sinf')?.name, 'a.o');
});

test('GNU long names come from their table', (t) => {
  const names = bytesOf('a_rather_long_name.o/\nanother_quite_long_one.o/\n');
  const bytes = archive({ name: '//', data: names }, { name: '/22', data: ONE }, { name: '/0', data: TWO });
  t.deepEqual(
    readArchive(bytes, 'x.a').members.map((m) => m.name),
    ['another_quite_long_one.o', 'a_rather_long_name.o'],
  );
});

test('members of equal name stay apart, and the first definition wins', (t) => {
  const size = sysvIndex([
    ['f', 0],
    ['f', 0],
    ['g', 0],
  ]).length;
  const first = behind(size);
  const second = behind(ONE.length, first);
  const index = sysvIndex([
    ['f', second],
    ['f', first],
    ['g', second],
  ]);
  const bytes = archive({ name: '/', data: index }, { name: 'a.o/', data: ONE }, { name: 'a.o/', data: TWO });
  const lib = readArchive(bytes, 'x.a');
  t.is(lib.definitions('f')?.offset, first);
  t.deepEqual(lib.definitions('g')?.data(), TWO);
});

test('without an index the symbol tables of the members are asked, once and only when needed', (t) => {
  const elf = bytesOf('\x7fELF one');
  let calls = 0;
  const lib = readArchive(archive({ name: 'notes.txt/', data: ONE }, { name: 'a.o/', data: elf }), 'x.a', {
    definedSymbols: (bytes, file) => {
      calls++;
      t.deepEqual(bytes, elf);
      t.is(file, 'x.a(a.o)');
      return ['sinf'];
    },
  });
  t.is(calls, 0);
  t.is(lib.definitions('sinf')?.name, 'a.o');
  t.is(lib.definitions('cosf'), undefined);
  t.is(calls, 1);
});

test('without an index and without a reader of objects the hint is ranlib', (t) => {
  const lib = readArchive(archive({ name: 'a.o/', data: ONE }), 'x.a');
  const problem = problemOf(t, () => lib.definitions('f'));
  t.is(problem.code, 'archive-without-index');
  t.regex(problem.hint!, /ranlib/);
});

test('the members of a thin archive are loaded through the caller', (t) => {
  const index = sysvIndex([['f', behind(16, behind(10))]]);
  t.is(index.length, 10);
  const bytes = thinArchive(
    { name: '/', data: index },
    { name: '//', data: bytesOf('../lib/one.o/\n\n\n') },
    { name: '/0', size: '5' },
  );
  const asked: string[] = [];
  const loadMember = (path: string) => {
    asked.push(path);
    return ONE;
  };
  const lib = readArchive(bytes, 'x.a', { loadMember });
  t.true(lib.thin);
  t.deepEqual(asked, []);
  t.deepEqual(lib.definitions('f')?.data(), ONE);
  t.deepEqual(asked, ['../lib/one.o']);
});

test('a thin archive can name a member of a regular one', (t) => {
  const inner = archive({ name: 'a.o/', data: ONE }, { name: 'b.o/', data: TWO });
  const names = { name: '//', data: bytesOf('in.a/\n') };
  const good = readArchive(thinArchive(names, { name: '/0:74', size: '10' }), 'x.a', { loadMember: () => inner });
  t.deepEqual(good.members[0]!.data(), TWO);
  const stale = readArchive(thinArchive(names, { name: '/0:76', size: '10' }), 'x.a', { loadMember: () => inner });
  const problem = problemOf(t, () => stale.members[0]!.data());
  t.is(problem.code, 'thin-archive');
  t.regex(problem.message, /in\.a.*0x4c/);
});

test('a thin archive that names itself is refused', (t) => {
  for (const name of ['/0', '/0:8']) {
    const bytes = thinArchive({ name: '//', data: bytesOf('x.a/\n') }, { name, size: '5' });
    const lib = readArchive(bytes, 'x.a', { loadMember: () => bytes });
    const problem = problemOf(t, () => lib.members[0]!.data());
    t.is(problem.code, 'thin-archive');
    t.regex(problem.message, /thin archive again/);
  }
});

test('a thin archive without a loader says which file is missing', (t) => {
  const lib = readArchive(thinArchive({ name: 'one.o/', size: '5' }), 'x.a');
  t.regex(problemOf(t, () => lib.members[0]!.data()).message, /'one\.o'/);
});

const REFUSED: readonly [string, Uint8Array, RegExp, number?][] = [
  ['a member larger than the file', archive({ name: 'a.o/', data: ONE, size: '9999999999' }), /claims 9999999999/, 8],
  ['a header that is cut off', archive({ name: 'a.o/', data: ONE }).subarray(0, 40), /takes 60 bytes, 32 are left/, 8],
  ['data that is cut off', archive({ name: 'a.o/', data: TWO }).subarray(0, 70), /claims 10 bytes, 2 are left/, 8],
  ['a header without its mark', archive({ name: 'a.o/', trailer: 'xx' }), /0x60 0x0a/, 8],
  ['a size that is no number', archive({ name: 'a.o/', size: '12x' }), /"12x" is not a decimal/, 8],
  ['a negative size', archive({ name: 'a.o/', size: '-1' }), /"-1" is not a decimal/, 8],
  ['an empty size', archive({ name: 'a.o/', size: ' ' }), /is not a decimal/, 8],
  ['a long name without a table', archive({ name: '/0' }), /table of long names, there is none/, 8],
  ['a long name outside the table', archive({ name: '//', data: TWO }, { name: '/10' }), /outside the table/, 78],
  ['an empty long name', archive({ name: '//', data: bytesOf('/\n') }, { name: '/0' }), /is empty/, 70],
  ['a name of unknown form', archive({ name: '/x' }), /no known form/, 8],
  ['a nameless member', archive({ name: '' }), /no known form/, 8],
  ['an inline name longer than its member', archive({ name: '#1/99', data: TWO }), /#1\/99/, 8],
  ['an inline name of no length', archive({ name: '#1/0', data: TWO }), /#1\/0/, 8],
];

for (const [title, bytes, message, offset] of REFUSED) {
  test(`refused with the offset: ${title}`, (t) => {
    const problem = problemOf(t, () => readArchive(bytes, 'x.a'));
    t.is(problem.code, 'bad-archive');
    t.regex(problem.message, message);
    t.is(problem.where?.file, 'x.a');
    t.is(problem.where?.offset, offset);
    t.truthy(problem.hint);
  });
}

const BAD_INDEX: readonly [string, MemberSpec, RegExp][] = [
  ['an offset between members', { name: '/', data: sysvIndex([['f', 100]]) }, /'f' at offset 0x64, where no member/],
  ['an offset behind the file', { name: '/SYM64/', data: sysvIndex([['f', 2 ** 52]], 8) }, /where no member starts/],
  ['more symbols than bytes', { name: '/', data: bytesOf('\xff\xff\xff\xff') }, /claims 4294967295 symbols/],
  ['no count', { name: '/', data: bytesOf('\0') }, /no count/],
  ['fewer names than symbols', { name: '/', data: bytesOf('\0\0\0\x01\0\0\0\x08f') }, /1 symbols and only 0 names/],
  ['a BSD table that does not fit', { name: '__.SYMDEF', data: bytesOf('\xff\0\0\0\0\0\0\0') }, /do not fit/],
  ['a BSD name outside', { name: '__.SYMDEF', data: bytesOf('\x08\0\0\0\x09\0\0\0\x08\0\0\0\x02\0\0\0f\0') }, /name 0/],
];

for (const [title, index, message] of BAD_INDEX) {
  test(`a damaged index is refused at the look-up: ${title}`, (t) => {
    const lib = readArchive(archive(index, { name: 'a.o/', data: ONE }), 'x.a');
    const problem = problemOf(t, () => lib.definitions('f'));
    t.is(problem.code, 'bad-archive');
    t.regex(problem.message, message);
    t.regex(problem.hint!, /ranlib/);
  });
}

test('an index into the middle of a member is refused though a header seems to be there', (t) => {
  const nested = member({ name: 'b.o/', data: ONE });
  const index = sysvIndex([['f', behind(10) + 60]]);
  const lib = readArchive(archive({ name: '/', data: index }, { name: 'a.o/', data: nested }), 'x.a');
  t.regex(problemOf(t, () => lib.definitions('f')).message, /where no member starts/);
});

test('what is no archive is told apart', (t) => {
  const problem = problemOf(t, () => readArchive(bytesOf('\x7fELF'), 'x.o'));
  t.is(problem.code, 'not-an-archive');
  t.regex(problem.hint!, /ELF/);
  t.regex(problemOf(t, () => readArchive(bytesOf('<bigaf>\n'), 'x.a')).hint!, /AIX/);
  t.regex(problemOf(t, () => readArchive(bytesOf(''), 'x.a')).hint!, /empty/);
  t.true(isArchive(archive()));
  t.true(isArchive(thinArchive()));
  t.false(isArchive(bytesOf('!<arch>')));
});

test('a file of more members than any library has is refused before they are read', (t) => {
  const header = Buffer.from(`${'a.o/'.padEnd(48)}${'0'.padEnd(10)}\`\n`);
  const bytes = Buffer.alloc(8 + 60 * 500_001);
  bytes.write('!<arch>\n');
  for (let offset = 8; offset < bytes.length; offset += 60) header.copy(bytes, offset);
  const { code, where } = problemOf(t, () => readArchive(bytes, 'x.a'));
  t.is(code, 'archive-too-big');
  t.is(where?.offset, 8 + 60 * 500_000);
  t.is(readArchive(bytes.subarray(0, 8 + 60 * 1000), 'x.a').members.length, 1000);
});
