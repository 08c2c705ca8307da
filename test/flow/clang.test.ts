import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { type ArchName, archByName } from '../../natmod-rules/arch/index.ts';
import { clangTargetFlag, compactFlagsFor, isClang } from '../../natmod-rules/compile/index.ts';
import { inFolder, runMake, writeFiles } from '../make/support/doors.ts';
import { RUNNABLE, testWith } from '../support/needs.ts';
import { runMicroPython } from '../support/run.ts';
import { makefile, moduleSource, withRig } from './support/rig.ts';

test('a clang is known by its name, and told its target unless that is said', (t) => {
  for (const words of [['clang'], ['/usr/bin/clang-14'], ['ccache', 'C:\\llvm\\clang.exe'], ['riscv32-esp-elf-clang']])
    t.true(isClang(words), words.join(' '));
  for (const words of [['gcc'], ['/opt/clang/bin/arm-none-eabi-gcc'], ['gcc', '-Wl,clang'], ['clangd'], []])
    t.false(isClang(words), words.join(' '));
  const target = (arch: ArchName, ...words: string[]) => clangTargetFlag(archByName(arch), words);
  t.is(target('armv7m', 'clang'), '--target=arm-none-eabi');
  t.is(target('rv64imc', 'ccache', 'clang-16'), '--target=riscv64-unknown-elf');
  t.is(target('xtensa', 'clang'), undefined);
  t.is(target('armv7m', 'clang', '--target=thumbv7m-none-eabi'), undefined);
  t.is(target('armv7m', 'clang', '-target', 'thumbv7m-none-eabi'), undefined);
  t.is(target('rv32imc', 'riscv32-esp-elf-clang'), undefined);
  t.deepEqual(compactFlagsFor(archByName('armv7m'), ['clang']), ['-fno-pic', '-mno-movt', '-ffunction-sections']);
  t.is(compactFlagsFor(archByName('armv7m'), ['gcc']), archByName('armv7m').compactFlags);
});

/**
 * Static and initialised variables, tables of pointers, a switch, strings, and what becomes calls of memset and memcpy.
 */
const VARIABLES = `static int calls; static int level = 40; static char label[] = "made"; static int *const table[] = {&calls, &level};
static const char *const words[] = {"alpha", "beta"};
static int step(void) {
    int x = ++calls;
    *table[1] += 1;
    label[0] = 'M';
    switch (x) { case 1: x = 7; break; case 2: x = 31; break; case 3: x = 900; break; case 4: x = words[calls & 1][0]; break; }
    char buffer[40];
    memset(buffer, 'x', sizeof buffer);
    memcpy(buffer, label, sizeof label);
    return x * 1000000 + level * 1000 + buffer[0] + buffer[39];
}`;
const SOURCE = moduleSource('mp_obj_new_int(step())', VARIABLES);
const SAID = [7, 31, 900, 97, 5].map((x, i) => x * 1000000 + (41 + i) * 1000 + 77 + 120);
const SCRIPT = 'import mod\nprint([mod.f() for _ in range(5)])';
const LINE = `[${SAID.join(', ')}]\n`;

const arches = [...RUNNABLE, 'rv32imc', 'rv64imc'] as const;
const needed = { compiler: arches, runtime: RUNNABLE, tool: 'make' } as const;
const clangs = [
  { clang: 'clang', needed: { ...needed, optionalTool: 'clang' } },
  { clang: 'zig', needed: { ...needed, zig: true } },
] as const;

for (const { clang, needed } of clangs) {
  testWith(needed, `${clang} builds modules with static and initialised variables for every CPU that it knows`, (t) =>
    withRig(async (rig) => {
      const dir = rig.module('m', { Makefile: makefile('SRC = mod.c'), 'mod.c': SOURCE });
      const all = ['build', '--arch', arches.join(), '--cc', clang, '--module', dir, '--out', rig.out];
      const run = await rig.natmod(all);
      t.is(run.status, 0, run.stdout + run.stderr);
      for (const arch of RUNNABLE) {
        const files = { 'mod.mpy': readFileSync(join(rig.out, arch, 'mod.mpy')) };
        const { stdout, stderr } = await runMicroPython(arch, { files, script: SCRIPT });
        t.is(stdout, LINE, `${arch}: ${stderr}`);
      }
      const plain = await rig.natmod([...all, '--no-optimize']);
      t.is(plain.status, 1);
      t.regex(plain.stderr, /initialised writable data .*level/);
    }),
  );

  testWith(
    needed,
    `in the plain form of ${clang} a static variable is refused with its name, that of the function, and what to do`,
    (t) =>
      withRig(async (rig) => {
        const source = moduleSource('mp_obj_new_int(++counter)', 'static int counter;');
        const dir = rig.module('m', { Makefile: makefile('SRC = mod.c'), 'mod.c': source });
        const words = ['build', '--arch', 'x64,armv7m,rv32imc', '--cc', clang, '--module', dir, '--out', rig.out];
        const run = await rig.natmod([...words, '--no-optimize']);
        t.is(run.status, 1);
        const said = [...run.stderr.matchAll(/f cannot reach the static variable 'counter' .*\n +(.*)/g)];
        t.is(said.length, 3, run.stderr);
        for (const [, hint] of said) t.regex(hint!, /remove the word static/);
      }),
  );

  testWith(
    needed,
    `${clang} for ARM takes headers and run-time library from beside the GCC for it or from its own, in make's hands too`,
    (t) =>
      inFolder(async (dir) => {
        const head =
          '#include <string.h>\nstatic __attribute__((noinline)) long long part(long long a, long long b) { return a / b; }';
        const source = moduleSource('mp_obj_new_int((int)part(1LL << 40, 1 << 20) + (int)strlen(MODULE_NAME))', head);
        writeFiles(dir, {
          Makefile: makefile('SRC = mod.c\nLINK_RUNTIME = 1\nCFLAGS += -DMODULE_NAME=\'"abc"\''),
          'mod.c': source,
        });
        for (const arch of ['armv7m', 'x64'] as const) {
          const { exitCode, stdout, stderr } = await runMake(dir, [`ARCH=${arch}`, `CC=${clang}`]);
          t.is(exitCode, 0, stdout + stderr);
          const files = { 'mod.mpy': readFileSync(join(dir, 'mod.mpy')) };
          t.is((await runMicroPython(arch, { files, script: 'import mod; print(mod.f())' })).stdout, '1048579\n');
        }
        // Zig's own library is made once per CPU, which takes its time.
        for (const arch of clang === 'zig' ? (['armv6m'] as const) : (['rv32imc', 'armv6m'] as const)) {
          const { exitCode, stdout, stderr } = await runMake(dir, [`ARCH=${arch}`, `CC=${clang}`]);
          t.is(exitCode, 0, stdout + stderr);
        }
      }),
  );
}
