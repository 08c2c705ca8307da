import { linkSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type ArchName, archByName } from '../../natmod-rules/arch/index.ts';
import { definedSymbols } from '../../natmod-rules/elf/object.ts';
import { COMPACT_PASSES } from '../../natmod-rules/link/shrink/passes.ts';
import { qstrText, readMpy } from '../../natmod-rules/package/index.ts';
import { archive, sysvIndex } from '../elf/make-archive.ts';
import { FIXTURE_SOURCES, linkFixture } from '../support/link-fixtures.ts';
import { makeObject, TEXT_FLAGS } from '../support/make-object.ts';
import { makeFolder, runCli } from './run-cli.ts';

/** A folder with the objects of a fixture and its config header `q.h`. */
function folderWith(t: ExecutionContext, arch: ArchName, name: string) {
  const folder = makeFolder(t);
  const fixture = linkFixture(arch, name);
  for (const object of fixture.objects) writeFileSync(join(folder, object.name), object.bytes);
  writeFileSync(join(folder, 'q.h'), readFileSync(new URL('qstrs.h', FIXTURE_SOURCES)));
  const files = fixture.objects.map((object) => object.name);
  return { folder, files, expected: fixture.expected!, read: (file: string) => readFileSync(join(folder, file)) };
}

const link = (folder: string, ...words: string[]) => runCli('mpy-ld', words, folder);

test('objects are linked to the bytes of the reference, and the summary has its lines', async (t) => {
  const { folder, files, expected, read } = folderWith(t, 'armv7m', 'types');
  const result = await link(folder, '--arch', 'armv7m', '--qstrs', 'q.h', '-o', 'types.mpy', ...files);
  t.is(result.stderr, '');
  t.is(result.exitCode, 0);
  t.deepEqual(read('types.mpy'), expected);
  t.is(result.stdout, 'arch:         EM_ARM\ntext size:    268\nbss size:     0\nGOT entries:  9\n');
});

test('a link whose code was kept loads nothing of Node that takes longer than it', async (t) => {
  const { folder, files } = folderWith(t, 'armv7m', 'minimal');
  const list = "process.on('exit', () => console.error(process.moduleLoadList.join('\\n')))";
  writeFileSync(join(folder, 'list.cjs'), list);
  const words = ['--arch', 'armv7m', '--qstrs', 'q.h', '-o', 'minimal.mpy', ...files];
  const start = () => runCli('mpy-ld', words, folder, { NODE_OPTIONS: '--require ./list.cjs' });
  // The first may compile, the second sees that what was written then has settled.
  for (let i = 0; i < 2; i++) t.is((await start()).exitCode, 0);
  const loaded = (await start()).stderr.split('\n').map((line) => line.replace(/^NativeModule /, ''));
  t.true(loaded.includes('fs'));
  const slow = ['crypto', 'stream', 'net', 'tty', 'fs/promises', 'child_process', 'worker_threads', 'assert'];
  t.deepEqual(
    slow.filter((name) => loaded.includes(name)),
    [],
  );
});

test('the size of rodata is in the summary where it is a block of its own', async (t) => {
  const { folder, files } = folderWith(t, 'xtensawin', 'types');
  const { stdout } = await link(folder, '--arch=xtensawin', '--qstrs=q.h', '-otypes.mpy', ...files);
  t.regex(
    stdout,
    /^arch: {9}EM_XTENSA\ntext size: {4}\d+\nrodata size: {2}\d+\nbss size: {5}\d+\nGOT entries: {2}\d+\n$/,
  );
});

test('without --arch it is x64, without -o the name is that of the first object', async (t) => {
  const { folder, files, expected, read } = folderWith(t, 'x64', 'two_files');
  const first = files[0]!.replace(/o$/, 'mpy');
  t.is((await link(folder, '--source-name', 'two_files.mpy', '--qstrs', 'q.h', ...files)).exitCode, 0);
  t.deepEqual(read(first), expected);
  t.is((await link(folder, '--qstrs', 'q.h', ...files)).exitCode, 0);
  t.is(qstrText(readMpy(read(first), first).qstrs[0]!), first);
});

test('the module carries the base name of its output', async (t) => {
  const { folder, files, read } = folderWith(t, 'x64', 'minimal');
  mkdirSync(join(folder, 'build x'));
  t.is((await link(folder, '-o', 'build x/min.mpy', ...files)).exitCode, 0);
  t.is(qstrText(readMpy(read('build x/min.mpy'), 'min').qstrs[0]!), 'min.mpy');
});

test('each -v says more, and the module stays the same', async (t) => {
  const { folder, files, expected, read } = folderWith(t, 'armv7m', 'types');
  const words = ['--arch', 'armv7m', '--qstrs', 'q.h', '-o', 'types.mpy', ...files];
  const one = (await link(folder, '-v', ...words)).stdout;
  const two = (await link(folder, '-v', '--verbose', ...words)).stdout;
  const three = (await link(folder, '-vvv', ...words)).stdout;
  t.deepEqual(read('types.mpy'), expected);
  t.regex(one, /^qstr vals: name1, name2.*\nsections:\n/);
  t.regex(one, /\n {2}00000004 \.text size=204 /);
  t.regex(one, /\nGOT: 000000e8\n {2}00000000 mp_fun_table -> /);
  t.regex(one, /\n {2}00000020 add_obj -> \.data\.rel\.ro\+000000d0\n/);
  t.notRegex(one, /R_ARM/);
  t.regex(two, /\n {2}00000014 R_ARM_GOT_BREL mp_fun_table -> /);
  t.is(three, two);
  t.regex(three, /\nGOT entries: {2}9\n$/);
});

/** A static library with one member and its index. */
function libraryOf(object: Uint8Array): Uint8Array {
  const symbols = definedSymbols(object, 'util.o');
  const index = (offset: number) => sysvIndex(symbols.map((symbol) => [symbol, offset] as const));
  // Behind the magic and the index: 8 bytes, a header of 60, and the index, padded to an even length.
  const offset = 8 + 60 + Math.ceil(index(0).length / 2) * 2;
  return archive({ name: '/', data: index(offset) }, { name: 'util.o/', data: object });
}

test('libraries are given in every spelling, and only what is needed is taken', async (t) => {
  const { folder, files, read } = folderWith(t, 'x64', 'two_files');
  const util = files.find((file) => file.includes('util'))!;
  writeFileSync(join(folder, 'lib a.a'), libraryOf(read(util)));
  writeFileSync(join(folder, 'script.a'), 'GROUP ( "lib a.a" )\n');
  const rest = ['--qstrs', 'q.h', '-v', '-o', 'out.mpy', ...files.filter((file) => file !== util)];
  const modules: Buffer[] = [];
  for (const words of [['-llib a.a'], ['-l', 'lib a.a'], ['--libs=lib a.a'], ['--libs', 'script.a', '-llib a.a']]) {
    const result = await link(folder, ...words, ...rest);
    t.is(result.exitCode, 0, result.stderr);
    t.regex(result.stdout, /\nusing .*lib a\.a\(util\.o\)\n/);
    modules.push(read('out.mpy'));
  }
  for (const module of modules) t.deepEqual(module, modules[0]);
});

test('symbols at fixed addresses serve instead of a definition', async (t) => {
  const { folder, files } = folderWith(t, 'x64', 'two_files');
  const main = files.filter((file) => !file.includes('util'));
  const missing = await link(folder, '--qstrs', 'q.h', '-o', 'o.mpy', ...main);
  t.is(missing.exitCode, 1);
  const names = [...missing.stderr.matchAll(/undefined symbol '(\w+)'/g)].map(([, name]) => name!);
  t.true(names.length > 0);
  writeFileSync(join(folder, 'rom.ld'), names.map((name) => `PROVIDE ( ${name} = 0x40001000 );\n`).join(''));
  const { stderr } = await link(folder, '--qstrs', 'q.h', '--externs', 'rom.ld', '-o', 'o.mpy', ...main);
  t.notRegex(stderr, /undefined symbol/);
});

test('architecture flags go into the header', async (t) => {
  const { folder, files, read } = folderWith(t, 'rv32imc', 'minimal');
  for (const flags of ['zba,zcmp', '3', '0x3', '0b11']) {
    const result = await link(folder, '--arch', 'rv32imc', '--arch-flags', flags, '-o', 'm.mpy', ...files);
    t.is(result.exitCode, 0, result.stderr);
    t.is(readMpy(read('m.mpy'), 'm.mpy').header.archFlags, 3);
  }
});

test('a level is an option, or MPY_OPTIMIZE of the environment, which make fills; options win', async (t) => {
  const { folder, files, read } = folderWith(t, 'armv7m', 'types');
  const made = async (env: NodeJS.ProcessEnv, ...words: string[]) => {
    const all = ['--arch', 'armv7m', '--qstrs', 'q.h', '-o', 'types.mpy', ...words, ...files];
    const { exitCode, stderr } = await runCli('mpy-ld', all, folder, env);
    t.is(exitCode, 0, stderr);
    return read('types.mpy');
  };
  const plain = await made({});
  const small = await made({}, '--small');
  t.true(small.length < plain.length);
  t.deepEqual(await made({}, '--optimize', 'size'), small);
  t.deepEqual(await made({ MPY_OPTIMIZE: 'size' }), small);
  t.deepEqual(await made({ MPY_OPTIMIZE: 'size' }, '--optimize=none'), plain);
  t.deepEqual(await made({ MPY_OPTIMIZE: '' }), plain);
  const { exitCode, stderr } = await runCli('mpy-ld', ['--arch', 'armv7m', ...files], folder, { MPY_OPTIMIZE: 'tiny' });
  t.is(exitCode, 2);
  t.regex(stderr, /--optimize is none or balanced or size or speed, not 'tiny'/);
});

test('options choose what makes the module smaller, and none of them is taken for a short form of another', async (t) => {
  const { folder, files, expected, read } = folderWith(t, 'x64', 'types');
  const rest = ['--qstrs', 'q.h', '-o', 'types.mpy', ...files];
  const sizeWith = async (...words: string[]) => {
    const result = await link(folder, ...words, ...rest);
    t.is(result.exitCode, 0, result.stderr);
    return read('types.mpy').length;
  };
  t.is(
    await sizeWith('--small', ...COMPACT_PASSES.map((p) => (p === 'icf' ? '--icf=none' : `--no-${p}`))),
    expected.length,
  );
  t.deepEqual(read('types.mpy'), expected);
  const small = await sizeWith('--small');
  const part = await sizeWith('--relax', '--merge-got');
  t.true(small < part && part < expected.length, `${small} < ${part} < ${expected.length}`);
  t.is(await sizeWith('--s', 'types.mpy', '--v'), expected.length);
  t.deepEqual(read('types.mpy'), expected);
});

test('what nothing refers to is left out and told when that is asked for', async (t) => {
  const folder = makeFolder(t);
  const text = (name: string) => ({ name, flags: TEXT_FLAGS, data: 8 });
  const object = makeObject(archByName('x64'), {
    sections: [text('.text.mpy_init'), text('.text.idle')],
    symbols: [
      { name: 'mpy_init', section: '.text.mpy_init' },
      { name: 'idle', section: '.text.idle' },
    ],
  });
  writeFileSync(join(folder, 'm.o'), object);
  const told = await link(folder, '--gc-sections', '--print-gc-sections', 'm.o');
  t.is(told.exitCode, 0, told.stderr);
  t.is(told.stderr, 'removed .text.idle size=8 of m.o\n');
  t.regex(told.stdout, /^text size: {4}8$/m);
  const all = await link(folder, '--print-gc-sections', 'm.o');
  t.is(all.stderr, '');
  t.regex(all.stdout, /^text size: {4}16$/m);
});

test('--preprocess makes the config header that the link reads', async (t) => {
  const folder = makeFolder(t);
  writeFileSync(
    join(folder, 'a.c'),
    '#include "a.h"\nint x = MP_QSTR_beta; /* MP_QSTR_no */ char *s = "MP_QSTR_no";\n',
  );
  writeFileSync(join(folder, 'a.h'), '#define Y MP_QSTR_alpha\n');
  writeFileSync(join(folder, 'b.py'), 'x = "MP_QSTR_no"\n# MP_QSTR_no\n');
  const result = await link(folder, '--arch', 'x64', '--preprocess', 'a.c', 'b.py');
  t.is(result.exitCode, 0, result.stderr);
  t.is(result.stdout, '');
  const header = readFileSync(join(folder, 'a.config.h'), 'utf8');
  t.deepEqual(
    [...header.matchAll(/^#define MP_QSTR_(\w+) \(mp_native_qstr_table\[(\d)\]\)$/gm)].map(
      ([, name, n]) => `${name} ${n}`,
    ),
    // Comments and strings count, as they do for mpy_ld.py.
    ['alpha 1', 'beta 2', 'no 3'],
  );
  t.is((await link(folder, '--preprocess', '-o', 'build/q.h', 'a.c')).exitCode, 0);
  t.is(readFileSync(join(folder, 'build', 'q.h'), 'utf8'), header);
});

test('a Python part that the rules of make would lose is refused, and one with a file of its own is not', async (t) => {
  const { folder, files } = folderWith(t, 'x64', 'minimal');
  mkdirSync(join(folder, 'sub'));
  for (const name of ['mod.py', 'other.py', 'sub/mod.py', 'mod.c']) writeFileSync(join(folder, name), '');
  mkdirSync(join(folder, 'build'));
  const linkTo = (output: string) => link(folder, '--qstrs', 'build/mod.config.h', '-o', output, ...files);
  const preprocess = (...sources: string[]) => link(folder, '--preprocess', '-o', 'build/mod.config.h', ...sources);
  t.is((await preprocess('mod.c', 'mod.py')).exitCode, 0);
  const { exitCode, stderr } = await linkTo('build/mod.mpy');
  t.is(exitCode, 1);
  t.regex(stderr, /mod\.py: it would be left out: .* the name of the native part, build\/mod\.mpy\n {2}rename it/);
  t.is((await linkTo('build/mod.native.mpy')).exitCode, 0);
  t.is((await preprocess('mod.c', 'other.py', 'sub/mod.py')).exitCode, 0);
  t.is((await linkTo('build/mod.mpy')).exitCode, 0);
});

test('an output is there as a whole or not at all', async (t) => {
  const { folder, files, expected, read } = folderWith(t, 'x64', 'minimal');
  writeFileSync(join(folder, 'minimal.mpy'), 'old');
  linkSync(join(folder, 'minimal.mpy'), join(folder, 'second name'));
  const before = readdirSync(folder);
  t.is((await link(folder, '-o', 'minimal.mpy', '--qstrs', 'q.h', 'q.h')).exitCode, 1);
  t.is(read('minimal.mpy').toString(), 'old');
  t.is((await link(folder, '-o', 'minimal.mpy', '--qstrs', 'q.h', ...files)).exitCode, 0);
  t.deepEqual(read('minimal.mpy'), expected);
  // The old file itself was not written to.
  t.is(read('second name').toString(), 'old');
  t.deepEqual(readdirSync(folder), before);
});

test('an output that is a symbolic link stays one', async (t) => {
  const { folder, files, expected, read } = folderWith(t, 'x64', 'minimal');
  writeFileSync(join(folder, 'real'), 'old');
  symlinkSync('real', join(folder, 'minimal.mpy'));
  t.is((await link(folder, '--qstrs', 'q.h', ...files)).exitCode, 0);
  t.true(lstatSync(join(folder, 'minimal.mpy')).isSymbolicLink());
  t.deepEqual(read('real'), expected);
});

const wrongLines: readonly (readonly [title: string, words: readonly string[], message: RegExp])[] = [
  ['no file', [], /usage: mpy-ld .*error: no file is named: .*C\+\+ needs natmod's rules/s],
  ['an unknown option', ['--frob', 'm.o'], /unknown option '--frob'/],
  ['an unknown architecture', ['--arch', 'z80', 'minimal.o'], /unknown architecture 'z80'\n {2}known are x86, x64/],
  ['unknown flags', ['--arch', 'rv32imc', '--arch-flags', 'zzz', 'minimal.o'], /flag 'zzz'.*zba/s],
  ['flags for an architecture without', ['--arch', 'x64', '--arch-flags', '1', 'minimal.o'], /x64 has no such flags/],
  ['an output that cannot be guessed', ['minimal.obj'], /does not end with \.o: name the file to write with -o/],
  ['an unsafe way to fold functions', ['--icf=all', 'minimal.o'], /--icf is safe or none, not 'all'/],
  ['an empty output', ['-o', '', 'minimal.o'], /--output is empty/],
];

for (const [title, words, message] of wrongLines) {
  test(`${title}: status 2 and what is wrong`, async (t) => {
    const { folder } = folderWith(t, 'x64', 'minimal');
    const result = await link(folder, ...words);
    t.is(result.exitCode, 2);
    t.regex(result.stderr, message);
    t.notRegex(result.stderr, /\n {4}at /);
    t.is(result.stdout, '');
  });
}

const wrongInput: readonly (readonly [title: string, words: readonly string[], message: RegExp])[] = [
  [
    'a missing object',
    ['a.o', 'b.o'],
    /error: a\.o: there is no such file\nmpy-ld: error: b\.o: there is no such file/,
  ],
  ['a folder as object', ['-o', 'x', '.'], /error: \.: this is a folder/],
  ['a missing config header', ['--qstrs', 'none.h', 'minimal.o'], /none\.h: there is no such file/],
  [
    'a missing file of symbols',
    ['-e', 'none.ld', 'minimal.o'],
    /none\.ld: x64: the file of fixed symbols cannot be read: there is no such file/,
  ],
  ['a missing library', ['-lsub/none.a', 'minimal.o'], /sub\/none\.a: .*not exist/],
  ['garbage as object', ['garbage.o'], /garbage\.o.*: /],
  ['an object for another CPU', ['--arch', 'armv7m', 'minimal.o'], /minimal\.o: .*x86-64.*armv7m/],
  ['an output below a file', ['-o', 'minimal.o/x.mpy', 'minimal.o'], /minimal\.o\/x\.mpy: cannot write: /],
  ['an output that is a folder', ['-o', 'sub', 'minimal.o'], /sub: cannot write: a folder is where the file must be/],
];

for (const [title, words, message] of wrongInput) {
  test(`${title}: status 1, the message, and its first line for scripts`, async (t) => {
    const { folder } = folderWith(t, 'x64', 'minimal');
    mkdirSync(join(folder, 'sub'));
    writeFileSync(join(folder, 'garbage.o'), 'this is no object at all, not even nearly so');
    const before = readdirSync(folder);
    const result = await link(folder, ...words);
    t.is(result.exitCode, 1);
    t.regex(result.stderr, message);
    t.notRegex(result.stderr, /\n {4}at /);
    const first = result.stderr.split('\n')[0]!.replace('mpy-ld: error: ', '');
    t.is(result.stdout, `LinkError: ${first}\n`);
    t.deepEqual(readdirSync(folder), before);
  });
}

test('a missing source: status 1 and no LinkError', async (t) => {
  const folder = makeFolder(t);
  const result = await link(folder, '--preprocess', 'none.c');
  t.is(result.exitCode, 1);
  t.is(result.stderr, 'mpy-ld: error: none.c: there is no such file\n');
  t.is(result.stdout, '');
});

test('--help goes to standard output with status 0', async (t) => {
  const result = await link(makeFolder(t), '--help');
  t.is(result.exitCode, 0);
  t.regex(result.stdout, /^usage: mpy-ld /);
  t.is(result.stderr, '');
});
