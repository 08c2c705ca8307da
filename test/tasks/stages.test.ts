import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import test, { type ExecutionContext } from 'ava';
import gulp from 'gulp';
import PluginError from 'plugin-error';
import Vinyl from 'vinyl';
import { ARCHES } from '../../natmod-rules/arch/index.ts';
import { defaultFlags, splitWords } from '../../natmod-rules/compile/index.ts';
import { readMpy } from '../../natmod-rules/package/index.ts';
import type { ProblemCode } from '../../natmod-rules/problem.ts';
import { compile, link, mpyCross, pack, preprocess, save } from '../../tasks/index.ts';
import { probeModule } from '../../tasks/make/probe.ts';
import { moduleIn } from '../../tasks/modules/find.ts';
import { parseOptions } from '../../tasks/options/options.ts';
import { problemsOf } from '../../tasks/stages/stage.ts';
import { examplesDir, sdkDir } from '../../tasks/system/project.ts';
import { moduleSource } from '../flow/support/rig.ts';
import { testWith } from '../support/needs.ts';

const needsArm = { compiler: 'armv7m' } as const;
const allStages = () => {
  const shared = { arch: 'armv7m', buildDir: join(tmpdir(), 'never-written') };
  return [
    preprocess({ name: 'm' }),
    mpyCross(shared),
    compile(shared),
    link({ arch: 'armv7m', name: 'm', qstrs: [] }),
    pack({ name: 'm' }),
  ];
};

async function run(files: readonly unknown[], ...stages: NodeJS.ReadWriteStream[]): Promise<Vinyl[]> {
  const out: Vinyl[] = [];
  const sink = new Writable({
    objectMode: true,
    write(file, _encoding, done) {
      out.push(file);
      done();
    },
  });
  await pipeline([Readable.from(files), ...stages, sink]);
  return out;
}

/** A PluginError is no native error, so it has to be let in as any value. */
async function rejection(t: ExecutionContext, promise: Promise<unknown>): Promise<Error | undefined> {
  return (await t.throwsAsync(promise, { any: true })) as Error | undefined;
}

async function refused(
  t: ExecutionContext,
  code: ProblemCode,
  files: readonly unknown[],
  ...stages: NodeJS.ReadWriteStream[]
) {
  const error = await rejection(t, run(files, ...stages));
  t.true(error instanceof PluginError);
  t.false((error as PluginError).showStack);
  t.is(problemsOf(error)?.[0]?.code, code, error?.message);
  t.notRegex(String(error), /\n\s+at /);
}

function inFolder(body: (dir: string) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'natmod-stages-'));
  return body(dir).finally(() => rmSync(dir, { recursive: true, force: true }));
}

const fixture = (path: string) => readFileSync(new URL(`../fixtures/link/${path}`, import.meta.url));
const fileOf = (name: string, contents: Buffer | string) =>
  new Vinyl({ path: `/x/${name}`, base: '/x', contents: Buffer.from(contents) });

test('files without contents pass every stage', async (t) => {
  const folder = new Vinyl({ path: '/x/folder', contents: null });
  for (const each of allStages()) t.true((await run([folder], each)).includes(folder));
});

test('streaming contents are refused by every stage', async (t) => {
  for (const each of allStages()) {
    await refused(t, 'stream-contents', [new Vinyl({ path: '/x/a.c', contents: new PassThrough() })], each);
  }
});

test('garbage, cut and foreign objects are refused', async (t) => {
  const good = fixture('armv7m/minimal/minimal.o');
  const stage = () => link({ arch: 'armv7m', name: 'm', qstrs: [] });
  t.is((await run([fileOf('a.o', good)], stage())).length, 1);
  const codes: unknown[] = [];
  for (const bytes of [Buffer.from('garbage'), good.subarray(0, 100), fixture('x64/minimal/minimal.o')]) {
    const error = await rejection(t, run([fileOf('a.o', bytes)], stage()));
    t.true(error instanceof PluginError);
    t.regex(error?.message ?? '', /a\.o/);
    codes.push(problemsOf(error)?.[0]?.code);
  }
  t.false(codes.includes(undefined));
});

test('parts of another version and two native parts are refused', async (t) => {
  const native = fixture('armv7m/minimal/minimal.mpy');
  const old = Buffer.from(native);
  old[1] = 5;
  await refused(t, 'mpy-version', [fileOf('a.mpy', native), fileOf('b.mpy', old)], pack({ name: 'm' }));
  await refused(t, 'mpy-two-native', [fileOf('a.mpy', native), fileOf('b.mpy', native)], pack({ name: 'm' }));
});

test('Python with machine code of another ABI is refused with an explanation', (t) =>
  inFolder(async (dir) => {
    const source = '@micropython.native\ndef f():\n    return 1\n';
    const file = new Vinyl({ cwd: dir, base: dir, path: join(dir, 'a.py'), contents: Buffer.from(source) });
    const error = await rejection(t, run([file], mpyCross({ arch: 'armv7m', buildDir: dir, cwd: dir })));
    t.is(problemsOf(error)?.[0]?.code, 'mpy-sub-version');
    t.regex(error?.message ?? '', /MPY_CROSS/);
  }));

test('a stage whose predecessor is missing says which', async (t) => {
  const object = fixture('armv7m/minimal/minimal.o');
  const linkStage = () => link({ arch: 'armv7m', name: 'm' });
  const compileStage = () => compile({ arch: 'armv7m', buildDir: join(tmpdir(), 'never-written') });
  const source = fileOf('a.c', 'int a;');
  const cases: [Vinyl, NodeJS.ReadWriteStream, RegExp][] = [
    [source, compileStage(), /^compile\(\) got the source a\.c .*preprocess\(\) is not before it/],
    [fileOf('a.o', object), linkStage(), /^link\(\) got a\.o .*preprocess\(\) is not before it/],
    [source, linkStage(), /^link\(\) got the source a\.c, and compile\(\) is not before it/],
    [fileOf('a.o', object), pack({ name: 'm' }), /^pack\(\) got the object a\.o, and link\(\) is not before it/],
    [source, pack({ name: 'm' }), /compile\(\) is not before it/],
    [fileOf('a.py', ''), pack({ name: 'm' }), /mpyCross\(\) is not before it/],
  ];
  for (const [file, stage, message] of cases) {
    const error = await rejection(t, run([file], stage));
    t.is(problemsOf(error)?.[0]?.code, 'missing-stage');
    t.regex(error?.message ?? '', message);
  }
});

testWith(needsArm, "the stages make a module in anybody's gulpfile", (t) =>
  inFolder(async (dir) => {
    writeFileSync(join(dir, 'mod.c'), moduleSource());
    writeFileSync(join(dir, 'part.py'), 'x = 1\n');
    const buildDir = join(dir, 'build');
    await pipeline(
      gulp.src(['mod.c', 'part.py'], { cwd: dir, encoding: false }),
      preprocess({ name: 'mod' }),
      mpyCross({ arch: 'armv7m', buildDir, cwd: dir }),
      compile({ arch: 'armv7m', buildDir, cwd: dir }),
      link({ arch: 'armv7m', name: 'mod' }),
      pack({ name: 'mod' }),
      save(join(dir, 'dist')),
    );
    t.is(readMpy(readFileSync(join(dir, 'dist/mod.mpy')), 'mod.mpy').header.archNumber, 5);
  }),
);

testWith(needsArm, 'a source that an earlier stage changed is compiled as changed, beside its headers', (t) =>
  inFolder(async (dir) => {
    writeFileSync(join(dir, 'mod.c'), 'int not_this[-1];\n');
    writeFileSync(join(dir, 'near.h'), '#define NEAR 1\n');
    const contents = Buffer.from(moduleSource('mp_obj_new_int(NEAR)', '#include "near.h"'));
    const file = new Vinyl({ cwd: dir, base: dir, path: join(dir, 'mod.c'), contents });
    const buildDir = join(dir, 'build');
    const made = await run(
      [file],
      preprocess({ name: 'mod' }),
      compile({ arch: 'armv7m', buildDir, cwd: dir }),
      link({ arch: 'armv7m', name: 'mod' }),
    );
    t.deepEqual(
      made.map((each) => each.relative),
      ['mod.native.mpy'],
    );
  }),
);

testWith(needsArm, 'objects keep the order of the sources, however long each takes', (t) =>
  inFolder(async (dir) => {
    const long = Array.from({ length: 400 }, (_, i) => `int f${i}(int x) { return x * ${i + 3} / 7; }`).join('\n');
    const files = ['long.c', 'b.c', 'c.c', 'd.c'].map((name, i) => {
      const contents = Buffer.from(i === 0 ? long : `int ${name[0]}(void) { return 1; }\n`);
      writeFileSync(join(dir, name), contents);
      return new Vinyl({ cwd: dir, base: dir, path: join(dir, name), contents });
    });
    const made = await run(
      files,
      preprocess({ name: 'm' }),
      compile({ arch: 'armv7m', buildDir: join(dir, 'b'), cwd: dir }),
    );
    t.deepEqual(
      made.map((file) => file.relative),
      ['m.config.h', 'long.c.o', 'b.c.o', 'c.c.o', 'd.c.o'],
    );
  }),
);

testWith({ tool: 'make' }, 'make and the stages agree about the flags of every architecture', async (t) => {
  const module = moduleIn(join(examplesDir, 'features0'));
  for (const arch of ARCHES) {
    const probe = await probeModule(module!, arch, parseOptions([], '/'));
    const flags = splitWords(probe.get('CFLAGS').value)
      .filter((word) => !word.startsWith('-DMP_CONFIGFILE'))
      .map((word) => (word === '-I../../natmod-rules/sdk' ? `-I${sdkDir}` : word));
    t.deepEqual(flags.toSorted(), defaultFlags(arch, { mpyDir: sdkDir }).toSorted(), arch.name);
    t.is(probe.get('CROSS').value, arch.prefixes[0] ?? '');
    t.is(probe.get('MICROPY_FLOAT_IMPL').value, arch.floatImpl);
  }
});
