import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { archByName } from '../../natmod-rules/arch/index.ts';
import { mergeMpy, qstrOf, readMpy, writeMpy, writeNativeModule } from '../../natmod-rules/package/index.ts';
import { decodePrelude } from '../../natmod-rules/package/prelude.ts';
import { makeFolder, runCli } from './run-cli.ts';

/** A module that prints its number: `print(n)`. */
function pythonModule(name: string, number: number): Uint8Array {
  // LOAD_NAME print, a small integer, CALL_FUNCTION 1, POP_TOP, LOAD_CONST_NONE, RETURN_VALUE
  const code = Uint8Array.of(0x08, 0x02, 0x01, 0x11, 0x02, 0x80 + number, 0x34, 0x01, 0x59, 0x51, 0x63);
  const prelude = decodePrelude(code, (message) => {
    throw new Error(message);
  });
  return writeMpy({
    header: { version: 6, subVersion: 0, archNumber: 0, archFlags: 0, smallIntBits: 31 },
    qstrs: [qstrOf(name), qstrOf('<module>'), qstrOf('print')],
    objects: [],
    root: { kind: 'bytecode', code, prelude, children: [] },
  });
}

const nativeModule = writeNativeModule({
  arch: archByName('rv32imc'),
  archFlags: 1,
  sourceName: 'native.mpy',
  qstrs: ['own_name'],
  text: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
  rodata: new Uint8Array(0),
  bssSize: 8,
  relocations: [{ base: 'text', wordIndex: 1, kind: 8 }],
});

function folderWithModules(t: ExecutionContext): string {
  const folder = makeFolder(t);
  writeFileSync(join(folder, 'a.mpy'), pythonModule('a.py', 1));
  writeFileSync(join(folder, 'b b.mpy'), pythonModule('b.py', 2));
  writeFileSync(join(folder, 'native.mpy'), nativeModule);
  writeFileSync(join(folder, 'garbage.mpy'), 'M\u0006 this is none');
  return folder;
}

const tool = (folder: string, ...words: string[]) => runCli('mpy-tool', words, folder);

function merged(...names: string[]): Uint8Array {
  const all: Record<string, Uint8Array> = {
    'a.mpy': pythonModule('a.py', 1),
    'b b.mpy': pythonModule('b.py', 2),
    'native.mpy': nativeModule,
  };
  return mergeMpy(names.map((name) => ({ name, bytes: all[name]! })));
}

test('files are merged in their order into the file that -o names', async (t) => {
  const folder = folderWithModules(t);
  const result = await tool(folder, '--merge', '-o', 'out/m.mpy', 'a.mpy', 'native.mpy', 'b b.mpy');
  t.deepEqual(result, { exitCode: 0, stdout: '', stderr: '' });
  t.deepEqual(new Uint8Array(readFileSync(join(folder, 'out', 'm.mpy'))), merged('a.mpy', 'native.mpy', 'b b.mpy'));
});

test('one file is copied as it is', async (t) => {
  const folder = folderWithModules(t);
  t.is((await tool(folder, '--merge', '-om.mpy', 'native.mpy')).exitCode, 0);
  t.deepEqual(new Uint8Array(readFileSync(join(folder, 'm.mpy'))), nativeModule);
});

for (const words of [['--merge'], ['--merge', '-o', '-']]) {
  test(`${words.join(' ')} writes to standard output`, async (t) => {
    const folder = folderWithModules(t);
    const { exitCode, stdout } = await tool(folder, ...words, 'a.mpy', 'b b.mpy');
    t.is(exitCode, 0);
    // The bytes of these modules with the highest bit set do not survive as text; the rest does.
    t.is(stdout, Buffer.from(merged('a.mpy', 'b b.mpy')).toString('utf8'));
    t.false(existsSync(join(folder, '-')));
  });
}

test('-march-flags sets the flags of a merged native module, and nothing else changes', async (t) => {
  const folder = folderWithModules(t);
  const result = await tool(folder, '--merge', '-march-flags', '2', '-o', 'm.mpy', 'native.mpy', 'a.mpy');
  t.is(result.exitCode, 0, result.stderr);
  const mpy = readMpy(readFileSync(join(folder, 'm.mpy')), 'm.mpy');
  t.is(mpy.header.archFlags, 2);
  t.deepEqual(writeMpy({ ...mpy, header: { ...mpy.header, archFlags: 1 } }), merged('native.mpy', 'a.mpy'));
  const python = await tool(folder, '--merge', '-march-flags=2', '-o', 'm.mpy', 'a.mpy', 'b b.mpy');
  t.is(python.exitCode, 1);
  t.regex(python.stderr, /native code/);
});

test('-d shows what is in each file, with bytecode', async (t) => {
  const folder = folderWithModules(t);
  const { exitCode, stdout, stderr } = await tool(folder, '-d', 'a.mpy', 'native.mpy');
  t.is(exitCode, 0, stderr);
  t.regex(stdout, /^file {6}a\.mpy\n/);
  t.regex(
    stdout,
    /LOAD_NAME "print"\n.*LOAD_CONST_SMALL_INT 1\n.*CALL_FUNCTION 1\n.*POP_TOP\n.*LOAD_CONST_NONE\n.*RETURN_VALUE/,
  );
  t.regex(stdout, /\n\nfile {6}native\.mpy\n/);
  t.regex(stdout, /rv32imc/);
  t.regex(stdout, /own_name/);
  t.regex(stdout, /text\+0x0004 {2}mp_fun_table/);
});

test('-x shows every byte, and where the pieces start', async (t) => {
  const folder = folderWithModules(t);
  const { exitCode, stdout, stderr } = await tool(folder, '-x', 'native.mpy');
  t.is(exitCode, 0, stderr);
  const rows = stdout.trimEnd().split('\n');
  const digits = rows.map((row) => row.slice(10, 49).replaceAll(' ', '')).join('');
  t.is(digits, Buffer.from(nativeModule).toString('hex'));
  t.regex(rows[0]!, /^00000000: 4d06 .* {2}header, qstr 0 native\.mpy/);
  t.regex(stdout, /machine code/);
});

test('without an action the files are only checked', async (t) => {
  const folder = folderWithModules(t);
  t.deepEqual(await tool(folder, 'a.mpy', 'native.mpy'), { exitCode: 0, stdout: '', stderr: '' });
  const bad = await tool(folder, 'a.mpy', 'garbage.mpy');
  t.is(bad.exitCode, 1);
  t.regex(bad.stderr, /^mpy-tool: error: garbage\.mpy/);
});

test('options of freezing are taken where they change nothing', async (t) => {
  const folder = folderWithModules(t);
  const words = ['-mlongint-impl=none', '-mmpz-dig-size', '16', '-q', 'none.h', '--merge', '-o', 'm.mpy', 'a.mpy'];
  t.is((await tool(folder, ...words)).exitCode, 0);
});

const wrong: readonly (readonly [words: readonly string[], status: number, message: RegExp])[] = [
  [['--merge', '-o', 'm.mpy'], 2, /no file is named/],
  [['-f', 'a.mpy'], 2, /freezing belongs to the firmware's build/],
  [['--freeze', '-q', 'x.h', '-mlongint-impl=mpz', 'a.mpy'], 2, /freezing belongs to the firmware's build/],
  [['-j', '-d', 'a.mpy'], 2, /--json is not offered here/],
  [['--extract=base', 'a.mpy'], 2, /--extract is not offered here/],
  [['-mlongint-impl', 'big', 'a.mpy'], 2, /none, longlong or mpz/],
  [['-mmpz-dig-size', 'x', 'a.mpy'], 2, /must be a number/],
  [['-d', '--merge', 'a.mpy'], 2, /cannot both go to standard output/],
  [['--merge', '-o', 'm.mpy', 'a.mpy', 'none.mpy'], 1, /none\.mpy: there is no such file/],
  [['--merge', '-o', 'm.mpy', 'native.mpy', 'native.mpy'], 1, /two parts have machine code/],
  [['--merge', '-o', 'sub', 'a.mpy', 'b b.mpy'], 1, /sub: cannot write/],
  [['-d', 'garbage.mpy'], 1, /garbage\.mpy/],
  [['-x', 'sub'], 1, /sub: this is a folder/],
];

for (const [words, status, message] of wrong) {
  test(`${words.join(' ')}: status ${status} and what is wrong`, async (t) => {
    const folder = folderWithModules(t);
    mkdirSync(join(folder, 'sub'));
    const result = await tool(folder, ...words);
    t.is(result.exitCode, status);
    t.regex(result.stderr, message);
    t.notRegex(result.stderr, /\n {4}at /);
    t.is(result.stdout, '');
    t.false(existsSync(join(folder, 'm.mpy')));
  });
}

test('flags of an architecture are for files that have code of one', async (t) => {
  const result = await tool(folderWithModules(t), '--merge', '-march-flags', '1', '-o', 'm.mpy', 'a.mpy', 'b b.mpy');
  t.is(result.exitCode, 1);
  t.regex(result.stderr, /-march-flags is for native code, and no file has any/);
});
