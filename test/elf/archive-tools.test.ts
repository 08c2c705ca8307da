/** Real archives: those that ar writes in all its flavours, and the libraries of the compilers here. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { archByName } from '../../natmod-rules/arch/index.ts';
import { type Archive, isArchive, readArchive } from '../../natmod-rules/elf/archive.ts';
import { isLinkerScript, readLibraryScript } from '../../natmod-rules/elf/linker-script.ts';
import { definedSymbols } from '../../natmod-rules/elf/object.ts';
import { archesWithCompiler, findCompiler, testWith } from '../support/needs.ts';

const NATIVE = 'x64';
/** One architecture for each compiler, and both of the float conventions of ARM. */
const COMPILERS = archesWithCompiler(['x64', 'x86', 'armv6m', 'armv7emdp', 'xtensa', 'rv32imc', 'rv64imc']);

function run(folder: string, command: string, ...args: readonly string[]): string {
  return execFileSync(command, args, {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

function binutil(compiler: string, name: string): string {
  const tool = join(dirname(compiler), compiler.slice(dirname(compiler).length + 1).replace(/(gcc|clang)[^-]*$/, name));
  return existsSync(tool) ? tool : name;
}

function open(folder: string, name: string): Archive {
  return readArchive(readFileSync(join(folder, name)), name, {
    loadMember: (path) => readFileSync(isAbsolute(path) ? path : join(folder, dirname(name), path)),
    definedSymbols,
  });
}

/** `symbol in member` lines of `nm -s`, which prints the index. */
function indexByNm(folder: string, nm: string, file: string): string[] {
  const text = run(folder, nm, '-s', file);
  const start = text.indexOf('Archive index:\n');
  if (start < 0) return [];
  return text.slice(start + 15, text.indexOf('\n\n', start)).split('\n');
}

function checkAgainstTools(t: ExecutionContext, folder: string, lib: Archive, ar: string, nm: string): void {
  const listed = run(folder, ar, 't', lib.file).split('\n').slice(0, -1);
  const names = lib.members.map((member) => member.name);
  t.deepEqual(lib.thin ? names.length : names, lib.thin ? listed.length : listed, lib.file);
  const seen = new Map<string, string>();
  for (const line of indexByNm(folder, nm, lib.file)) {
    const [symbol, member] = line.split(' in ') as [string, string];
    if (!seen.has(symbol)) seen.set(symbol, member);
  }
  t.deepEqual([...lib.symbols()], [...seen.keys()], lib.file);
  for (const [symbol, name] of seen) {
    const member = lib.definitions(symbol)!;
    if (member.name !== name && !lib.thin) t.fail(`${lib.file}: ${symbol} is in ${name}, not in ${member.name}`);
  }
}

function inFolder(work: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'natmod-archive-'));
  try {
    work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Objects a.o, sub/a.o (another of that name), and one of a long name. */
function compile(folder: string, compiler: string): readonly string[] {
  mkdirSync(join(folder, 'sub'));
  const objects = { 'a.o': 'f', 'sub/a.o': 'g', 'a_name_longer_than_sixteen.o': 'h' };
  for (const [object, symbol] of Object.entries(objects)) {
    writeFileSync(
      join(folder, 'x.c'),
      `int ${symbol}(void) { return 1; } int ${symbol}_data = 2; static int hidden; int *p_${symbol}(void) { return &hidden; }`,
    );
    run(folder, compiler, '-c', 'x.c', '-o', object);
  }
  return Object.keys(objects);
}

for (const arch of COMPILERS) {
  testWith({ compiler: arch }, `archives of ${arch}'s ar read as ar and nm read them`, (t) => {
    const compiler = findCompiler(arch)!;
    const ar = binutil(compiler, 'ar');
    const nm = binutil(compiler, 'nm');
    inFolder((folder) => {
      const objects = compile(folder, compiler);
      run(folder, ar, 'qcs', 'plain.a', ...objects);
      run(folder, ar, 'qcS', 'noindex.a', ...objects);
      run(folder, ar, 'rcsT', 'thin.a', ...objects);
      run(folder, ar, 'rcsT', 'sub/outer.a', 'plain.a');
      for (const name of ['plain.a', 'thin.a', 'sub/outer.a']) checkAgainstTools(t, folder, open(folder, name), ar, nm);
      const plain = open(folder, 'plain.a');
      const noIndex = open(folder, 'noindex.a');
      t.true(plain.hasIndex);
      t.false(noIndex.hasIndex);
      t.deepEqual([...noIndex.symbols()].sort(), [...plain.symbols()].sort());
      for (const lib of [plain, noIndex, open(folder, 'thin.a'), open(folder, 'sub/outer.a')]) {
        t.deepEqual(Buffer.from(lib.definitions('g')!.data()), readFileSync(join(folder, 'sub/a.o')), lib.file);
        t.not(lib.definitions('f')!.offset, lib.definitions('g')!.offset);
      }
    });
  });

  testWith({ compiler: arch }, `the runtime libraries of ${arch}'s compiler read as ar and nm read them`, (t) => {
    const compiler = findCompiler(arch)!;
    const flags = archByName(arch).flags;
    const asked = ['-print-libgcc-file-name', '-print-file-name=libm.a', '-print-file-name=libc.a'];
    const files = asked
      .map((question) => run('.', compiler, ...flags, question).trim())
      .filter((file) => existsSync(file));
    t.true(files.length > 0);
    for (const file of files.flatMap(followScript)) {
      checkAgainstTools(
        t,
        '.',
        readArchive(readFileSync(file), file),
        binutil(compiler, 'ar'),
        binutil(compiler, 'nm'),
      );
    }
  });
}

/** The archives of a library that is a linker script; the library itself otherwise. */
function followScript(file: string): string[] {
  const bytes = readFileSync(realpathSync(file));
  if (isArchive(bytes) || !isLinkerScript(bytes)) return [file];
  const { inputs } = readLibraryScript(bytes.toString(), file);
  return inputs.map(({ path }) => path as string).filter((path) => path.endsWith('.a'));
}

testWith({ compiler: NATIVE, tool: 'llvm-ar' }, 'archives in BSD form by llvm-ar read the same', (t) => {
  inFolder((folder) => {
    const objects = compile(folder, findCompiler(NATIVE)!);
    for (const format of ['bsd', 'darwin', 'gnu']) {
      run(folder, 'llvm-ar', `--format=${format}`, 'qcs', `${format}.a`, ...objects);
      const lib = open(folder, `${format}.a`);
      t.true(lib.hasIndex);
      t.deepEqual(
        lib.members.map((member) => member.name),
        ['a.o', 'a.o', 'a_name_longer_than_sixteen.o'],
      );
      const data = lib.definitions('g')!.data();
      t.deepEqual(definedSymbols(data, 'a.o').sort(), ['g', 'g_data', 'p_g']);
    }
  });
});
