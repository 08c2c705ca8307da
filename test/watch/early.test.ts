import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { natmod } from '../../gulpfile.ts';
import { archesOf, buildItems, itemsOf } from '../../tasks/building/build-items.ts';
import { roundEarly } from '../../tasks/incremental/early-round.ts';
import { openSession } from '../../tasks/incremental/session.ts';
import { moduleIn } from '../../tasks/modules/find.ts';
import { parseOptions } from '../../tasks/options/options.ts';
import { FileHashes } from '../../tasks/system/file-hashes.ts';
import { testInTurn } from '../incremental/support/in-turn.ts';
import { withRig, writeModule } from '../incremental/support/rig.ts';

const needed = { compiler: 'armv7m', tool: 'make' } as const;

/** What happens when these paths were seen, and then those have changed. */
async function early(
  seen: readonly string[],
  all: readonly string[] | undefined,
  changed: readonly string[],
  asks = 1,
) {
  const steps: string[] = [];
  const given = { paths: new Set(seen), since: 1 };
  await roundEarly(given, {
    async settled() {
      steps.push('settled');
      return { paths: all && new Set(all), since: 1 };
    },
    isStill: (path) => !changed.includes(path),
    async round({ paths }, begin) {
      steps.push(`looked up ${[...paths!]}`);
      for (let i = 0; i < asks; i++) await begin();
      steps.push(asks > 0 ? 'made' : 'nothing to make');
    },
    async again({ paths }) {
      steps.push(`again ${paths && [...paths]}`);
    },
  });
  return steps;
}

test('a round that began with the first change makes nothing until no more come, and begins anew when they do', async (t) => {
  t.deepEqual(await early(['a'], ['a'], []), ['looked up a', 'settled', 'made']);
  t.deepEqual(await early(['a'], ['a'], [], 3), ['looked up a', 'settled', 'made']);
  t.deepEqual(await early(['a'], ['a'], ['a']), ['looked up a', 'settled', 'again a']);
  t.deepEqual(await early(['a'], ['a', 'b'], []), ['looked up a', 'settled', 'again a,b']);
  t.deepEqual(await early(['a'], undefined, []), ['looked up a', 'settled', 'again undefined']);
  // The changes are told of once, also where nothing is made of them.
  t.deepEqual(await early(['a'], ['a'], [], 0), ['looked up a', 'nothing to make', 'settled']);
  t.deepEqual(await early(['a'], ['a', 'b'], [], 0), ['looked up a', 'nothing to make', 'settled', 'again a,b']);
  const broken = roundEarly(
    { paths: new Set(['a']), since: 1 },
    {
      settled: () => Promise.reject(new Error('not asked')),
      isStill: () => true,
      round: () => Promise.reject(new Error('a bug')),
      again: () => Promise.reject(new Error('not asked')),
    },
  );
  await t.throwsAsync(broken, { message: 'a bug' });
});

test('a file is still the same by its content alone', (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'natmod-early-'));
  const path = join(dir, 'main.c');
  const time = new Date(1e12);
  const write = (text: string) => {
    writeFileSync(path, text);
    utimesSync(path, time, time);
  };
  const hashes = new FileHashes();
  write('half');
  t.truthy(hashes.hash(path));
  t.true(hashes.isStill(path));
  write('full');
  t.false(hashes.isStill(path));
  hashes.nextRound([path]);
  t.true(hashes.isStill(path));
  rmSync(path);
  t.false(hashes.isStill(path));
  rmSync(dir, { recursive: true });
});

testInTurn(needed, 'a build that may not begin leaves everything as it was, and the next one is right', (t) =>
  withRig(async (rig) => {
    writeModule(rig);
    const options = parseOptions(rig.command(['m']).words.slice(1), rig.dir);
    const session = openSession(options.outDir, { ...options, rounds: true });
    const items = await itemsOf([moduleIn(join(rig.dir, 'm'))!], options, await archesOf(options, session));
    const build = (begin?: () => Promise<void>) => buildItems(items, options, session, { flow: natmod.flow, begin });
    const overtaken = () => Promise.reject(new Error('overtaken'));
    const source = (text: string) => rig.write('m/two.c', `#include <two.h>\nint two(void) { return ${text}`);
    const refused = async (path: string) => {
      session.nextRound(['m/two.c', path].map((name) => join(rig.dir, name)));
      const before = contentsOf(rig.out);
      await t.throwsAsync(build(overtaken), { message: 'overtaken' }, path);
      t.deepEqual(contentsOf(rig.out), before, path);
      // Make is asked again when a source is gone.
      t.deepEqual(
        rig.started().filter((name) => name !== 'make'),
        [],
        path,
      );
    };
    const made = async (path: string, started: readonly string[]) => {
      session.nextRound([join(rig.dir, path)]);
      let count = 0;
      const [outcome] = await build(async () => void count++);
      t.is(outcome?.kind, 'built', path);
      t.true(count > 0, path);
      t.deepEqual(
        rig.started().filter((name) => name !== 'make'),
        started,
        path,
      );
      await session.save();
      await rig.isRight(t, 'm');
    };
    // Of a Makefile that has just been written nobody knows what make has read.
    for (let i = 0; i < 2; i++) {
      t.is((await build())[0]?.kind, 'built');
      session.nextRound();
    }
    await session.save();
    rig.started();
    source('');
    await refused('m/two.c');
    source('TWO * 3; }\n');
    await made('m/two.c', ['two.c']);
    // What it was before lies in the cache.
    source('TWO; }\n');
    await refused('m/two.c');
    rig.remove('m/two.c');
    await refused('m/two.c');
    source('TWO * 3; }\n');
    rig.write('m/part.py', 'x = 2\n');
    await refused('m/part.py');
    await made('m/part.py', []);
    source('TWO * 4; }\n');
    await made('m/two.c', ['two.c']);
  }),
);

/** All files below a folder with what is in them, and which file that is. */
function contentsOf(folder: string): readonly (readonly [name: string, inode: number, text: string])[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  return names.map((name) => {
    const stat = statSync(join(folder, name));
    return [name, stat.ino, stat.isFile() ? readFileSync(join(folder, name), 'latin1') : ''];
  });
}
