import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { testWith } from '../support/needs.ts';
import { makefile, moduleSource, withRig } from './support/rig.ts';

const needsArm = { compiler: 'armv7m', tool: 'make' } as const;
const files = { Makefile: makefile('SRC = mod.c'), 'mod.c': moduleSource() };

test('gulp --tasks shows the tasks with their options, and nothing on standard error', (t) =>
  withRig(async (rig) => {
    const run = await rig.gulp(['--tasks']);
    t.is(run.status, 0);
    t.is(run.stderr, '');
    for (const text of ['build', 'clean', 'list', 'inspect', '--arch NAME,...'])
      t.true(run.stdout.includes(text), text);
  }));

test('gulp --help shows our options with those of gulp, with or without a task', (t) =>
  withRig(async (rig) => {
    for (const args of [['--help'], ['build', '--help']]) {
      const run = await rig.gulp(args);
      t.is(run.status, 0);
      t.regex(run.stdout, /--mpy-dir DIR/);
      t.regex(run.stdout, /--gulpfile/);
    }
  }));

test('gulp list shows modules, architectures and where compilers are, also behind an option', (t) =>
  withRig(async (rig) => {
    for (const args of [['list'], ['--verbose', 'list']]) {
      const run = await rig.gulp(args);
      t.is(run.status, 0, run.stderr);
      t.regex(run.stdout, /features0 +\/.*examples.features0/);
      t.regex(run.stdout, /rv64imc +(\/|no compiler)/);
      t.notRegex(run.stdout, /built/);
    }
  }));

test('a word behind an option that is no task is told', (t) =>
  withRig(async (rig) => {
    const run = await rig.gulp(['--verbose', 'biuld']);
    t.is(run.status, 1);
    t.regex(run.stderr, /there is no task 'biuld'/);
  }));

testWith(needsArm, 'ARCH=NAME alone builds', (t) =>
  withRig(async (rig) => {
    const run = await rig.gulp(['ARCH=armv7m', `--module=${rig.module('m', files)}`, `--out=${rig.out}`]);
    t.is(run.status, 0, run.stderr);
    t.true(rig.outputs().includes('armv7m/mod.mpy'));
    t.notRegex(run.stdout, /'ARCH=armv7m'/);
  }),
);

testWith(needsArm, 'clean and build run in the order they are given', (t) =>
  withRig(async (rig) => {
    const module = rig.module('m', files);
    const run = await rig.gulp(['clean', 'build', '--arch', 'armv7m', `--module=${module}`, `--out=${rig.out}`]);
    t.is(run.status, 0, run.stderr);
    t.true(rig.outputs().includes('armv7m/mod.mpy'));
    t.true(run.stdout.indexOf("Finished 'clean'") < run.stdout.indexOf("Starting 'build'"));
  }),
);

testWith(needsArm, 'clean removes what was built and nothing else', (t) =>
  withRig(async (rig) => {
    t.is((await rig.build(rig.module('m', files))).status, 0);
    mkdirSync(join(rig.out, 'armv7m/mine'));
    writeFileSync(join(rig.out, 'armv7m/mine/notes.txt'), '');
    writeFileSync(join(rig.out, 'armv7m/other.mpy'), '');
    t.is((await rig.gulp(['clean', '--out', rig.out])).status, 0);
    t.deepEqual(rig.outputs(), ['armv7m/mine/notes.txt', 'armv7m/other.mpy']);
  }),
);

testWith(needsArm, 'verbose prints command lines that a shell understands', (t) =>
  withRig(async (rig) => {
    const module = rig.module('m', files);
    const long = await rig.build(module, 'V=1', '--no-cache');
    t.regex(long.stdout, /arm-none-eabi-gcc .*'-DMP_CONFIGFILE=<.*mod\.config\.h>' .*-c mod\.c/);
    const short = await rig.build(module);
    t.notRegex(short.stdout, /MP_CONFIGFILE/);
  }),
);

testWith(needsArm, 'inspect shows a module, and says what is wrong with a file that is none', (t) =>
  withRig(async (rig) => {
    t.is((await rig.build(rig.module('m', files))).status, 0);
    const run = await rig.gulp(['inspect', 'out put/armv7m/mod.mpy']);
    t.is(run.status, 0, run.stderr);
    t.regex(run.stdout, /armv7m/);
    const wrong = await rig.gulp(['inspect', 'm/mod.c']);
    t.is(wrong.status, 1);
    t.regex(wrong.stderr, /m\/mod\.c.*not a \.mpy file/);
    const missing = await rig.gulp(['inspect', 'no.mpy']);
    t.is(missing.status, 1);
    t.regex(missing.stderr, /no\.mpy: there is no such file/);
    t.is((await rig.gulp(['inspect'])).status, 1);
  }),
);

test('options that Node has, too, are ours to gulp, and those that only Node has are its own', (t) =>
  withRig(async (rig) => {
    const trace = join(rig.dir, 'trace.json');
    const module = ['--arch', 'armv7m', '--module', 'none-of-this-name'];
    for (const words of [['--log', 'json'], ['--log=json'], ['--max-old-space-size=1000', '--log', 'json']]) {
      const { status, stdout, stderr } = await rig.gulp([...words, 'build', ...module]);
      t.is(status, 1, stdout);
      t.is(/Respawned/.test(stdout), words.length === 3);
      t.regex(stdout, /^\{"time":.*'none-of-this-name'/m, stderr);
      t.true(stdout.length < 5000);
    }
    const { status, stderr } = await rig.gulp(['clean', '--trace', trace]);
    t.is(status, 1);
    t.regex(stderr, /--trace is no option of clean/);
  }));
