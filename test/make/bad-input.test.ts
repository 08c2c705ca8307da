import { appendFileSync, cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import type { ExecutionContext } from 'ava';
import { findProgram } from '../../tasks/system/find-program.ts';
import { sdkDir } from '../../tasks/system/project.ts';
import { makefile, moduleSource } from '../flow/support/rig.ts';
import { testWith } from '../support/needs.ts';
import { existsSync, type Files, inFolder, join, runMake, runNatmod, writeFiles } from './support/doors.ts';

const needed = { compiler: 'x64', tool: 'make' } as const;
const good = { 'mod.c': moduleSource() };

interface Bad {
  readonly title: string;
  readonly files: Files;
  readonly natmod: RegExp;
  /** Undefined: make has no opinion of its own. */
  readonly make?: RegExp;
}

const bad: readonly Bad[] = [
  { title: 'no Makefile', files: good, natmod: /there is no Makefile in this folder/ },
  {
    title: 'no MOD',
    files: { ...good, Makefile: 'SRC = mod.c\ninclude $(MPY_DIR)/py/dynruntime.mk\n' },
    natmod: /MOD is not set/,
    make: /MOD is not set/,
  },
  {
    title: 'no SRC',
    files: { ...good, Makefile: makefile('') },
    natmod: /SRC is not set/,
    make: /SRC is not set/,
  },
  {
    title: 'a source neither present nor makeable',
    files: { ...good, Makefile: makefile('SRC = mod.c no.c') },
    natmod: /source 'no.c' does not exist/,
    make: /No rule to make target 'no\.c'/,
  },
  {
    title: 'a source that its rule cannot make',
    files: { ...good, Makefile: makefile('SRC = mod.c no.c', 'no.c:\n\t@echo the generator broke >&2; exit 3\n') },
    natmod: /the generator broke[\s\S]*make could not make no\.c/,
    make: /the generator broke/,
  },
  {
    title: 'an own rule that fails',
    files: {
      ...good,
      'a.c': '',
      Makefile: makefile('SRC = mod.c a.c', '$(BUILD)/a.o:\n\t@echo rule broke >&2; exit 3\n'),
    },
    natmod: /rule broke[\s\S]*make could not make build-x64\/a\.o/,
    make: /rule broke/,
  },
  {
    title: 'an object that nothing makes',
    files: { ...good, Makefile: makefile('SRC = mod.c\nSRC_O = lost.o') },
    natmod: /No rule to make target 'lost\.o'[\s\S]*make could not make lost\.o/,
    make: /No rule to make target 'lost\.o'/,
  },
  {
    title: 'make itself failing',
    files: { ...good, Makefile: `${makefile('SRC = mod.c')}endif\n` },
    natmod: /make cannot evaluate this Makefile[\s\S]*extraneous 'endif'/,
    make: /extraneous 'endif'/,
  },
  {
    title: 'a source of an unknown kind',
    files: { ...good, 'x.rs': '', Makefile: makefile('SRC = mod.c x.rs') },
    natmod: /'x.rs': unknown extension '.rs'/,
    make: /SRC has 'x\.rs'/,
  },
  {
    title: 'an error in C',
    files: { 'mod.c': moduleSource('nonsense'), Makefile: makefile('SRC = mod.c') },
    natmod: /error: [\s\S]*compilation for x64 failed/,
    make: /error: .*nonsense/,
  },
  {
    title: 'an undefined symbol',
    files: { 'mod.c': moduleSource('nowhere()', 'mp_obj_t nowhere(void);'), Makefile: makefile('SRC = mod.c') },
    natmod: /undefined symbol 'nowhere'/,
    make: /undefined symbol 'nowhere'/,
  },
];

for (const { title, files, natmod, make } of bad) {
  testWith(needed, `${title}: one clear message, and no module`, (t) =>
    inFolder(async (dir) => {
      writeFiles(dir, files);
      const run = await runNatmod(dir, ['build', '--arch', 'x64']);
      t.is(run.exitCode, 1);
      refused(t, dir, run.stdout + run.stderr, natmod);
      t.is(run.stderr.match(/^\[[\d:]+\] .*\berror: /gm)?.length, 1, run.stderr);
      if (make === undefined) return;
      const made = await runMake(dir, ['ARCH=x64']);
      t.is(made.exitCode, 2);
      refused(t, dir, made.stdout + made.stderr, make);
    }),
  );
}

function refused(t: ExecutionContext, dir: string, said: string, message: RegExp): void {
  t.regex(said, message);
  t.notRegex(said, /^\s+at .*:\d+:\d+/m);
  t.false(existsSync(join(dir, 'mod.mpy')));
}

testWith(needed, 'a wrong or missing MPY_DIR: the headers that come with natmod are taken, with a word', (t) =>
  inFolder(async (dir) => {
    for (const [line, warns] of [
      ['MPY_DIR = /no/such/tree', /MPY_DIR leads to no MicroPython source tree; the headers that come with natmod/],
      ['', /MPY_DIR is not set; the headers that come with natmod are used/],
    ] as const) {
      writeFiles(dir, { ...good, Makefile: `${line}\nMOD = mod\nSRC = mod.c\ninclude $(MPY_DIR)/py/dynruntime.mk\n` });
      const run = await runNatmod(dir, ['build', '--arch', 'x64']);
      t.is(run.exitCode, 0, run.stderr);
      t.regex(run.stdout + run.stderr, warns);
    }
  }),
);

testWith(needed, "a Makefile's own MPY_DIR is taken when it leads to a tree, however it is set", (t) =>
  inFolder(async (dir) => {
    cpSync(sdkDir, join(dir, 'tree'), { recursive: true });
    appendFileSync(join(dir, 'tree', 'py', 'dynruntime.h'), '#define OF_THIS_TREE 1\n');
    const source = { 'm/mod.c': moduleSource('mp_obj_new_int(OF_THIS_TREE)') };
    for (const assignment of ['=', ':=', '?=']) {
      const text = `MPY_DIR ${assignment} ../tree\nMOD = mod\nSRC = mod.c\ninclude $(MPY_DIR)/py/dynruntime.mk\n`;
      writeFiles(dir, { ...source, 'm/Makefile': text });
      const run = await runNatmod(join(dir, 'm'), ['build', '--arch', 'x64']);
      t.is(run.exitCode, 0, run.stdout + run.stderr);
      t.notRegex(run.stdout, /MPY_DIR/);
    }
  }),
);

testWith(needed, 'no make: said for a Makefile, and modules without one are built', (t) =>
  inFolder(async (dir) => {
    const bin = join(dir, 'bin');
    mkdirSync(bin);
    for (const name of ['x86_64-linux-gnu-gcc', 'gcc', 'as', 'ld']) {
      const path = findProgram(name, dir);
      if (path !== undefined) symlinkSync(path, join(bin, name));
    }
    writeFiles(dir, { ...good, Makefile: makefile('SRC = mod.c') });
    const run = await runNatmod(dir, ['build', '--arch', 'x64'], { PATH: bin });
    t.is(run.exitCode, 1);
    t.regex(run.stderr, /GNU make not found on PATH/);
    writeFileSync(join(dir, 'natmod.config.mjs'), "export default { name: 'mod', sources: ['mod.c'] };\n");
    const config = await runNatmod(dir, ['build', '--arch', 'x64'], { PATH: bin });
    t.is(config.exitCode, 0, config.stdout + config.stderr);
    t.true(existsSync(join(dir, 'mod.mpy')));
  }),
);

testWith(needed, 'a compiler that is not there: make says which', (t) =>
  inFolder(async (dir) => {
    writeFiles(dir, { ...good, Makefile: makefile('SRC = mod.c') });
    const made = await runMake(dir, ['ARCH=x64', 'CROSS=no-such-']);
    t.is(made.exitCode, 2);
    t.regex(made.stderr, /natmod: x64: the compiler 'no-such-gcc' does not start; name another with CROSS= or CC=/);
    const arch = await runMake(dir, ['ARCH=z80']);
    t.is(arch.exitCode, 2);
    t.regex(arch.stderr, /ARCH is 'z80', it must be one of: x86 x64/);
  }),
);

testWith(needed, 'Windows without a POSIX shell: make says what is missing, and that `natmod build` needs none', (t) =>
  inFolder(async (dir) => {
    writeFiles(dir, { ...good, Makefile: makefile('SRC = mod.c') });
    // It prints nothing, as cmd.exe does for a line that begins with a colon.
    const made = await runMake(dir, ['ARCH=x64', 'OS=Windows_NT', 'SHELL=/bin/true']);
    t.is(made.exitCode, 2);
    t.regex(made.stderr, /these rules need a POSIX shell.*sh\.exe.*natmod build/);
    const withShell = await runMake(dir, ['ARCH=x64', 'OS=Windows_NT']);
    t.is(withShell.exitCode, 0, withShell.stderr);
    t.true(existsSync(join(dir, 'mod.mpy')));
  }),
);
