import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ArchName } from '../../natmod-rules/arch/index.ts';
import { archByName } from '../../natmod-rules/arch/index.ts';
import { readMpy } from '../../natmod-rules/package/index.ts';
import { findMicroPythonSource } from '../../tasks/bootstrap/provide.mjs';
import { runtimeLibraries } from '../../tasks/toolchain/libraries.ts';
import { compile } from '../support/compile.ts';
import { findCompiler, testWith } from '../support/needs.ts';
import { runMicroPython } from '../support/run.ts';
import { makefile, moduleSource, type Rig, withRig } from './support/rig.ts';

/** `f()` returns what a function of a library gives; how floats are passed does not matter to it. */
const CALLER = moduleSource('mp_obj_new_int(value(7))', 'int value(int);');

/** Compiles one member for each source and makes a static library of them, with the compiler's own ar. */
function makeLibrary(
  rig: Rig,
  arch: ArchName,
  file: string,
  members: Record<string, string>,
  flags: string[] = [],
  kind = 'rcs',
) {
  mkdirSync(rig.dir, { recursive: true });
  const names = Object.entries(members).map(([name, source]) => {
    const [object] = compile(arch, { 'member.c': source }, { flags });
    writeFileSync(join(rig.dir, `${name}.o`), object!.bytes);
    return `${name}.o`;
  });
  const ar = findCompiler(arch)!.replace(/gcc$/, 'ar');
  execFileSync(existsSync(ar) ? ar : 'ar', [kind, file, ...names], { cwd: rig.dir });
  return join(rig.dir, file);
}

const VALUE = {
  value: 'int helper(int x); int value(int x) { return helper(x) + 1; }',
  helper: 'int helper(int x) { return x * 6; }',
};

async function callModule(rig: Rig, arch: ArchName): Promise<string> {
  const files = { 'mod.mpy': readFileSync(join(rig.out, arch, 'mod.mpy')) };
  const { stdout, stderr } = await runMicroPython(arch, { script: 'import mod; print(mod.f())', files });
  return stdout + stderr;
}

const needed = { compiler: 'armv7m', runtime: 'armv7m', tool: 'make' } as const;
const lines = (flags: string) => makefile(`SRC = mod.c\nMPY_LD_FLAGS += ${flags}`);

testWith(needed, 'libraries named with -l: archives, thin archives, and scripts that group them', (t) =>
  withRig(async (rig) => {
    makeLibrary(rig, 'armv7m', 'plain.a', VALUE);
    makeLibrary(rig, 'armv7m', 'thin.a', VALUE, [], 'rcsT');
    writeFileSync(join(rig.dir, 'script.a'), '/* GNU ld script */\nGROUP ( plain.a AS_NEEDED ( thin.a ) )\n');
    for (const name of ['plain.a', 'thin.a', 'script.a']) {
      const dir = rig.module(`module-${name}`, { Makefile: lines(`'-l../${name}'`), 'mod.c': CALLER });
      const run = await rig.build(dir);
      t.is(run.status, 0, run.stderr);
      t.is(await callModule(rig, 'armv7m'), '43\n', name);
    }
  }),
);

testWith(needed, 'a name behind -l is searched where the compiler has its libraries', (t) =>
  withRig(async (rig) => {
    const source = moduleSource('mp_obj_new_int(abs(-5))', '#include <stdlib.h>\n#define abs(x) (abs)(x)');
    const dir = rig.module('m', { Makefile: `${lines('-lc')}CFLAGS += -fno-builtin\n`, 'mod.c': source });
    const run = await rig.build(dir);
    t.is(run.status, 0, run.stderr);
    t.is(await callModule(rig, 'armv7m'), '5\n');
  }),
);

interface Refusal {
  readonly title: string;
  readonly message: RegExp;
  readonly flags: string;
  readonly prepare: (rig: Rig) => void;
  readonly arch?: ArchName;
}

const REFUSALS: readonly Refusal[] = [
  {
    title: 'a library for another float ABI',
    message: /hard\.a\(value\.o\): .*hard.*float/i,
    flags: '-l../hard.a',
    prepare: (rig) =>
      makeLibrary(rig, 'armv7emsp', 'hard.a', { value: 'float g; int value(int x) { g = g * x; return x; }' }),
  },
  {
    title: 'a RISC-V library for another float ABI',
    message: /double\.a\(value\.o\): .*double floats/,
    flags: '-l../double.a',
    arch: 'rv32imc',
    prepare: (rig) =>
      makeLibrary(rig, 'rv32imc', 'double.a', { value: 'int value(int x) { return x; }' }, [
        '-march=rv32imafdc',
        '-mabi=ilp32d',
      ]),
  },
  {
    title: 'a library for another CPU',
    message: /other\.a\(value\.o\): .*(x86|386)/i,
    flags: '-l../other.a',
    prepare: (rig) => makeLibrary(rig, 'x86', 'other.a', VALUE),
  },
  {
    title: 'a library that is cut off',
    message: /cut\.a at offset 0x[\da-f]+: member .* claims \d+ bytes, \d+ are left/,
    flags: '-l../cut.a',
    prepare: (rig) => {
      const file = makeLibrary(rig, 'armv7m', 'cut.a', VALUE);
      writeFileSync(file, readFileSync(file).subarray(0, -200));
    },
  },
  {
    title: 'a linker script with a command that means nothing here',
    message: /script\.a:2: .*SECTIONS/,
    flags: '-l../script.a',
    prepare: (rig) =>
      writeFileSync(join(rig.dir, 'script.a'), '/* GNU ld script */\nSECTIONS { .text : { *(.text) } }\n'),
  },
  {
    title: 'linker scripts that name each other',
    message: /circle/,
    flags: '-l../a.a',
    prepare: (rig) => {
      writeFileSync(join(rig.dir, 'a.a'), '/* GNU ld script */ INPUT ( b.a )\n');
      writeFileSync(join(rig.dir, 'b.a'), '/* GNU ld script */ INPUT ( a.a )\n');
    },
  },
  {
    title: 'a library that does not exist',
    message: /\.\.\/none\.a: this library does not exist/,
    flags: '-l../none.a',
    prepare: () => {},
  },
  {
    title: 'fixed symbols defined twice',
    message: /rom\.ld:3: 'value' is 0x20 here and 0x10 in line 1/,
    flags: '--externs ../rom.ld',
    prepare: (rig) => writeFileSync(join(rig.dir, 'rom.ld'), 'value = 0x10;\nother = 1;\nvalue = 0x20;\n'),
  },
  {
    title: 'a fixed symbol out of 32 bits',
    message: /rom\.ld:1: 'value' has the address 0x100000000, which is out of 32 bits/,
    flags: '--externs ../rom.ld',
    prepare: (rig) => writeFileSync(join(rig.dir, 'rom.ld'), 'value = 0x100000000;\n'),
  },
  {
    title: 'a file of fixed symbols that does not exist',
    message: /none\.ld: armv7m: the file of fixed symbols cannot be read: there is no such file/,
    flags: '--externs ../none.ld',
    prepare: () => {},
  },
];

for (const { title, message, flags, prepare, arch = 'armv7m' } of REFUSALS) {
  testWith({ compiler: [arch, 'armv7m', 'x86'], tool: 'make' }, title, (t) =>
    withRig(async (rig) => {
      prepare(rig);
      const dir = rig.module('m', { Makefile: lines(flags), 'mod.c': CALLER });
      const run = await rig.natmod(['build', '--arch', arch, '--module', dir, '--out', rig.out]);
      t.is(run.status, 1, run.stdout);
      t.regex(run.stderr, message);
      t.is(run.stderr.match(/error: /g)?.length, 1, run.stderr);
      t.notRegex(run.stdout + run.stderr, /^\s+at .*:\d+:\d+/m);
      t.false(existsSync(join(rig.out, arch, 'mod.mpy')));
    }),
  );
}

testWith(
  { compiler: 'x64', runtime: 'x64', tool: 'make', optionalTool: 'clang' },
  'clang builds modules with libraries',
  (t) =>
    withRig(async (rig) => {
      const source = moduleSource(
        'mp_obj_new_int((int)(sin(clang_count++) * 1e6))',
        '#include <math.h>\ndouble clang_count;',
      );
      const dir = rig.module('m', { Makefile: makefile('SRC = mod.c\nLINK_RUNTIME = 1'), 'mod.c': source });
      const run = await rig.natmod(['build', '--arch', 'x64', '--cc', 'clang', '--module', dir, '--out', rig.out]);
      t.is(run.status, 0, run.stderr);
      const files = { 'mod.mpy': readFileSync(join(rig.out, 'x64/mod.mpy')) };
      const script = 'import mod; print(mod.f(), mod.f())';
      t.is((await runMicroPython('x64', { script, files })).stdout, '0 841470\n');
      // Without GCC beside it, its own builtins serve, where they are installed.
      const alone = await runtimeLibraries(
        { arch: archByName('x64'), compiler: ['clang', '--gcc-toolchain=/nowhere'], flags: [] },
        [],
      );
      t.true(
        alone.every((path) => !/libgcc/.test(path)),
        alone.join(),
      );
    }),
);

for (const arch of ['x64', 'x86'] as const) {
  testWith(
    { compiler: arch, runtime: arch, source: true, tool: 'make' },
    `${arch}: glibc is replaced too where the dynruntime.mk of a MicroPython tree names it`,
    (t) =>
      withRig(async (rig) => {
        const source = moduleSource(
          'mp_obj_new_int((int)(expf(exp_count += 1) * 1000))',
          '#include <math.h>\nfloat exp_count;',
        );
        const dir = rig.module('m', { Makefile: makefile('SRC = mod.c\nLINK_RUNTIME = 1'), 'mod.c': source });
        const { dir: tree } = findMicroPythonSource() as { dir: string };
        const args = ['build', '--arch', arch, '--mpy-dir', tree, '--module', dir, '--out', rig.out];
        const run = await rig.natmod(args);
        t.is(run.status, 0, run.stderr);
        t.is(await callModule(rig, arch), '2718\n');
      }),
  );
}

testWith(
  { compiler: 'xtensa', tool: 'make' },
  'fixed symbols come from MPY_EXTERN_SYM_FILE, and the name of the source from --source-name',
  (t) =>
    withRig(async (rig) => {
      const files = {
        Makefile: makefile('SRC = mod.c\nMPY_EXTERN_SYM_FILE = rom.ld\nMPY_LD_FLAGS += --source-name=other.py'),
        'rom.ld': 'PROVIDE ( ets_delay = 0x40002ecc );\nPROVIDE ( other = ets_delay );\n',
        'mod.c': moduleSource('mp_obj_new_int(ets_delay(1))', 'int ets_delay(int);'),
      };
      const run = await rig.natmod(['build', '--arch', 'xtensa', '--module', rig.module('m', files), '--out', rig.out]);
      t.is(run.status, 0, run.stderr);
      const bytes = readFileSync(join(rig.out, 'xtensa/mod.mpy'));
      t.true(bytes.includes('other.py'));
      t.true(bytes.includes(Buffer.of(0xcc, 0x2e, 0x00, 0x40)));
    }),
);

testWith(
  { compiler: 'rv32imc', tool: 'make' },
  'ARCH_FLAGS are names or a number, and picolibc serves headers of the C library and what -lc names',
  (t) =>
    withRig(async (rig) => {
      const source = moduleSource('mp_obj_new_int(atoi("1"))', '#include <assert.h>\n#include <stdlib.h>');
      const dir = rig.module('m', { Makefile: makefile('SRC = mod.c\nMPY_LD_FLAGS += -lc'), 'mod.c': source });
      const flagsOf = async (...args: string[]) => {
        const run = await rig.natmod(['build', '--arch', 'rv32imc', '--module', dir, '--out', rig.out, ...args]);
        t.is(run.status, 0, run.stderr);
        return readMpy(readFileSync(join(rig.out, 'rv32imc/mod.mpy')), 'mod.mpy').header.archFlags;
      };
      t.is(await flagsOf(), 0);
      t.is(await flagsOf('ARCH_FLAGS=zba'), 1);
      t.is(await flagsOf('ARCH_FLAGS=zba,zcmp'), 3);
      t.is(await flagsOf('ARCH_FLAGS=0x2'), 2);
      const wrong = await rig.natmod([
        'build',
        '--arch',
        'rv32imc',
        '--module',
        dir,
        '--out',
        rig.out,
        'ARCH_FLAGS=zbb',
      ]);
      t.regex(wrong.stderr, /unknown architecture flag 'zbb'\n.*rv32imc has zba, zcmp/);
    }),
);

for (const arch of ['armv6m', 'armv7m', 'armv7emsp', 'armv7emdp'] as const) {
  testWith(
    { compiler: arch, runtime: arch, tool: 'make' },
    `${arch}: memory functions of C and of the ABI are those of the firmware`,
    (t) =>
      withRig(async (rig) => {
        const source = moduleSource(
          'run()',
          `#include <string.h>
void __aeabi_memcpy(void *, const void *, size_t); void __aeabi_memset(void *, size_t, int);
void __aeabi_memclr8(void *, size_t); void __aeabi_memmove4(void *, const void *, size_t);
char memory_a[24], memory_b[24];
#define a memory_a
#define b memory_b
static mp_obj_t run(void) {
    memset(a, 'x', 8);
    __aeabi_memset(a + 8, 8, 'y');
    __aeabi_memcpy(b, a, 16);
    __aeabi_memclr8(a, 8);
    memmove(b + 1, b, 8);
    __aeabi_memmove4(b + 8, b + 4, 8);
    memcpy(a, b, 4);
    return mp_obj_new_str(b, 16);
}`,
        );
        const dir = rig.module('m', {
          Makefile: `${makefile('SRC = mod.c')}CFLAGS += -fno-builtin\n`,
          'mod.c': source,
        });
        const run = await rig.natmod(['build', '--arch', arch, '--module', dir, '--out', rig.out]);
        t.is(run.status, 0, run.stderr);
        t.is(await callModule(rig, arch), 'xxxxxxxxxxxxxyyy\n');
      }),
  );
}
