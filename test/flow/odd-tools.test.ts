/** Compilers and places that do not behave: one message each, no stack, no waiting, nothing left behind. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { makeFolders } from '../../tasks/bootstrap/make-folders.cjs';
import { projectDir } from '../../tasks/system/project.ts';
import { inFolder, natmod, plainEnvironment, runNatmod, writeFiles } from '../make/support/doors.ts';
import { findCompiler, testWith } from '../support/needs.ts';
import { makefile, moduleSource } from './support/rig.ts';

const needed = { compiler: 'x64', tool: ['make', 'mkfifo'] } as const;

/** A compiler that compiles nothing named mod.c but does what `act` says, with the object's name in `$out`. */
const compilerScript = (act: string) => `#!/bin/sh
for word; do
  [ "$before" = -o ] && out=$word
  before=$word
done
case "$before" in *mod.c) ${act} ;; esac
exec ${findCompiler('x64')} "$@"
`;

const odd: readonly (readonly [title: string, act: string, message: RegExp])[] = [
  ['makes no object', 'exit 0', /mod\.c: the compiler tells of no error, and made no object/],
  ['makes a folder', 'mkdir "$out"; exit 0', /mod\.c: the compiler tells of no error, and made no object/],
  ['makes a pipe', 'mkfifo "$out"; exit 0', /mod\.c: the compiler tells of no error, and made no object/],
  [
    'starts another that never stops printing',
    'yes; exit 0',
    /mod\.c: the compiler was ended, because it printed more than 64 MiB/,
  ],
];

function noStack(t: ExecutionContext, text: string): void {
  t.notRegex(text, /^\s+at .*:\d+:\d+/m, text.slice(0, 2000));
}

for (const [title, act, message] of odd) {
  testWith(needed, `a compiler that ${title}`, (t) =>
    inFolder(async (dir) => {
      writeFiles(dir, { Makefile: makefile('SRC = mod.c'), 'mod.c': moduleSource() });
      writeFileSync(join(dir, 'cc'), compilerScript(act), { mode: 0o755 });
      const { exitCode, stderr } = await runNatmod(dir, ['build', '--arch', 'x64', '--cc', './cc', '--no-cache']);
      t.is(exitCode, 1, stderr.slice(0, 2000));
      t.regex(stderr.slice(-2000), message);
      t.true(stderr.length < 2 * 1024 * 1024);
      noStack(t, stderr);
      t.deepEqual(readdirSync(dir).sort(), ['Makefile', 'build-x64', 'cc', 'mod.c']);
      t.deepEqual(
        readdirSync(join(dir, 'build-x64')).filter((name) => /\.tmp|\.o$/.test(name)),
        [],
      );
    }),
  );
}

testWith({ ...needed, tool: 'make' }, 'a flag by which a compiler makes no object', (t) =>
  inFolder(async (dir) => {
    writeFiles(dir, { Makefile: makefile('SRC = mod.c\nCFLAGS += $(OTHER)'), 'mod.c': moduleSource() });
    // Of the second it makes assembly, which has the object's name.
    for (const flag of ['-fsyntax-only', '-S']) {
      const { exitCode, stderr } = await runNatmod(dir, ['build', '--arch', 'x64', '--no-cache', `OTHER=${flag}`]);
      t.is(exitCode, 1);
      t.true(stderr.includes(`mod.c: with ${flag} a compiler makes no object\n  remove ${flag} from CFLAGS`), stderr);
      noStack(t, stderr);
    }
  }),
);

testWith({ ...needed, tool: 'make' }, 'a mpy-cross that makes no file', (t) =>
  inFolder(async (dir) => {
    writeFiles(dir, { Makefile: makefile('SRC = part.py'), 'part.py': 'x = 1\n' });
    const { exitCode, stderr } = await runNatmod(dir, ['build', '--arch', 'x64'], { MPY_CROSS: 'true' });
    t.is(exitCode, 1);
    t.regex(stderr, /part\.py: mpy-cross tells of no error, and made no file/);
    noStack(t, stderr);
  }),
);

testWith(needed, 'a source that is a pipe', (t) =>
  inFolder(async (dir) => {
    writeFiles(dir, { Makefile: makefile('SRC = mod.c') });
    const made = spawn('mkfifo', [join(dir, 'mod.c')]);
    await new Promise((resolve) => made.on('close', resolve));
    const { exitCode, stderr } = await runNatmod(dir, ['build', '--arch', 'x64']);
    t.is(exitCode, 1);
    t.regex(stderr, /source 'mod\.c' is no regular file/);
  }),
);

testWith({ compiler: ['x64', 'armv7m'], tool: 'make' }, 'a reader that goes away stops no build', (t) =>
  inFolder(async (dir) => {
    for (const name of ['one', 'two', 'three']) {
      const files = { Makefile: makefile(`MOD = ${name}\nSRC = mod.c`), 'mod.c': moduleSource() };
      writeFiles(join(dir, name), files);
    }
    const words = [natmod, 'build', '--arch', 'x64,armv7m'];
    const child = spawn(process.execPath, words, {
      cwd: dir,
      env: plainEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.once('data', () => child.stdout.destroy());
    let errors = '';
    child.stderr.on('data', (chunk) => {
      errors += chunk;
    });
    const status = await new Promise((resolve) => child.on('close', resolve));
    t.is(status, 0, errors);
    t.is(errors, '');
    for (const name of ['one', 'two', 'three']) t.true(existsSync(join(dir, name, 'build-armv7m', `${name}.mpy`)));
  }),
);

test('folders are made with those above them, and a place that takes none is told at once', async (t) => {
  await inFolder(async (dir) => {
    makeFolders(join(dir, 'a', 'b', 'c'));
    makeFolders(join(dir, 'a', 'b', 'c'));
    t.true(existsSync(join(dir, 'a', 'b', 'c')));
    writeFileSync(join(dir, 'file'), '');
    t.throws(() => makeFolders(join(dir, 'file')), { code: 'EEXIST' });
    t.throws(() => makeFolders(join(dir, 'file', 'x', 'y')), { code: 'ENOTDIR' });
    rmSync(join(dir, 'file'));
  });
  if (!existsSync('/proc/self')) return t.pass();
  t.throws(() => makeFolders('/proc/no/such/folder'), { code: 'ENOENT' });
});

testWith({ compiler: 'x64', tool: 'make' }, 'an output folder and a cache where nothing can be made', async (t) => {
  if (!existsSync('/proc/self')) return t.pass();
  return inFolder(async (dir) => {
    writeFiles(dir, { Makefile: makefile('SRC = mod.c'), 'mod.c': moduleSource() });
    const out = await runNatmod(dir, ['build', '--arch', 'x64', '--out', '/proc/out']);
    t.is(out.exitCode, 1, out.stderr);
    t.regex(out.stderr, /cannot write: this file system takes no new files there/);
    noStack(t, out.stderr);
    mkdirSync(join(dir, 'home'));
    const cache = await runNatmod(dir, ['build', '--arch', 'x64'], { NATMOD_CACHE: '/proc/cache', HOME: '/proc/home' });
    t.is(cache.exitCode, 0, cache.stderr);
  });
});

test('no folder is made by Node alone, which can try for ever', (t) => {
  const sources = (folder: string): string[] =>
    readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? sources(join(folder, entry.name)) : [join(folder, entry.name)],
    );
  const own = sources(join(projectDir, 'tasks')).filter((path) => /\.(ts|mjs)$/.test(path) && !/bench/.test(path));
  t.true(own.length > 100);
  const found = own.filter((path) => /\bmkdir(Sync)?\([^;]*recursive: true/.test(readFileSync(path, 'utf8')));
  t.deepEqual(found, []);
});
