import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { testInTurn } from './support/in-turn.ts';
import { withRig, writeModule } from './support/rig.ts';
import { withNginx } from './support/servers.ts';

const needed = { compiler: 'armv7m', tool: 'make', cacheServer: true } as const;

testInTurn(needed, 'an empty cache is filled from nginx with WebDAV, and the module is the same byte for byte', (t) =>
  withRig((rig) =>
    withNginx(async ({ url, store, requests }) => {
      writeModule(rig);
      await rig.build(['m'], `--cache-url=${url}`);
      const right = rig.read('out/armv7m/mod.mpy');
      t.deepEqual([...readdirSync(store)].sort(), ['ac', 'cas']);
      for (const kind of ['ac', 'cas']) t.is(readdirSync(join(store, kind)).length, 4);
      requests();
      rig.remove('out');
      rig.remove('cache');
      t.deepEqual((await rig.build(['m'], `--cache-url=${url}`)).started, ['make']);
      t.deepEqual(rig.read('out/armv7m/mod.mpy'), right);
      const asked = requests();
      t.is(asked.filter((line) => /^GET \/(ac|cas)\/[\da-f]{64} 200$/.test(line)).length, 5, asked.join('\n'));
      t.deepEqual(
        asked.filter((line) => !line.startsWith('GET ')),
        [],
      );
      // What came from there is here now.
      rig.remove('out');
      t.deepEqual((await rig.build(['m'])).started, []);
      t.deepEqual(rig.read('out/armv7m/mod.mpy'), right);
      // Elsewhere a header is another one.
      rig.remove('cache');
      rig.write('m/far/two.h', '#define TWO 3\n');
      t.deepEqual((await rig.build(['m'], `--cache-url=${url}`)).started, ['make', 'two.c']);
      await rig.isRight(t, 'm');
    }),
  ),
);

testInTurn(needed, 'a server that lets nobody write is of use to those who only read', (t) =>
  withRig((rig) =>
    withNginx(async ({ url, store, requests }) => {
      writeModule(rig);
      process.env.NATMOD_CACHE_READONLY = '1';
      await rig.build(['m'], `--cache-url=${url}`);
      t.true(requests().every((line) => /^GET .* 404$/.test(line)));
      delete process.env.NATMOD_CACHE_READONLY;
      rig.remove('cache');
      rig.remove('out');
      t.deepEqual((await rig.build(['m'], `--cache-url=${url}`)).failed, []);
      t.regex(requests().at(-1)!, /^PUT .* 403$/);
      t.false(existsSync(join(store, 'ac')));
    }, 'limit_except GET { deny all; }'),
  ),
);
