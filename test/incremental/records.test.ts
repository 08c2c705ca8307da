import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { RecordStore } from '../../tasks/incremental/record-store.ts';
import { hashOf } from '../../tasks/system/hash.ts';
import { moduleSource } from '../flow/support/rig.ts';
import { testInTurn } from './support/in-turn.ts';
import { copyFolder, withRig, writeModule } from './support/rig.ts';

const needed = { compiler: 'armv7m', tool: 'make' } as const;

testInTurn(needed, 'after the output was removed nothing is compiled again, unless with --no-cache', (t) =>
  withRig(async (rig) => {
    writeModule(rig);
    await rig.build(['m']);
    const right = rig.read('out/armv7m/mod.mpy');
    rig.remove('out');
    const again = await rig.build(['m']);
    t.deepEqual(again.started, []);
    t.deepEqual(rig.read('out/armv7m/mod.mpy'), right);
    t.deepEqual(readdirSync(join(rig.out, 'armv7m/mod.build')).sort(), [
      '.natmod-build',
      'mod.c.o',
      'mod.config.h',
      'part.py.mpy',
      'two.c.o',
    ]);
    rig.remove('out');
    t.deepEqual([...(await rig.build(['m'], '--no-cache')).started].sort(), ['make', 'mod.c', 'two.c']);
  }),
);

testInTurn(needed, 'going back to an earlier state compiles nothing', (t) =>
  withRig(async (rig) => {
    writeModule(rig);
    await rig.build(['m']);
    for (const [path, text] of [
      ['m/two.c', 'int two(void) { return 7; }\n'],
      ['m/far/two.h', '#define TWO 3\n'],
    ] as const) {
      const before = rig.read(path).toString();
      rig.write(path, text);
      t.deepEqual((await rig.build(['m'])).started, ['two.c']);
      rig.write(path, before);
      t.deepEqual((await rig.build(['m'])).started, []);
      await rig.isRight(t, 'm');
    }
  }),
);

testInTurn(needed, 'a copy of the module in another folder compiles nothing', (t) =>
  withRig(async (rig) => {
    writeModule(rig);
    await rig.build(['m']);
    copyFolder(rig, 'm', 'copy');
    t.deepEqual((await rig.build(['copy'], '--out=other')).started, ['make']);
    t.deepEqual(rig.read('other/armv7m/mod.mpy'), rig.read('out/armv7m/mod.mpy'));
    // The copy has a header that the original has not.
    rig.remove('other');
    rig.write('copy/near/two.h', '#define TWO 5\n');
    t.deepEqual((await rig.build(['copy'], '--out=other')).started, ['two.c']);
  }),
);

testInTurn(needed, 'an object that has paths in it is used in its own folder only', (t) =>
  withRig(async (rig) => {
    writeModule(rig);
    rig.write('m/Makefile', rig.read('m/Makefile').toString().replaceAll('-Ifar', '-I"$(CURDIR)/far"'));
    rig.write(
      'm/far/two.h',
      'static inline int two_(void) { return __FILE__[0] + __FILE__[12]; }\n#define TWO two_()\n',
    );
    await rig.build(['m']);
    rig.remove('out');
    t.deepEqual((await rig.build(['m'])).started, []);
    copyFolder(rig, 'm', 'copy');
    const copied = await rig.build(['copy'], '--out=other');
    t.deepEqual(copied.failed, []);
    t.deepEqual(copied.started, ['make', 'two.c']);
  }),
);

testInTurn(needed, 'a damaged entry is noticed, and what was in it is made again', (t) =>
  withRig(async (rig) => {
    writeModule(rig);
    await rig.build(['m']);
    const right = rig.read('out/armv7m/mod.mpy');
    for (const damage of [
      (bytes: Buffer) => bytes.subarray(0, bytes.length >> 1),
      (bytes: Buffer) => Buffer.from(bytes.map((byte, i) => (i === bytes.length - 3 ? byte ^ 1 : byte))),
      () => Buffer.alloc(0),
      () => Buffer.from('garbage\nand more\n'),
    ]) {
      for (const file of entriesIn(join(rig.dir, 'cache/records'))) writeFileSync(file, damage(readFileSync(file)));
      rig.remove('out');
      t.deepEqual([...(await rig.build(['m'])).started].sort(), ['make', 'mod.c', 'two.c']);
      t.deepEqual(rig.read('out/armv7m/mod.mpy'), right);
      rig.remove('out');
      t.deepEqual((await rig.build(['m'])).started, []);
    }
  }),
);

testInTurn({ ...needed, tool: 'mkfifo' }, 'a pipe, a device or a folder in the place of a record is none', (t) =>
  withRig(async (rig) => {
    writeModule(rig);
    await rig.build(['m']);
    const right = rig.read('out/armv7m/mod.mpy');
    const kinds: ((file: string) => void)[] = [
      (file) => execFileSync('mkfifo', [file]),
      (file) => symlinkSync('/dev/zero', file),
      (file) => mkdirSync(file),
    ];
    entriesIn(join(rig.dir, 'cache/records')).forEach((file, i) => {
      rmSync(file);
      kinds[i % kinds.length]!(file);
    });
    rig.remove('out');
    t.deepEqual([...(await rig.build(['m'])).started].sort(), ['make', 'mod.c', 'two.c']);
    t.deepEqual(rig.read('out/armv7m/mod.mpy'), right);
    rig.remove('out');
    t.deepEqual((await rig.build(['m'])).started, []);
  }),
);

testInTurn(needed, 'warnings of a compilation that is not repeated are shown all the same', (t) =>
  withRig(async (rig) => {
    writeModule(rig, 'm', 'CFLAGS_EXTRA = -Wno-error');
    rig.write('m/two.c', '#warning look here\nint two(void) { return 2; }\n');
    t.regex((await rig.build(['m'])).output, /look here/);
    rig.remove('out');
    const replayed = await rig.build(['m']);
    t.is(replayed.output.match(/warning: #warning look here/g)?.length, 1, replayed.output);
    t.deepEqual(replayed.started, []);
  }),
);

testInTurn(needed, 'what depends on the time of day is not kept', (t) =>
  withRig(async (rig) => {
    writeModule(rig);
    rig.write('m/two.c', 'int two(void) { return __TIME__[7]; }\n');
    await rig.build(['m']);
    t.deepEqual((await rig.build(['m'])).started, []);
    rig.remove('out');
    t.deepEqual((await rig.build(['m'])).started, ['two.c']);
  }),
);

testInTurn(needed, 'many builds at once share a cache', (t) =>
  withRig(async (rig) => {
    writeModule(rig);
    for (let i = 0; i < 6; i++) rig.write(`m/more${i}.c`, `int more${i}(void) { return ${i}; }\n`);
    rig.write('m/Makefile', rig.read('m/Makefile').toString().replace('two.c', 'two.c $(wildcard more*.c)'));
    rig.write('m/mod.c', moduleSource('mp_obj_new_int(two() + more5())', 'int two(void), more5(void);'));
    const outs = ['one', 'two', 'three', 'four'];
    const builds = await Promise.all(outs.map((out) => rig.build(['m'], `--out=${out}`)));
    t.true(builds.every(({ failed }) => failed.length === 0));
    for (const out of outs) t.deepEqual(rig.read(`${out}/armv7m/mod.mpy`), rig.read('one/armv7m/mod.mpy'));
    await rig.build(['m']);
    await rig.isRight(t, 'm');
  }),
);

testInTurn({}, 'a cache stays below its size, and what was used last stays longest', (t) =>
  withRig(async (rig) => {
    const folder = join(rig.dir, 'records');
    const limit = 100_000;
    const key = (i: number) => hashOf(`key ${i}`);
    for (let i = 0; i < 40; i++) {
      const store = new RecordStore(folder);
      store.put('object', key(i), { i }, Buffer.alloc(5000, i));
      store.close(limit);
    }
    const store = new RecordStore(folder);
    const objects = () => store.stats().kinds.find(({ kind }) => kind === 'object')!;
    t.true(objects().bytes <= limit + 10_000);
    t.true(objects().entries >= 10);
    t.deepEqual(store.get<{ i: number }>('object', key(39))?.value, { i: 39 });
    t.is(store.get('object', key(0)), undefined);
    // Not even a whole record is believed under another kind or key.
    t.is(store.get('unit', key(39)), undefined);
    store.clear();
    t.is(objects().entries, 0);
    t.is(store.get('object', key(39)), undefined);
  }),
);

test('a cache that cannot be written is no failure', (t) => {
  const store = new RecordStore(join(import.meta.filename, 'records'));
  store.put('object', hashOf('a'), {}, Buffer.from('b'));
  store.count(true);
  store.close();
  t.is(store.get('object', hashOf('a')), undefined);
});

function entriesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
}
