import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import type { ExecutionContext } from 'ava';
import { makefile, moduleSource } from '../flow/support/rig.ts';
import { testWith } from '../support/needs.ts';
import { bytesOf, existsSync, type Files, inFolder, join, runMake, writeFiles } from './support/doors.ts';

const needed = { compiler: ['x64', 'armv7m'], tool: 'make' } as const;
const files: Files = {
  Makefile: makefile('SRC = mod.c other.c part.py'),
  'mod.c': moduleSource('mp_obj_new_int(VALUE + other())', '#include "value.h"\nint other(void);'),
  'value.h': '#include "deep/value.h"\n',
  'deep/value.h': '#define VALUE 1\n',
  'other.c': 'int other(void) { return 1; }\n',
  'part.py': 'x = 1\n',
};

/** Runs make and returns what it printed of its steps: `CC mod.c`. */
async function steps(t: ExecutionContext, dir: string, ...words: string[]): Promise<string[]> {
  const { exitCode, stdout, stderr } = await runMake(dir, ['ARCH=x64', ...words]);
  t.is(exitCode, 0, stdout + stderr);
  return stdout.split('\n').filter((line) => /^(CC|AS|MPY|LINK) /.test(line));
}

function change(dir: string, name: string, text: string): void {
  writeFileSync(join(dir, name), text);
}

const CC_MOD = 'CC mod.c';
const LINK = 'LINK build-x64/mod.mpy';

testWith(needed, 'make rebuilds what a change affects, and nothing else', (t) =>
  inFolder(async (dir) => {
    writeFiles(dir, files);
    t.is((await steps(t, dir)).length, 4);
    t.deepEqual(await steps(t, dir), []);
    change(dir, 'deep/value.h', '#define VALUE 2\n');
    t.deepEqual(await steps(t, dir), [CC_MOD, LINK]);
    change(dir, 'value.h', '#define VALUE 3\n');
    rmSync(join(dir, 'deep'), { recursive: true });
    t.deepEqual(await steps(t, dir), [CC_MOD, LINK], 'a header that is gone stops nothing');
    change(dir, 'other.c', 'int other(void) { return 2; }\n');
    t.deepEqual(await steps(t, dir), ['CC other.c', LINK]);
    change(dir, 'part.py', 'x = 2\n');
    t.deepEqual(await steps(t, dir), ['MPY part.py']);
  }),
);

testWith(needed, 'make rebuilds when flags, tools or the architecture change', (t) =>
  inFolder(async (dir) => {
    writeFiles(dir, files);
    await steps(t, dir);
    const x64 = bytesOf(join(dir, 'mod.mpy'));
    t.deepEqual(await steps(t, dir, 'CFLAGS_EXTRA=-DX'), [CC_MOD, 'CC other.c', LINK]);
    t.deepEqual(await steps(t, dir), [CC_MOD, 'CC other.c', LINK]);
    t.deepEqual(await steps(t, dir, 'MPY_LD_FLAGS=--source-name=x.mpy'), [LINK]);
    t.deepEqual(await steps(t, dir, 'MPY_CROSS_FLAGS=-O3 -march=x64'), [LINK, 'MPY part.py']);
    t.is((await steps(t, dir, 'CC=gcc')).length, 4);
    await steps(t, dir);
    await steps(t, dir, 'ARCH=armv7m');
    t.false(bytesOf(join(dir, 'mod.mpy')).equals(x64));
    t.deepEqual(await steps(t, dir), []);
    t.true(bytesOf(join(dir, 'mod.mpy')).equals(x64), 'one MOD.mpy for two architectures');
  }),
);

testWith(needed, 'make links a library that appears in a folder that the compiler searches earlier', (t) =>
  inFolder(async (dir) => {
    const library = (value: number, folder: string) => {
      writeFiles(dir, { [`${folder}/v.c`]: `int lib(void) { return ${value}; }\n` });
      const object = join(dir, folder, 'v.o');
      const words = ['-Os', '-mthumb', '-mcpu=cortex-m3', '-c', join(dir, folder, 'v.c'), '-o', object];
      execFileSync('arm-none-eabi-gcc', words);
      execFileSync('arm-none-eabi-ar', ['rc', join(dir, folder, 'libv.a'), object]);
    };
    writeFiles(dir, {
      Makefile: makefile(`SRC = mod.c\nCFLAGS += '--sysroot=$(CURDIR)/root'\nMPY_LD_FLAGS += -l:libv.a`),
      'mod.c': moduleSource('mp_obj_new_int(lib())', 'int lib(void);'),
    });
    const made = async () => (await steps(t, dir, 'ARCH=armv7m')).map((step) => step.split(' ')[0]);
    library(1, 'root/usr/lib');
    t.deepEqual(await made(), ['CC', 'LINK']);
    t.deepEqual(await made(), []);
    library(2, 'root/lib/thumb/v7-m/nofp');
    t.deepEqual(await made(), ['LINK']);
    t.deepEqual(await made(), []);
  }),
);

testWith(needed, 'make does the same with any number of jobs, and clean leaves only sources', (t) =>
  inFolder(async (dir) => {
    const names = Array.from({ length: 12 }, (_, i) => `sub/s${i}.c`);
    const many = Object.fromEntries(names.map((name, i) => [name, `int s${i}(void) { return ${i}; }\n`]));
    const before = {
      ...files,
      ...many,
      Makefile: makefile(`SRC = mod.c other.c part.py ${names.join(' ')}\nCLEAN_EXTRA = junk`),
    };
    writeFiles(dir, before);
    const all = readdirSync(dir).sort();
    await steps(t, dir, '-j1');
    const one = bytesOf(join(dir, 'mod.mpy'));
    writeFiles(dir, { junk: '' });
    t.is((await runMake(dir, ['clean', 'ARCH=x64'])).exitCode, 0);
    t.deepEqual(readdirSync(dir).sort(), all);
    await steps(t, dir, '-j16');
    t.true(bytesOf(join(dir, 'mod.mpy')).equals(one));
  }),
);

testWith(needed, 'make with BUILD beside the sources makes the same module', (t) =>
  inFolder(async (dir) => {
    writeFiles(dir, files);
    await steps(t, dir);
    const apart = bytesOf(join(dir, 'mod.mpy'));
    rmSync(join(dir, 'mod.mpy'));
    t.true((await steps(t, dir, 'BUILD=.')).includes('LINK mod.native.mpy'));
    t.deepEqual(bytesOf(join(dir, 'mod.mpy')), apart);
  }),
);

testWith(needed, 'V=1 prints the commands', (t) =>
  inFolder(async (dir) => {
    writeFiles(dir, files);
    const { stdout } = await runMake(dir, ['ARCH=x64', 'V=1']);
    t.regex(stdout, /gcc .*-DMP_CONFIGFILE='<build-x64\/mod\.config\.h>'.* -o build-x64\/mod\.o -c mod\.c/);
    t.false(existsSync(join(dir, 'build-armv7m')));
  }),
);

testWith({ ...needed, source: true }, 'our rules work with the headers of a MicroPython tree', (t) =>
  inFolder(async (dir) => {
    const { findMicroPythonSource } = await import('../../tasks/bootstrap/provide.mjs');
    const { sdkDir } = await import('../../tasks/system/project.ts');
    const tree = findMicroPythonSource() as { readonly dir: string };
    const include = `include ${sdkDir}/py/dynruntime.mk\n`;
    writeFiles(dir, { Makefile: `MOD = mod\nSRC = mod.c\n${include}`, 'mod.c': moduleSource() });
    for (const arch of ['x64', 'armv7m']) {
      const own = await runMake(dir, [`ARCH=${arch}`]);
      t.is(own.exitCode, 0, own.stderr);
      const bytes = bytesOf(join(dir, 'mod.mpy'));
      const theirs = await runMake(dir, [`ARCH=${arch}`, `MPY_DIR=${tree.dir}`, 'V=1']);
      t.is(theirs.exitCode, 0, theirs.stderr);
      t.true(theirs.stdout.includes(`-I${tree.dir}`));
      t.true(bytesOf(join(dir, 'mod.mpy')).equals(bytes));
    }
  }),
);

testWith(
  needed,
  'a compiler that is killed while it writes what it has read leaves nothing that make stumbles over',
  (t) =>
    inFolder(async (dir) => {
      writeFiles(dir, files);
      await steps(t, dir);
      const dies = `#!/bin/sh
case "$*" in *" -c other.c"*)
  while [ "$1" != -MF ]; do shift; done
  echo 'other.o: other.c half a' > "$2"; echo 'line' >> "$2"
  kill -9 $$
esac
exec x86_64-linux-gnu-gcc "$@"
`;
      writeFileSync(join(dir, 'dies.sh'), dies, { mode: 0o755 });
      const { exitCode } = await runMake(dir, ['ARCH=x64', 'CC=./dies.sh']);
      t.not(exitCode, 0);
      t.deepEqual(
        readdirSync(join(dir, 'build-x64')).filter((name) => /^other\.d/.test(name)),
        [],
      );
      t.true((await steps(t, dir)).includes('CC other.c'));
    }),
);
