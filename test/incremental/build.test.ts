import { appendFileSync, copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makefile, moduleSource } from '../flow/support/rig.ts';
import { testInTurn } from './support/in-turn.ts';
import { withRig, writeModule } from './support/rig.ts';

const needed = { compiler: 'armv7m', tool: 'make' } as const;
testInTurn(needed, 'when nothing has changed no process is started', (t) =>
  withRig(async (rig) => {
    writeModule(rig, 'a');
    writeModule(rig, 'b');
    rig.write('b/Makefile', rig.read('b/Makefile').toString().replace('MOD = mod', 'MOD = other'));
    const first = await rig.build(['a', 'b']);
    t.deepEqual(first.failed, []);
    t.deepEqual([...new Set(first.started)].sort(), ['make', 'mod.c', 'two.c']);
    const second = await rig.build(['a', 'b']);
    t.deepEqual(second.started, []);
    t.true(second.built.every(({ upToDate }) => upToDate));
  }),
);

testInTurn(needed, 'sources in folders below and beside the module are kept as well', (t) =>
  withRig(async (rig) => {
    writeModule(rig);
    rig.write('m/deep/three.c', 'int three(void) { return 3; }\n');
    rig.write('up/four.c', 'int four(void) { return 4; }\n');
    rig.write('m/Makefile', rig.read('m/Makefile').toString().replace('two.c', 'two.c deep/three.c ../up/four.c'));
    t.deepEqual((await rig.build(['m'])).failed, []);
    t.deepEqual((await rig.build(['m'])).started, []);
  }),
);

testInTurn(needed, 'touching files without changing them rebuilds nothing', (t) =>
  withRig(async (rig) => {
    writeModule(rig);
    await rig.build(['m']);
    for (const file of ['Makefile', 'mod.c', 'two.c', 'far/two.h', 'part.py']) rig.touch(`m/${file}`);
    for (const tool of ['make', 'gmake', 'arm-none-eabi-gcc']) rig.touch(`tools/${tool}`);
    t.deepEqual((await rig.build(['m'])).started, []);
  }),
);

testInTurn(needed, 'a change of each kind of input rebuilds what depends on it', (t) =>
  withRig(async (rig) => {
    writeModule(rig);
    rig.write('m/rom.ld', 'abs = 0x1000;\n');
    rig.write('m/Makefile', `${rig.read('m/Makefile')}MPY_LD_FLAGS += --externs rom.ld\n`);
    await rig.build(['m']);
    const change = async (what: string, started: readonly string[], ...args: string[]) => {
      const built = await rig.build(['m'], ...args);
      t.deepEqual(built.failed, [], what);
      t.deepEqual([...built.started].sort(), [...started].sort(), what);
      t.false(built.built[0]?.upToDate, what);
      await rig.isRight(t, 'm', ...args);
      t.deepEqual((await rig.build(['m'], ...args)).started, [], `after ${what}`);
    };
    rig.write('m/two.c', '#include <two.h>\nint two(void) { return TWO + 1; }\n');
    await change('source', ['two.c']);
    rig.write('m/far/two.h', '#define TWO 22\n');
    await change('header', ['two.c']);
    rig.write('m/near/two.h', '#define TWO 222\n');
    await change('a new header in a folder that is searched earlier', ['two.c']);
    rig.remove('m/near/two.h');
    await change('a removed header', []);
    rig.write('m/two.c', '#include <two.h>\n#include "more.h"\nint two(void) { return TWO + MORE; }\n');
    rig.write('m/more.h', '#define MORE 1\n');
    await change('a header newly included', ['two.c']);
    rig.write('m/more.h', '#define MORE (1 + 1)\n');
    await change('the new header', ['two.c']);
    rig.write('m/part.py', 'x = 2\n');
    await change('Python', []);
    rig.write('m/rom.ld', 'abs = 0x2000;\n');
    await change('linker script', []);
    rig.write('m/two.c', '#include "py/dynruntime.h"\n#include "more.h"\nint two(void) { return MORE; }\n');
    await change('another source', ['two.c']);
    rig.write(
      'm/more.h',
      '#define MORE 1\nstatic inline mp_obj_t q(void) { return MP_OBJ_NEW_QSTR(MP_QSTR_only_here); }\n',
    );
    rig.write(
      'm/two.c',
      '#include "py/dynruntime.h"\n#include "more.h"\nint two(void) { return MORE + (q() != 0); }\n',
    );
    await change('a new qstr', ['mod.c', 'two.c']);
    rig.write('m/Makefile', `${rig.read('m/Makefile')}CFLAGS += -DSOMETHING\n`);
    await change('flags', ['make', 'mod.c', 'two.c']);
    await change('flags on the command line', ['make', 'mod.c', 'two.c'], 'CFLAGS_EXTRA=-DELSE');
    rig.write('m/three.c', 'int three(void) { return 3; }\n');
    rig.write('m/Makefile', rig.read('m/Makefile').toString().replace('two.c', 'two.c three.c'));
    await change('a new source', ['make', 'three.c']);
    rig.write('m/Makefile', rig.read('m/Makefile').toString().replace('three.c', ''));
    await change('a removed source', ['make']);
  }),
);

testInTurn(needed, 'a variable of the environment counts when a Makefile names it', (t) =>
  withRig(async (rig) => {
    writeModule(rig, 'm', 'CFLAGS += $(WISHES)');
    await rig.build(['m']);
    process.env.NO_MAKEFILE_NAMES_THIS = '1';
    t.deepEqual((await rig.build(['m'])).started, []);
    process.env.WISHES = '-DWISH';
    t.deepEqual([...(await rig.build(['m'])).started].sort(), ['make', 'mod.c', 'two.c']);
    t.deepEqual((await rig.build(['m'])).started, []);
  }),
);

testInTurn(needed, 'make is asked every time where a Makefile runs programs, and once where it lists a folder', (t) =>
  withRig(async (rig) => {
    writeModule(rig, 'shell', 'CFLAGS += $(shell cat flags)');
    rig.write('shell/flags', '-DA\n');
    await rig.build(['shell']);
    t.deepEqual((await rig.build(['shell'])).started, ['make']);
    rig.write('shell/flags', '-DB\n');
    t.deepEqual([...(await rig.build(['shell'])).started].sort(), ['make', 'mod.c', 'two.c']);

    writeModule(rig, 'list', 'SRC += $(wildcard extra/*.c)');
    mkdirSync(join(rig.dir, 'list/extra'));
    await rig.build(['list']);
    t.deepEqual((await rig.build(['list'])).started, []);
    rig.write('list/extra/one.c', 'int one(void) { return 1; }\n');
    t.deepEqual([...(await rig.build(['list'])).started].sort(), ['extra/one.c', 'make']);

    writeModule(rig, 'optional', '-include local.mk');
    await rig.build(['optional']);
    rig.write('optional/local.mk', 'CFLAGS += -DLOCAL\n');
    t.deepEqual([...(await rig.build(['optional'])).started].sort(), ['make', 'mod.c', 'two.c']);
  }),
);

testInTurn(needed, 'another compiler under the same name compiles everything anew', (t) =>
  withRig(async (rig) => {
    writeModule(rig);
    await rig.build(['m']);
    const path = join(rig.dir, 'tools/arm-none-eabi-gcc');
    appendFileSync(path, 'changed');
    t.deepEqual([...(await rig.build(['m'])).started].sort(), ['make', 'mod.c', 'two.c']);
    const other = join(rig.dir, 'other-gcc');
    copyFileSync(path, other);
    copyFileSync(`${path}.real`, `${other}.real`);
    t.deepEqual([...(await rig.build(['m'], `--cc='${other}'`)).started].sort(), ['make', 'mod.c', 'two.c']);
  }),
);

testInTurn(needed, 'a library that changes is linked anew', (t) =>
  withRig(async (rig) => {
    writeModule(rig, 'm', 'MPY_LD_FLAGS += -llib.ld');
    const archive = (value: number) => {
      rig.write('lib/l.c', `int lib(void) { return ${value}; }\n`);
      return rig.build(['lib'], '--out', join(rig.dir, 'lib-out'));
    };
    rig.write('lib/Makefile', makefile('SRC = mod.c l.c').replace('MOD = mod', 'MOD = lib'));
    rig.write('lib/mod.c', moduleSource());
    rig.write('m/mod.c', moduleSource('mp_obj_new_int(lib())', 'int lib(void);'));
    await archive(1);
    const thin = (folder: string) => {
      const object = join(rig.dir, folder, 'l.c.o');
      rig.write('m/lib.a', `!<thin>\n${thinMembers(object)}`);
    };
    thin('lib-out/armv7m/lib.build');
    rig.write('m/lib.ld', 'INPUT(lib.a)\n');
    t.deepEqual((await rig.build(['m'])).failed, []);
    t.deepEqual((await rig.build(['m'])).started, []);
    const before = rig.read('out/armv7m/mod.mpy');
    await archive(2);
    const after = await rig.build(['m']);
    t.deepEqual(after.started, []);
    t.false(after.built[0]?.upToDate);
    t.notDeepEqual(rig.read('out/armv7m/mod.mpy'), before);
    await rig.isRight(t, 'm');
  }),
);

testInTurn(needed, 'a library that appears in a folder that the compiler searches earlier is linked', (t) =>
  withRig(async (rig) => {
    const root = join(rig.dir, 'root');
    rig.write('m/Makefile', makefile(`SRC = mod.c\nCFLAGS += '--sysroot=${root}'\nMPY_LD_FLAGS += -l:libv.a`));
    rig.write('m/mod.c', moduleSource('mp_obj_new_int(lib())', 'int lib(void);'));
    rig.write('lib/Makefile', makefile('SRC = mod.c l.c').replace('MOD = mod', 'MOD = lib'));
    rig.write('lib/mod.c', moduleSource());
    const library = async (value: number, folder: string) => {
      rig.write('lib/l.c', `int lib(void) { return ${value}; }\n`);
      const out = join(rig.dir, `lib-${value}`);
      await rig.build(['lib'], '--out', out);
      rig.write(`root/${folder}/libv.a`, `!<thin>\n${thinMembers(join(out, 'armv7m/lib.build/l.c.o'))}`);
    };
    await library(1, 'usr/lib');
    t.deepEqual((await rig.build(['m'])).failed, []);
    t.true((await rig.build(['m'])).built[0]!.upToDate);
    const before = rig.read('out/armv7m/mod.mpy');
    await library(2, 'lib/thumb/v7-m/nofp');
    const after = await rig.build(['m']);
    t.deepEqual(
      after.started.filter((name) => name.endsWith('.c')),
      [],
    );
    t.notDeepEqual(rig.read('out/armv7m/mod.mpy'), before);
    await rig.isRight(t, 'm');
  }),
);

testInTurn(
  needed,
  'what is missing or was changed in the output folder is made again, without compiling if possible',
  (t) =>
    withRig(async (rig) => {
      writeModule(rig);
      await rig.build(['m']);
      const right = rig.read('out/armv7m/mod.mpy');
      const isMade = async (...started: string[]) => {
        t.deepEqual((await rig.build(['m'])).started, started);
        t.deepEqual(rig.read('out/armv7m/mod.mpy'), right);
      };
      rig.remove('out/armv7m/mod.mpy');
      await isMade();
      rig.write('out/armv7m/mod.mpy', 'not ours');
      await isMade();
      rig.write('out/armv7m/mod.build/two.c.o', 'garbage');
      rig.remove('out/armv7m/mod.mpy');
      await isMade();
      rig.remove('cache/records/object');
      rig.write('out/armv7m/mod.build/two.c.o', 'garbage');
      rig.remove('cache/records/link');
      rig.remove('out/armv7m/mod.mpy');
      await isMade('two.c');
      rig.write('out/armv7m/mod.build/.natmod-build', 'text\n{"layout":1,"state":');
      await isMade();
    }),
);

testInTurn(needed, 'a source that failed is compiled again, and the others are not', (t) =>
  withRig(async (rig) => {
    writeModule(rig);
    await rig.build(['m']);
    const right = rig.read('out/armv7m/mod.mpy');
    rig.write('m/two.c', '#error no\n');
    rig.write('m/mod.c', `${moduleSource('mp_obj_new_int(two())', 'int two(void);')}// longer\n`);
    const failed = await rig.build(['m']);
    t.is(failed.failed.length, 1);
    t.deepEqual(rig.read('out/armv7m/mod.mpy'), right);
    rig.write('m/two.c', '#include <two.h>\nint two(void) { return TWO; }\n');
    t.deepEqual((await rig.build(['m'])).failed, []);
    await rig.isRight(t, 'm');
    rig.remove('m/two.c');
    t.is((await rig.build(['m'])).failed[0]?.problems[0]?.code, 'missing-source');
  }),
);

testInTurn(needed, 'a failed build leaves nothing behind once everything is as it was before', (t) =>
  withRig(async (rig) => {
    writeModule(rig);
    await rig.build(['m']);
    const left = () => ['mod.config.h', 'mod.c.o', 'two.c.o'].map((name) => rig.read(`out/armv7m/mod.build/${name}`));
    const right = left();
    const sources = ['m/mod.c', 'm/two.c'].map((name) => [name, rig.read(name)] as const);
    rig.write('m/mod.c', moduleSource('MP_OBJ_NEW_QSTR(MP_QSTR_other)'));
    rig.write('m/two.c', '#error no\n');
    t.is((await rig.build(['m'])).failed.length, 1);
    t.notDeepEqual(left(), right);
    for (const [name, text] of sources) rig.write(name, text);
    const { built, started } = await rig.build(['m']);
    t.true(built[0]?.upToDate);
    t.deepEqual(started, []);
    t.deepEqual(left(), right);
  }),
);

testInTurn(needed, 'a header that a source only asks for counts', (t) =>
  withRig(async (rig) => {
    writeModule(rig);
    const two =
      '#if __has_include("more.h")\nint two(void) { return 1; }\n#else\nint two(void) { return 2; }\n#endif\n';
    rig.write('m/two.c', two);
    await rig.build(['m']);
    t.deepEqual((await rig.build(['m'])).started, []);
    rig.write('m/more.h', '');
    t.deepEqual((await rig.build(['m'])).started, ['two.c']);
    await rig.isRight(t, 'm');
    rig.remove('m/more.h');
    await rig.build(['m']);
    await rig.isRight(t, 'm');
  }),
);

testInTurn(needed, 'a file that the assembler reads counts', (t) =>
  withRig(async (rig) => {
    writeModule(rig);
    rig.write('m/data.bin', 'one!');
    rig.write(
      'm/two.c',
      '__asm__(".section .rodata.d\\n.incbin \\"data.bin\\"\\n.text");\nint two(void) { return 2; }\n',
    );
    await rig.build(['m']);
    t.deepEqual((await rig.build(['m'])).started, []);
    rig.write('m/data.bin', 'two!');
    t.deepEqual((await rig.build(['m'])).started, ['two.c']);
  }),
);

testInTurn(needed, 'a build for one architecture leaves the others as they are', (t) =>
  withRig(async (rig) => {
    writeModule(rig);
    await rig.build(['m'], '--arch=armv6m,armv7m');
    rig.write('m/far/two.h', '#define TWO 3\n');
    t.deepEqual((await rig.build(['m'], '--arch=armv6m')).started, ['two.c']);
    const rest = await rig.build(['m'], '--arch=armv6m,armv7m');
    t.deepEqual(rest.started, ['two.c']);
    t.deepEqual(
      rest.built.map(({ upToDate }) => upToDate),
      [true, false],
    );
    await rig.isRight(t, 'm');
  }),
);

/** The part of a thin archive that names one file (GNU ar: a table of names, then headers without contents). */
function thinMembers(object: string): string {
  const header = (name: string, size: number) =>
    `${name.padEnd(16)}${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'644'.padEnd(8)}${String(size).padEnd(10)}\`\n`;
  const names = `${object}/\n`;
  const size = Buffer.byteLength(names);
  const size2 = readFileSync(object).length;
  return `${header('//', size)}${names}${size % 2 === 1 ? '\n' : ''}${header('/0', size2)}`;
}
