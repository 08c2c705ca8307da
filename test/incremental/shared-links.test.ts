import type { ExecutionContext } from 'ava';
import { encodeActionResult, recordIn } from '../../tasks/incremental/action-result.ts';
import { openRecord, sealRecord } from '../../tasks/incremental/record.ts';
import { makefile, moduleSource } from '../flow/support/rig.ts';
import { testInTurn } from './support/in-turn.ts';
import { type Rig, withRig, writeModule } from './support/rig.ts';
import { type Server, withServer } from './support/servers.ts';

const needed = { compiler: 'armv7m', tool: 'make' } as const;

/** Builds with nothing but what the server has. */
async function buildAnew(t: ExecutionContext, rig: Rig, { url }: Server) {
  for (const name of ['out', 'cache']) rig.remove(name);
  const built = await rig.build(['m'], `--cache-url=${url}`, '--explain');
  t.deepEqual(built.failed, []);
  return built;
}

const isLinked = (notes: readonly string[]) => !notes.some((line) => line.includes('module taken from the cache'));

/** Changes the record of a link on the server; it stays one that is whole. */
function changeLink({ blobs }: Server, change: (value: never) => unknown): void {
  for (const [path, bytes] of blobs) {
    const key = path.split('/').at(-1)!;
    const found = path.includes('/ac/') ? openRecord('link', key, recordIn(bytes)!) : undefined;
    if (found === undefined) continue;
    const value = change(structuredClone(found.value) as never);
    blobs.set(path, encodeActionResult({ blobs: [], record: sealRecord('link', key, value) }));
  }
}

testInTurn(needed, 'a module that a team has linked comes from its server, and objects only when one is needed', (t) =>
  withRig(async (rig) => {
    writeModule(rig);
    await withServer(async (server) => {
      await rig.build(['m'], `--cache-url=${server.url}`);
      const right = rig.read('out/armv7m/mod.mpy');
      server.requests.length = 0;
      const { started, notes } = await buildAnew(t, rig, server);
      t.deepEqual(started, ['make']);
      t.false(isLinked(notes), notes.join('\n'));
      t.deepEqual(rig.read('out/armv7m/mod.mpy'), right);
      t.deepEqual([...server.requests].sort(), ['GET ac', 'GET ac', 'GET ac', 'GET ac', 'GET cas']);
      rig.write('m/far/two.h', '#define TWO 3\n');
      server.requests.length = 0;
      t.deepEqual((await rig.build(['m'], `--cache-url=${server.url}`)).started, ['two.c']);
      await rig.isRight(t, 'm');
      t.is(server.requests.filter((line) => line === 'GET cas').length, 2);
      // The object of `mod.c` was on the server only, and that has gone.
      rig.write('m/far/two.h', '#define TWO 2\n');
      await buildAnew(t, rig, server);
      rig.write('m/far/two.h', '#define TWO 4\n');
      t.deepEqual([...(await rig.build(['m'])).started].sort(), ['mod.c', 'two.c']);
      await rig.isRight(t, 'm');
    });
  }),
);

testInTurn(needed, 'a link of a team is taken where the libraries here are those that it was made with', (t) =>
  withRig(async (rig) => {
    rig.write('m/Makefile', makefile('SRC = mod.c\nLINK_RUNTIME = 1'));
    rig.write('m/mod.c', moduleSource('mp_obj_new_int((int)(3.0 * number))', 'static volatile double number = 7;'));
    await withServer(async (server) => {
      await rig.build(['m'], `--cache-url=${server.url}`);
      const right = rig.read('out/armv7m/mod.mpy');
      t.false(isLinked((await buildAnew(t, rig, server)).notes));
      t.deepEqual(rig.read('out/armv7m/mod.mpy'), right);
      const original = new Map(server.blobs);
      type Link = Record<string, unknown> & { inputs: { files: string[][] }; asked: { answer: string }[] };
      const changes: ((value: Link) => unknown)[] = [
        (value) => ({ ...value, asked: value.asked.map((one) => ({ ...one, answer: '/elsewhere/libgcc.a' })) }),
        (value) => ({ ...value, asked: value.asked.map((one) => ({ ...one, question: '-o/tmp/made' })) }),
        (value) => ({ ...value, asked: value.asked.map((one) => ({ ...one, command: 99 })) }),
        (value) => ({ ...value, asked: 'nothing' }),
        (value) => {
          value.inputs.files[0]![1] = '0'.repeat(64);
          return value;
        },
        (value) => ({ ...value, inputs: { files: [7], missing: [] } }),
        (value) => ({ ...value, output: '../../secret' }),
        (value) => ({ ...value, sizes: 'huge' }),
        () => undefined,
      ];
      for (const [i, change] of changes.entries()) {
        server.blobs.clear();
        for (const [path, bytes] of original) server.blobs.set(path, bytes);
        changeLink(server, (value: Link) => change(value) ?? null);
        t.true(isLinked((await buildAnew(t, rig, server)).notes), `change ${i}`);
        t.deepEqual(rig.read('out/armv7m/mod.mpy'), right);
      }
    });
  }),
);

testInTurn(needed, 'names that macros put together are looked for again when something they are made of changes', (t) =>
  withRig(async (rig) => {
    rig.write('m/Makefile', makefile('SRC = mod.c two.c\nCFLAGS += -Inear -Ifar -DSUFFIX=late'));
    const head = '#include <names.h>\n';
    rig.write('m/mod.c', moduleSource('MP_OBJ_NEW_QSTR(LOAD(Pin) + QSTR(SUFFIX))', head));
    rig.write('m/two.c', `#include "py/dynruntime.h"\n${head}int two(void) { return 2; }\n`);
    const names = (prefix: string) =>
      `#define LOAD(a) MP_QSTR_${prefix}##a\n#define QSTR2(a) MP_QSTR_##a\n#define QSTR(a) QSTR2(a)\n`;
    rig.write('m/far/names.h', names('get_'));
    rig.write('m/near/.keep', '');
    const expanded = async (...args: string[]) => {
      const { started, failed } = await rig.build(['m'], ...args);
      t.deepEqual(failed, []);
      // Twice where a file is so young that it is not certain what was read.
      return [...new Set(started.filter((line) => line.startsWith('-E')))].sort();
    };
    const both = ['-E mod.c', '-E two.c'];
    t.deepEqual(await expanded(), both);
    t.deepEqual(await expanded(), []);
    for (const change of [
      () => rig.write('m/far/names.h', names('set_')),
      () => rig.write('m/near/names.h', names('put_')),
      () => rig.write('m/Makefile', rig.read('m/Makefile').toString().replace('late', 'later')),
    ]) {
      change();
      t.deepEqual(await expanded(), both);
      await rig.isRight(t, 'm');
    }
    rig.write('m/two.c', `#include "py/dynruntime.h"\n${head}int two(void) { return 3; }\n`);
    t.deepEqual(await expanded(), ['-E two.c']);
    t.deepEqual(await expanded('--no-cache', `--out=${rig.dir}/apart`), both);
    await withServer(async ({ url }) => {
      for (const expected of [both, []]) {
        for (const name of ['out', 'cache']) rig.remove(name);
        t.deepEqual(await expanded(`--cache-url=${url}`), expected);
        await rig.isRight(t, 'm');
      }
    });
  }),
);
