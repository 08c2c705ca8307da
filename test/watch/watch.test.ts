import { execFileSync } from 'node:child_process';
import { readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makefile, moduleSource } from '../flow/support/rig.ts';
import { testInTurn } from '../incremental/support/in-turn.ts';
import { type Rig, withRig, writeModule } from '../incremental/support/rig.ts';
import { nothingHappens, pause, Watching, watching } from './support/watching.ts';

const needed = { compiler: 'armv7m', tool: 'make' } as const;

testInTurn(needed, 'each kind of change rebuilds what it affects, for each architecture', (t) =>
  withRig(async (rig) => {
    writeModule(rig);
    rig.write('m/rom.ld', 'abs = 0x1000;\n');
    rig.write('m/Makefile', `${rig.read('m/Makefile')}MPY_LD_FLAGS += --externs rom.ld\n`);
    const change = async (watch: Watching, started: readonly string[]) => {
      const lines = [1, 2].map(() => watch.line(/built mod armv[67]m .*file \d+ bytes \([+-]\d+\), \d+ ms/));
      const arches = (await Promise.all(lines)).map((line) => /armv[67]m/.exec(line)![0]);
      t.deepEqual(arches.sort(), ['armv6m', 'armv7m']);
      t.deepEqual(
        rig.started().filter((name) => name !== 'make'),
        started.flatMap((name) => [name, name]),
      );
      t.is(watch.rest(), '');
    };
    await watching(
      rig,
      async (watch) => {
        rig.write('m/two.c', '#include <two.h>\nint two(void) { return TWO * 3; }\n');
        await change(watch, ['two.c']);
        rig.write('m/far/two.h', '#define TWO 22\n');
        await change(watch, ['two.c']);
        rig.write('m/near/two.h', '#define TWO 222\n');
        await change(watch, ['two.c']);
        rig.write('m/part.py', 'x = 2\n');
        await change(watch, []);
        rig.write('m/rom.ld', 'abs = 0x2000;\n');
        await change(watch, []);
        rig.write('m/three.c', 'int three(void) { return 3; }\n');
        await nothingHappens(t, watch, rig);
        rig.write('m/Makefile', rig.read('m/Makefile').toString().replace('two.c', 'two.c three.c'));
        await change(watch, ['three.c']);
      },
      '--arch=armv6m,armv7m',
    );
    await rig.isRight(t, 'm');
    await rig.isRight(t, 'm', '--arch=armv6m');
  }),
);

testInTurn(needed, 'an error is told once, the last good module stays, and the mend is told', (t) =>
  withRig(async (rig) => {
    writeModule(rig);
    await watching(rig, async (watch) => {
      const good = rig.read('out/armv7m/mod.mpy');
      rig.write('m/two.c', '#error on purpose\n');
      await watch.line(/mod armv7m: error: two\.c: compilation for armv7m failed/);
      t.deepEqual(rig.read('out/armv7m/mod.mpy'), good);
      rig.write('m/two.c', '#include <two.h>\n#include "later.h"\nint two(void) { return TWO + LATER; }\n');
      await watch.line(/later\.h: No such file/);
      await watch.line(/mod armv7m: error/);
      rig.write('m/later.h', '#define LATER 4\n');
      await watch.line(/fixed mod armv7m/);
      rig.write('m/later.h', '#define LATER 5\n');
      await watch.line(/built mod armv7m/);
      rig.remove('m/two.c');
      await watch.line(/source 'two\.c' does not exist/);
      rig.write('m/two.c', 'int two(void) { return 2; }\n');
      await watch.line(/fixed mod armv7m/);
      rig.write('m/Makefile', 'include nowhere.mk\n');
      await watch.line(/error: .*make cannot evaluate/);
      rig.write('m/Makefile', makefile('SRC = mod.c two.c'));
      await watch.line(/fixed mod armv7m/);
    });
    await rig.isRight(t, 'm');
  }),
);

testInTurn(needed, 'saving by rename, and saving the same again', (t) =>
  withRig(async (rig) => {
    writeModule(rig);
    const place = (name: string) => join(rig.dir, 'm', name);
    await watching(rig, async (watch) => {
      for (let i = 0; i < 3; i++) {
        writeFileSync(place('.two.c.swp'), 'swap');
        renameSync(place('two.c'), place('two.c~'));
        writeFileSync(place('two.c'), `int two(void) { return ${100 + i}; }\n`);
        await watch.line(/built mod armv7m/);
        writeFileSync(place('4913'), `int two(void) { return ${200 + i}; }\n`);
        renameSync(place('4913'), place('two.c'));
        await watch.line(/built mod armv7m/);
      }
      t.is(watch.output.match(/error/g), null, watch.output);
      rig.started();
      rig.touch('m/two.c');
      rig.write('m/two.c', rig.read('m/two.c').toString());
      rig.write('m/unrelated.txt', 'x');
      await nothingHappens(t, watch, rig);
    });
    await rig.isRight(t, 'm');
  }),
);

testInTurn(needed, 'bursts of saves and a change of hundreds of files are one rebuild', (t) =>
  withRig(async (rig) => {
    writeModule(rig);
    const headers = Array.from({ length: 300 }, (_, i) => `m/far/h${i}.h`);
    const writeAll = (value: number) => {
      for (const [i, header] of headers.entries()) rig.write(header, `#define H${i} ${value}\n`);
    };
    writeAll(0);
    const includes = headers.map((_, i) => `#include <h${i}.h>\n`).join('');
    rig.write('m/two.c', `${includes}int two(void) { return H0 + H299; }\n`);
    await watching(rig, async (watch) => {
      // While it stands still it is told of nothing, however slowly the files are written.
      watch.child.kill('SIGSTOP');
      writeAll(1);
      rig.write('m/mod.c', moduleSource('mp_obj_new_int(two() + 1)', 'int two(void);'));
      watch.child.kill('SIGCONT');
      await watch.line(/built mod armv7m/);
      await pause(600);
      t.is(watch.rest(), '');
      t.deepEqual(
        rig
          .started()
          .filter((name) => name !== 'make')
          .sort(),
        ['mod.c', 'two.c'],
      );
      watch.child.kill('SIGSTOP');
      for (let i = 0; i < 20; i++) rig.write('m/far/h0.h', `#define H0 ${i + 2}\n`);
      watch.child.kill('SIGCONT');
      await watch.line(/built mod armv7m/);
      await pause(600);
      t.deepEqual(rig.started(), ['two.c']);
    });
    await rig.isRight(t, 'm');
  }),
);

testInTurn(needed, 'folders that are moved and made are followed', (t) =>
  withRig(async (rig) => {
    writeModule(rig);
    const place = (name: string) => join(rig.dir, 'm', name);
    rig.write('other/two.h', '#define TWO 77\n');
    await watching(rig, async (watch) => {
      renameSync(place('near'), place('away'));
      renameSync(join(rig.dir, 'other'), place('near'));
      await watch.line(/built mod armv7m/);
      rig.write('m/near/two.h', '#define TWO 78\n');
      await watch.line(/built mod armv7m/);
      renameSync(place('near'), place('gone'));
      await watch.line(/built mod armv7m/);
      // ext4 gives the new folder the inode number that the old one had.
      for (let i = 0; i < 4; i++) {
        rmSync(place('far'), { recursive: true });
        rig.write('m/far/two.h', `#define TWO ${80 + i}\n`);
        await watch.line(/(?:built|fixed) mod armv7m/);
        rig.write('m/far/two.h', `#define TWO ${90 + i}\n`);
        await watch.line(/built mod armv7m/);
      }
    });
    await rig.isRight(t, 'm');
  }),
);

testInTurn(needed, 'what lies behind links is followed', (t) =>
  withRig(async (rig) => {
    writeModule(rig);
    const place = (name: string) => join(rig.dir, 'm', name);
    rig.write('away/real.h', '#define TWO 2\n');
    symlinkSync('real.h', join(rig.dir, 'away/two.h'));
    rmSync(place('far/two.h'));
    symlinkSync('../../away/two.h', place('far/two.h'));
    await watching(rig, async (watch) => {
      rig.write('away/real.h', '#define TWO 3\n');
      await watch.line(/built mod armv7m/);
      rig.write('away/other.h', '#define TWO 4\n');
      rmSync(join(rig.dir, 'away/two.h'));
      symlinkSync('other.h', join(rig.dir, 'away/two.h'));
      await watch.line(/(?:built|fixed) mod armv7m/);
      rig.write('away/other.h', '#define TWO 5\n');
      await watch.line(/built mod armv7m/);
    });
    await rig.isRight(t, 'm');
  }),
);

testInTurn(needed, 'modules come and go', (t) =>
  withRig(async (rig) => {
    writeModule(rig, 'all/m');
    const all = { ...rig, command: (_modules: readonly string[], ...args: string[]) => rig.command([], ...args) };
    const watch = new Watching(all, `--dir=${join(rig.dir, 'all')}`);
    try {
      await watch.line(/watching \d+ folders/);
      writeModule(rig, 'elsewhere/n');
      rig.write(
        'elsewhere/n/Makefile',
        makefile('SRC = mod.c two.c\nCFLAGS += -Ifar').replace('MOD = mod', 'MOD = newer'),
      );
      renameSync(join(rig.dir, 'elsewhere/n'), join(rig.dir, 'all/n'));
      await watch.line(/built newer armv7m/);
      rig.write('all/n/far/two.h', '#define TWO 4\n');
      await watch.line(/built newer armv7m/);
      // In one step: a build may look at the folder while its files go one by one.
      renameSync(join(rig.dir, 'all/n'), join(rig.dir, 'elsewhere/n'));
      rig.write('all/m/far/two.h', '#define TWO 5\n');
      await watch.line(/built mod armv7m/);
      t.notRegex(watch.rest(), /error/);
    } finally {
      watch.child.kill('SIGINT');
      t.is(await watch.ended, 'SIGINT');
    }
  }),
);

testInTurn({ ...needed, tool: ['make', 'ps'] }, 'Ctrl-C while compilers run leaves none of them behind', (t) =>
  withRig(async (rig) => {
    writeModule(rig);
    const functions = Array.from({ length: 4000 }, (_, i) => `int f${i}(int x) { return x * ${i} / 7 + f(x); }`);
    const slow = `int f(int);\n${functions.join('\n')}\nint two(void) { return f1(2); }\n`;
    await t.notThrowsAsync(async () => {
      const watch = new Watching(rig);
      await watch.line(/watching \d+ folders/);
      rig.started();
      rig.write('m/two.c', slow);
      while (!rig.started().includes('two.c')) await pause(5);
      watch.child.kill('SIGINT');
      t.is(await watch.ended, 'SIGINT');
      for (let i = 0; i < 100 && compilersOf(rig).length > 0; i++) await pause(10);
      t.deepEqual(compilersOf(rig), []);
    });
    t.true(readdirSync(join(rig.out, 'armv7m')).includes('mod.mpy'));
  }),
);

testInTurn({ ...needed, tool: ['make', 'ps'] }, 'what waits to become the compiler ends with watch', (t) =>
  withRig(async (rig) => {
    writeModule(rig);
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      const watch = new Watching(rig);
      await watch.line(/watching \d+ folders/);
      rig.write('m/two.c', `int two(void) { return ${signal === 'SIGTERM' ? 3 : 4}; }\n`);
      await watch.line(/built mod armv7m/);
      const waits = () => compilersOf(rig).filter((line) => line.includes('read -r') && line.endsWith('-c two.c'));
      for (let i = 0; i < 500 && waits().length === 0; i++) await pause(10);
      if (process.platform === 'linux') t.is(waits().length, 1);
      watch.child.kill(signal);
      t.is(await watch.ended, signal);
      for (let i = 0; i < 500 && compilersOf(rig).length > 0; i++) await pause(10);
      t.deepEqual(compilersOf(rig), []);
    }
  }),
);

function compilersOf(rig: Rig): string[] {
  const lines = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8', maxBuffer: 1e9 }).split('\n');
  return lines.filter((line) => line.includes(rig.dir) && /cc1|-gcc/.test(line));
}
