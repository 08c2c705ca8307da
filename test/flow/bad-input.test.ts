import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { testWith } from '../support/needs.ts';
import { makefile, moduleSource, type ProgramRun, type Rig, withRig } from './support/rig.ts';

const needsArm = { compiler: 'armv7m', tool: 'make' } as const;

/** One clear message, exit status 1, no stack, and no file that could be taken for a result. */
function refused(t: ExecutionContext, rig: Rig, run: ProgramRun, message: RegExp): void {
  const all = run.stdout + run.stderr;
  t.is(run.status, 1, all);
  t.regex(run.stderr, message);
  t.is(run.stderr.match(/^\[[\d:]+\] .*\berror: /gm)?.length, 1, run.stderr);
  t.notRegex(all, /^\s+at .*:\d+:\d+/m);
  t.deepEqual(
    rig.outputs().filter((file) => /^[^/]+\/[^/]+\.mpy$|\.tmp/.test(file)),
    [],
  );
}

function bad(title: string, message: RegExp, act: (rig: Rig) => Promise<ProgramRun>): void {
  testWith(needsArm, title, (t) => withRig(async (rig) => refused(t, rig, await act(rig), message)));
}

/** The same for a module that is made of the given files. */
function badModule(title: string, message: RegExp, files: Record<string, string>, ...args: string[]): void {
  bad(title, message, (rig) => rig.build(rig.module('mód ule', files), ...args));
}

const makefileOf = (sources: string) => ({ Makefile: makefile(`SRC = ${sources}`) });

bad('an unknown architecture', /unknown architecture 'armv7'\n.*armv7m/, (rig) =>
  rig.natmod(['build', '--arch', 'armv7']),
);
bad('an empty architecture', /the architecture is empty/, (rig) => rig.natmod(['build', 'ARCH=']));
bad('an unknown option', /unknown option --archs\n.*did you mean --arch/, (rig) => rig.natmod(['build', '--archs=x']));
bad('an unknown module', /unknown module 'features'\n.*known are/, (rig) =>
  rig.gulp(['build', '--module', 'features']),
);
bad('a module folder that does not exist', /there is no such folder/, (rig) =>
  rig.natmod(['build', '--module', './no']),
);
bad('a folder without a Makefile', /there is no Makefile in this folder/, (rig) =>
  rig.build(rig.module('m', { 'mod.c': moduleSource() })),
);
bad('a MicroPython tree that is none', /this is no MicroPython source tree/, (rig) =>
  rig.build(rig.module('m', { ...makefileOf('mod.c'), 'mod.c': moduleSource() }), '--mpy-dir', '.'),
);

bad(
  'no compiler',
  /xtensa: no compiler found on PATH, looked for xtensa-lx106-elf-gcc\n.*apt-get install/,
  async (rig) => {
    const module = rig.module('m', { ...makefileOf('mod.c'), 'mod.c': moduleSource() });
    // A PATH on which there is make and nothing else.
    const bin = join(rig.dir, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'make'), '#!/bin/sh\nPATH=/usr/bin:/bin exec make "$@"\n', { mode: 0o755 });
    return rig.natmod(['build', '--arch', 'xtensa', '--module', module, '--out', rig.out], { PATH: bin });
  },
);
bad('no make', /GNU make not found on PATH/, async (rig) => {
  const module = rig.module('m', { ...makefileOf('mod.c'), 'mod.c': moduleSource() });
  return rig.natmod(['build', '--arch', 'armv7m', '--module', module, '--out', rig.out], { PATH: rig.dir });
});
badModule(
  'a compiler that does not exist',
  /compiler 'no-such-gcc' not found/,
  { ...makefileOf('mod.c'), 'mod.c': moduleSource() },
  '--cc=no-such-gcc',
);

badModule('a C error', /mod\.c:\d+:\d+: error: [\s\S]*mod\.c: compilation for armv7m failed/, {
  ...makefileOf('mod.c'),
  'mod.c': moduleSource('undeclared_name'),
});
badModule('an error in assembler', /s\.S: assembly for armv7m failed/, {
  ...makefileOf('mod.c s.S'),
  'mod.c': moduleSource(),
  's.S': '#error no\n',
});
badModule('a missing source', /Makefile: source 'no.c' does not exist\n.*no\.c/, {
  ...makefileOf('mod.c no.c'),
  'mod.c': moduleSource(),
});
badModule('a source with an unknown extension', /Makefile: 'x.rs': unknown extension '.rs'\n.*\.c, \.S, \.py/, {
  ...makefileOf('mod.c x.rs'),
  'mod.c': moduleSource(),
  'x.rs': '',
});
badModule('no sources', /Makefile: SRC is not set/, makefileOf(''));
badModule('no module name', /Makefile: MOD is not set/, {
  Makefile: makefile('MOD =\nSRC = mod.c'),
  'mod.c': moduleSource(),
});
badModule('a module name that is no identifier', /module name 'my-mod' is no Python identifier/, {
  Makefile: makefile('MOD = my-mod\nSRC = mod.c'),
  'mod.c': moduleSource(),
});
badModule('a module name that leads out of the output folder', /module name '\.\.\/x' is no Python identifier/, {
  Makefile: makefile('MOD = ../x\nSRC = mod.c'),
  'mod.c': moduleSource(),
});
badModule('a Makefile that make cannot read', /make cannot evaluate this Makefile[\s\S]*missing separator/, {
  Makefile: 'MOD = x\nnonsense\n',
});
badModule('a Makefile that gives up by itself', /make cannot evaluate this Makefile[\s\S]*not on a Monday/, {
  Makefile: '$(error not on a Monday)\n',
});
badModule('a Makefile of something else', /this is not the Makefile of a native module/, {
  Makefile: 'all:\n\techo hi\n',
});
badModule('CFLAGS with an open quote', /CFLAGS has a ' that is never closed/, {
  Makefile: makefile(`SRC = mod.c`, `CFLAGS += -DX='y\n`),
  'mod.c': moduleSource(),
});

badModule('no mpy_init', /mpy_init/, { ...makefileOf('mod.c'), 'mod.c': 'int f(void) { return 1; }\n' });
badModule('an undefined symbol', /mod\.c\.o.*undefined symbol 'nowhere'/, {
  ...makefileOf('mod.c'),
  'mod.c': moduleSource('nowhere()', 'mp_obj_t nowhere(void);'),
});
badModule('a symbol defined twice', /twice[\s\S]*(a\.c\.o|b\.c\.o)/, {
  ...makefileOf('mod.c a.c b.c'),
  'mod.c': moduleSource(),
  'a.c': 'int twice(void) { return 1; }\n',
  'b.c': 'int twice(void) { return 2; }\n',
});
badModule('an error in a Python part', /part\.py: mpy-cross failed/, {
  ...makefileOf('mod.c part.py'),
  'mod.c': moduleSource(),
  'part.py': 'def f(:\n',
});

bad(
  'an output folder that cannot be made',
  /cannot write: a (part of the path is a file|file is where)/,
  async (rig) => {
    writeFileSync(rig.out, '');
    return rig.build(rig.module('m', { ...makefileOf('mod.c'), 'mod.c': moduleSource() }));
  },
);
bad(
  'a folder where the module should be written',
  /mod\.mpy: cannot write: a folder is where the file must be/,
  async (rig) => {
    mkdirSync(join(rig.out, 'armv7m', 'mod.mpy', 'x'), { recursive: true });
    return rig.build(rig.module('m', { ...makefileOf('mod.c'), 'mod.c': moduleSource() }));
  },
);

testWith(needsArm, 'a build of several modules goes on after a failure', (t) =>
  withRig(async (rig) => {
    const good = (name: string) => ({ Makefile: makefile(`MOD = ${name}\nSRC = mod.c`), 'mod.c': moduleSource() });
    const one = rig.module('one', good('one'));
    const broken = rig.module('broken', { ...good('broken'), 'mod.c': 'int x = y;\n' });
    const two = rig.module('two', good('two'));
    const run = await rig.build(`${one},${broken},${two}`);
    t.is(run.status, 1);
    t.true(existsSync(join(rig.out, 'armv7m', 'one.mpy')) && existsSync(join(rig.out, 'armv7m', 'two.mpy')));
    t.false(existsSync(join(rig.out, 'armv7m', 'broken.mpy')));
    t.regex(run.stdout, /2 built, 1 failed/);
    t.regex(run.stderr, /not built: broken \(armv7m\)\n$/);
  }),
);

testWith(needsArm, 'two modules of one name do not overwrite each other', (t) =>
  withRig(async (rig) => {
    const files = { ...makefileOf('mod.c'), 'mod.c': moduleSource() };
    const run = await rig.build(`${rig.module('one', files)},${rig.module('two', files)}`);
    t.is(run.status, 1);
    t.regex(run.stderr, /armv7m\/mod\.mpy is already made by the module in/);
  }),
);

testWith(needsArm, 'the last good module stays when the next build fails', (t) =>
  withRig(async (rig) => {
    const module = rig.module('m', { ...makefileOf('mod.c'), 'mod.c': moduleSource() });
    t.is((await rig.build(module)).status, 0);
    rig.module('m', { 'mod.c': 'broken\n' });
    t.is((await rig.build(module)).status, 1);
    t.true(existsSync(join(rig.out, 'armv7m', 'mod.mpy')));
  }),
);
