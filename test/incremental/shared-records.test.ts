import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { encodeActionResult, recordIn } from '../../tasks/incremental/action-result.ts';
import { recordsFolder } from '../../tasks/incremental/record-store.ts';
import { openSession } from '../../tasks/incremental/session.ts';
import { SharedRecords } from '../../tasks/incremental/shared-records.ts';
import { distrustOf } from '../../tasks/incremental/trust.ts';
import type { Event } from '../../tasks/report/events.ts';
import { Report } from '../../tasks/report/report.ts';
import { hashOf } from '../../tasks/system/hash.ts';
import { problemOf } from '../support/problem-of.ts';
import { testInTurn } from './support/in-turn.ts';
import { type Rig, withRig, writeModule } from './support/rig.ts';
import { type Answer, withServer } from './support/servers.ts';

const needed = { compiler: 'armv7m', tool: 'make' } as const;

/** Builds with nothing but what the server has. */
async function buildAnew(t: ExecutionContext, rig: Rig, url: string) {
  rig.remove('out');
  rig.remove('cache');
  const built = await rig.build(['m'], `--cache-url=${url}`);
  t.deepEqual(built.failed, []);
  return built.started;
}

testInTurn(needed, 'objects go to a shared cache and come from it, verified, and pull requests only read', (t) =>
  withRig(async (rig) => {
    writeModule(rig);
    await withServer(async ({ url, blobs, requests }) => {
      await rig.build(['m'], `--cache-url=${url}`);
      const right = rig.read('out/armv7m/mod.mpy');
      t.is([...blobs.keys()].filter((path) => path.startsWith('/team/ac/')).length, 4);
      t.is([...blobs.keys()].filter((path) => path.startsWith('/team/cas/')).length, 4);
      process.env.NATMOD_CACHE_TOKEN = 'secret';
      requests.length = 0;
      t.deepEqual(await buildAnew(t, rig, url), ['make']);
      t.deepEqual(rig.read('out/armv7m/mod.mpy'), right);
      t.true(
        requests.every((line) => /^GET (ac|cas) Bearer secret$/.test(line)),
        requests.join('\n'),
      );
      // An object that is not the one whose name it has.
      for (const path of blobs.keys()) if (path.includes('/cas/')) blobs.set(path, Buffer.from('another'));
      t.true((await buildAnew(t, rig, url)).length > 1);
      t.deepEqual(rig.read('out/armv7m/mod.mpy'), right);
      process.env.NATMOD_CACHE_READONLY = '1';
      blobs.clear();
      t.deepEqual([...(await buildAnew(t, rig, url))].sort(), ['make', 'mod.c', 'two.c']);
      t.is(blobs.size, 0);
    });
  }),
);

testInTurn(needed, 'a server in trouble costs one warning, and never the right module', (t) =>
  withRig(async (rig) => {
    writeModule(rig);
    await rig.build(['m']);
    const right = rig.read('out/armv7m/mod.mpy');
    const troubles: readonly [string, Answer][] = [
      ['garbage', (_request, response) => response.end('garbage')],
      ['slow', () => {}],
      ['403', (_request, response) => response.writeHead(403).end()],
      ['500', (_request, response) => response.writeHead(500).end('no')],
      ['closes', (request) => request.socket.destroy()],
      ['headers', (_request, response) => response.writeHead(200, { 'x-long': 'x'.repeat(100_000) }).end()],
      ['elsewhere', (_request, response) => response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end()],
      [
        'half',
        (request, response) => {
          response.writeHead(200, { 'content-length': 100 }).write('x');
          setImmediate(() => request.socket.destroy());
        },
      ],
    ];
    for (const [what, answer] of troubles) {
      await withServer(async ({ url }) => {
        t.deepEqual([...(await buildAnew(t, rig, url))].sort(), ['make', 'mod.c', 'two.c'], what);
        t.deepEqual(rig.read('out/armv7m/mod.mpy'), right, what);
        const events: Event[] = [];
        const session = openSession(rig.out, { cache: true, cacheUrl: url }, new Report((event) => events.push(event)));
        for (let i = 0; i < 3; i++) t.is(await session.shared?.get('unit', hashOf(`${i}`)), undefined);
        await session.save();
        const told = events.flatMap((event) => (event.kind === 'problem' ? [event] : []));
        t.deepEqual(
          told.map(({ code }) => code),
          ['shared-cache'],
          what,
        );
        // In words, and not by the names that Node has for them.
        t.notRegex(told[0]!.message, /[A-Z]+_[A-Z]|ECONN/);
      }, answer);
    }
    t.deepEqual(await buildAnew(t, rig, 'http://127.0.0.1:9/'), ['make', ...['mod.c', 'two.c']]);
  }),
);

test('an address of a shared cache that is none is told of as a wrong option', async (t) => {
  for (const url of ['ftp://cache/', 'cache', 'http://user:p%zz@127.0.0.1/'])
    t.is((await problemOf(() => new SharedRecords(url, new Report(() => {}))))?.code, 'bad-option', url);
});

test('what lies under /ac/ is an ActionResult, and other bytes are none', (t) => {
  const record = Buffer.from('record\nof any bytes');
  const blobs = [{ hash: hashOf('a'), size: 300 }];
  const bytes = encodeActionResult({ blobs, record });
  t.deepEqual(recordIn(bytes), record);
  for (let end = 0; end < bytes.length; end++) t.notDeepEqual(recordIn(bytes.subarray(0, end)), record);
  for (const bad of ['', 'garbage', '\xff\xff\xff\xff\xff\xff\xff\xff\xff', '*\xff\xff\xff\xff\x0f'])
    t.is(recordIn(Buffer.from(bad, 'latin1')), undefined);
});

testInTurn({}, 'a cache folder that others can write to is refused, with the reason', (t) =>
  withRig(async (rig) => {
    const folder = recordsFolder();
    mkdirSync(folder, { recursive: true });
    t.is(distrustOf(folder, rig.dir), undefined);
    chmodSync(folder, 0o777);
    t.regex(distrustOf(folder, rig.dir)?.message ?? '', /all users can write/);
    const events: Event[] = [];
    const session = openSession(rig.out, { cache: true }, new Report((event) => events.push(event)));
    session.records.put('object', hashOf('a'), {}, Buffer.from('a'));
    t.is(session.records.get('object', hashOf('a')), undefined);
    t.is(events.length, 1);
    chmodSync(folder, 0o700);
    chmodSync(join(folder, '..'), 0o777);
    t.regex(distrustOf(folder, rig.dir)?.message ?? '', /all users can write/);
    // A folder of root's is not one of this user's, and root takes that of the user whose project it builds.
    const { geteuid } = process;
    try {
      process.geteuid = () => 12345;
      t.regex(distrustOf('/usr/lib', rig.dir)?.message ?? '', /belongs to another user/);
    } finally {
      process.geteuid = geteuid;
    }
  }),
);
