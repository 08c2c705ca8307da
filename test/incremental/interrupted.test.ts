import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureCompiled } from '../../tasks/bootstrap/compiled.cjs';
import { Random } from '../package/random.ts';
import { testInTurn } from './support/in-turn.ts';
import { type Rig, withRig, writeModule } from './support/rig.ts';

const needed = { compiler: 'armv7m', tool: 'make' } as const;
const childFile = fileURLToPath(new URL('support/build-child.mjs', import.meta.url));
const KILLS = 100;

testInTurn(needed, 'after a build was killed at any moment the next one is right', (t) =>
  withRig(async (rig) => {
    ensureCompiled();
    writeModule(rig);
    const right = await outputsOfVariants(rig);
    const random = new Random(7);
    const pick = (limit: number) => random.below(limit);
    for (let i = 0; i < KILLS; i++) {
      writeVariant(rig, pick(right.length));
      const cache = i % 2 === 0 ? [] : ['--no-cache'];
      const child = startBuild(rig, ...cache);
      // Some are killed while they start, most while they work, some when they are done.
      await Promise.race([ended(child), new Promise((resolve) => setTimeout(resolve, 40 + pick(260)))]);
      child.kill('SIGKILL');
      await ended(child);
      const variant = pick(3) === 0 ? pick(right.length) : undefined;
      if (variant !== undefined) writeVariant(rig, variant);
      const built = await rig.build(['m'], ...cache);
      t.deepEqual(built.failed, []);
      t.deepEqual(rig.read('out/armv7m/mod.mpy'), right[current]);
    }
    const left = readdirSync(rig.out, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.tmp'));
    rig.write('m/two.c', '// one more time\nint two(void) { return 9; }\n');
    await rig.build(['m'], '--no-cache');
    const after = readdirSync(rig.out, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.tmp'));
    t.deepEqual(after, [], `${left.length} before`);
  }),
);

testInTurn(needed, 'two builds in one folder at once are both right', (t) =>
  withRig(async (rig) => {
    ensureCompiled();
    writeModule(rig);
    const right = await outputsOfVariants(rig);
    for (let i = 0; i < 6; i++) {
      writeVariant(rig, i % right.length);
      const children = [startBuild(rig), startBuild(rig, ...(i % 2 === 0 ? ['--no-cache'] : []))];
      t.deepEqual(await Promise.all(children.map(ended)), [0, 0]);
      t.deepEqual(rig.read('out/armv7m/mod.mpy'), right[current]);
      // This process runs the sources themselves, which remember nothing for the compiled copy.
      t.deepEqual((await rig.build(['m'])).failed, []);
      t.deepEqual(rig.read('out/armv7m/mod.mpy'), right[current]);
    }
  }),
);

testInTurn(needed, 'builds with other flags or sources in the same folder at once do not mix', (t) =>
  withRig(async (rig) => {
    ensureCompiled();
    writeModule(rig);
    const right = await outputsOfVariants(rig);
    for (let i = 0; i < 6; i++) {
      writeVariant(rig, i % right.length);
      const first = startBuild(rig, '--no-cache');
      await new Promise((resolve) => setTimeout(resolve, 100 + 30 * i));
      writeVariant(rig, (i + 1) % right.length);
      const second = startBuild(rig, '--no-cache', 'CFLAGS_EXTRA=-DELSE');
      await Promise.all([ended(first), ended(second)]);
      const built = await rig.build(['m'], '--no-cache');
      t.deepEqual(built.failed, []);
      t.deepEqual(rig.read('out/armv7m/mod.mpy'), right[current]);
    }
  }),
);

let current = 0;

/** Versions of the module that differ in source, header and qstrs. */
function writeVariant(rig: Rig, number: number): void {
  current = number;
  const use = '#include "py/dynruntime.h"\n#include <two.h>\n';
  rig.write(
    'm/two.c',
    `${number === 3 ? '' : use}int two(void) { return ${number === 3 ? '33' : 'TWO + (QSTR != 0)'}; }\n`,
  );
  const qstr = number === 1 ? 'MP_QSTR_aaa' : number === 2 ? 'MP_QSTR_zzz + MP_QSTR_bbb' : '1';
  rig.write('m/far/two.h', `#define TWO ${number}\n#define QSTR (${qstr})\n`);
}

async function outputsOfVariants(rig: Rig): Promise<Buffer[]> {
  const outputs: Buffer[] = [];
  for (const number of [0, 1, 2, 3]) {
    writeVariant(rig, number);
    await rig.build(['m'], `--out=${join(rig.dir, `clean${number}`)}`, '--no-cache');
    outputs.push(rig.read(`clean${number}/armv7m/mod.mpy`));
  }
  return outputs;
}

function startBuild(rig: Rig, ...args: string[]): ChildProcess {
  const { words, env } = rig.command(['m'], ...args);
  return spawn(process.execPath, [childFile, ...words], { cwd: rig.dir, env, stdio: 'ignore' });
}

const ends = new WeakMap<ChildProcess, Promise<number | null>>();

function ended(child: ChildProcess): Promise<number | null> {
  let end = ends.get(child);
  if (end === undefined) {
    end = new Promise((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode);
      else child.once('exit', resolve);
    });
    ends.set(child, end);
  }
  return end;
}
