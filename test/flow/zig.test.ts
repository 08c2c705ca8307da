import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'ava';
import { archByName } from '../../natmod-rules/arch/index.ts';
import { asZigClang, compactFlagsFor, placeOfZig } from '../../natmod-rules/compile/index.ts';
import { findZig, zigAt } from '../../tasks/toolchain/zig.ts';
import { inFolder } from '../make/support/doors.ts';
import { testWith } from '../support/needs.ts';
import { moduleSource, withRig } from './support/rig.ts';

test('zig is known by its name, and all its names for a C compiler mean its clang', (t) => {
  t.is(placeOfZig(['/usr/bin/zig']), 0);
  t.is(placeOfZig(['ccache', 'C:\\tools\\zig.exe', 'cc']), 1);
  t.is(placeOfZig(['zig-0.16', 'cc']), 0);
  for (const words of [['gcc'], ['zigzag'], ['gcc', '-Wzig'], []]) t.is(placeOfZig(words), undefined, words.join(' '));
  for (const word of [[], ['cc'], ['c++'], ['clang']]) {
    t.deepEqual(asZigClang(['ccache', 'zig', ...word, '-O1']), ['ccache', 'zig', 'clang', '-O1']);
  }
  const flags = compactFlagsFor(archByName('armv7m'), ['zig', 'clang'], 'size');
  t.deepEqual(flags, ['-fno-pic', '-mno-movt', '-ffunction-sections', '-Oz']);
});

test("zig's program is found behind the scripts of npm and in stores where packages are links", (t) =>
  inFolder((dir) => {
    const store = join(dir, 'store', 'node_modules', '@zigc');
    const program = join(store, `${process.platform}-${process.arch}`, 'bin', 'zig');
    for (const file of [
      program,
      join(store, 'lib', 'std', 'std.zig'),
      join(store, 'cli', 'package.json'),
      join(store, 'cli', 'bin', 'zig'),
    ]) {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, '');
      chmodSync(file, 0o755);
    }
    const project = join(dir, 'project', 'node_modules');
    mkdirSync(join(project, '.bin'), { recursive: true });
    mkdirSync(join(project, '@zigc'));
    symlinkSync(join(store, 'cli'), join(project, '@zigc', 'cli'));
    symlinkSync(join(store, 'cli', 'bin', 'zig'), join(project, '.bin', 'zig'));
    const wanted = { program, lib: join(store, 'lib') };
    t.deepEqual(findZig(join(dir, 'project', 'deep', 'folder')), wanted);
    t.deepEqual(zigAt(join(project, '.bin', 'zig')), wanted);
    return Promise.resolve();
  }));

testWith(
  { zig: true, runtime: ['x64', 'armv6m'], tool: 'make', source: true },
  'examples pass with zig in both forms',
  (t) =>
    withRig(async (rig) => {
      // What needs a C++ compiler, run-time routines, a library for numbers, and MicroPython's own sources.
      const words = ['--cc', 'zig', '--arch', 'x64,armv6m', '--module', 'cplusplus,features2,random', '--out', rig.out];
      const small = await rig.gulp(['test', ...words]);
      t.is(small.status, 0, small.stdout + small.stderr);
      t.regex(small.stdout, /6 passed/);
      const plain = await rig.gulp(['test', ...words.map((word) => word.replace('cplusplus,', '')), '--no-optimize']);
      t.is(plain.status, 0, plain.stdout + plain.stderr);
      // Of the library only what is used: the whole has more than 100 KB.
      const size = /random_armv6m armv6m +text (\d+)/.exec(plain.stdout)?.[1];
      t.true(size !== undefined && Number(size) < 4000, plain.stdout);
    }),
);

testWith(
  { zig: true },
  'where there is no compiler zig is taken, and that is said; a CPU that it lacks is told how to be had',
  (t) =>
    withRig(async (rig) => {
      const config = "export default { name: 'mod', sources: ['mod.c'] };";
      const dir = rig.module('m', { 'natmod.config.mjs': config, 'mod.c': moduleSource() });
      // Nothing but Node, not even make.
      const bin = join(rig.dir, 'bin');
      mkdirSync(bin);
      symlinkSync(process.execPath, join(bin, 'node'));
      const built = await rig.natmod(['build', '--arch', 'armv7m,rv32imc', '--module', dir, '--out', rig.out], {
        PATH: bin,
      });
      t.is(built.status, 0, built.stdout + built.stderr);
      t.regex(built.stdout, /armv7m: no compiler on PATH, so zig's is used: .*zig/);
      t.deepEqual(
        rig.outputs().filter((path) => path.endsWith('/mod.mpy')),
        ['armv7m/mod.mpy', 'rv32imc/mod.mpy'],
      );
      const refused = await rig.natmod([
        'build',
        '--cc',
        'zig',
        '--arch',
        'xtensawin',
        '--module',
        dir,
        '--out',
        rig.out,
      ]);
      t.is(refused.status, 1);
      t.regex(refused.stderr, /zig does not compile for this CPU\n.*Espressif/);
      const listed = await rig.natmod(['list', '--dir', dir], { PATH: bin });
      t.regex(listed.stdout, /rv64imc +\S*zig clang +\(no other on PATH\)/);
    }),
);
