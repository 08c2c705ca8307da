/**
 * What other linkers of native modules get wrong or refuse, run where that is possible. The rest of it is in the files
 * beside this one.
 */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { type ArchName, archByName } from '../../natmod-rules/arch/index.ts';
import { readObject } from '../../natmod-rules/elf/object.ts';
import { buildHarness, callOnXtensa, HARNESS_TOOLS } from '../../tasks/run/xtensa.ts';
import { makeFolder, runCli } from '../cli/run-cli.ts';
import { archive } from '../elf/make-archive.ts';
import { buildModule, type CompileOptions, compile } from '../support/compile.ts';
import { link } from '../support/link.ts';
import type { LinkObject } from '../support/link-fixtures.ts';
import { linkObjects, madeObjects, problemsOf } from '../support/link-made.ts';
import { TEXT_FLAGS } from '../support/make-object.ts';
import { RUNNABLE, testWith } from '../support/needs.ts';
import { EMULATOR, type RiscvArch, runInModule } from '../support/riscv-run.ts';
import { runMicroPython } from '../support/run.ts';

const folder = mkdtempSync(join(tmpdir(), 'natmod-defects-'));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

/** A module `mod` with one function `f` of an integer, whose value is that of the C function `value`. */
const around = (text: string) => `#include "py/dynruntime.h"
${text}
static mp_obj_t f(mp_obj_t n) { return mp_obj_new_int(value(mp_obj_get_int(n))); }
static MP_DEFINE_CONST_FUN_OBJ_1(f_obj, f);
mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY
    mp_store_global(MP_QSTR_f, MP_OBJ_FROM_PTR(&f_obj));
    MP_DYNRUNTIME_INIT_EXIT
}
`;

type Sources = Readonly<Record<string, string>>;

/** What `f` of a module gives for each of `inputs` on a real MicroPython, and the relocation types of its objects. */
async function run(arch: ArchName, sources: Sources, inputs: readonly number[], options: CompileOptions = {}) {
  const { mpy, objects } = buildModule(arch, 'mod', sources, options);
  const script = `import mod\nprint([mod.f(n) for n in [${inputs.join()}]])\n`;
  const { stdout, stderr } = await runMicroPython(arch, { files: { 'mod.mpy': mpy }, script });
  return { said: stdout + stderr, types: relocationTypes(objects) };
}

function relocationTypes(objects: readonly LinkObject[]): Set<number> {
  const sections = objects.flatMap(({ name, bytes }) => readObject(bytes, name).sections);
  return new Set(sections.flatMap(({ relocations }) => relocations.map(({ type }) => type)));
}

/** Thumb code with every form that C seldom or never becomes; each contributes one digit. */
const THUMB = `    .syntax unified
    .thumb
    .text
    .global forms
    .type forms, %function
forms:
    push {r4, r5, lr}
    mov r5, r0
    ldr r4, 1f
2:  add r4, pc
    ldr r1, 3f
    ldr r0, [r4, r1]
    ldr r1, 4f
    ldr r1, [r4, r1]
    ldr r1, [r1, #4]
    add r0, r1
    movw r1, #:lower16:(digits - 5f - 4)
    movt r1, #:upper16:(digits - 5f - 4)
5:  add r1, pc
    ldr r1, [r1, #8]
    add r0, r1
    cmp r5, #1
    beq.n when_one
    cmp r5, #2
    beq.w when_two
    b.n otherwise
    .align 2
1:  .word _GLOBAL_OFFSET_TABLE_ - (2b + 4)
3:  .word digits(GOTOFF)
4:  .word digits(GOT)
    .section .text.ends, "ax", %progbits
    .macro finish name, digit
    .weak \\name
    .type \\name, %function
\\name:
    adds r0, #\\digit
    pop {r4, r5, pc}
    .endm
    finish when_one, 1
    finish when_two, 2
    finish otherwise, 3
    .section .rodata
    .align 2
digits:
    .word 4000, 500, 60
`;

testWith(
  { compiler: 'armv7m', runtime: 'armv7m' },
  'armv7m: every relocation of the list leads where it should',
  async (t) => {
    const sources = { 'mod.c': around('int forms(int n);\n#define value(n) forms(n)'), 'forms.S': THUMB };
    const { said, types } = await run('armv7m', sources, [1, 2, 3]);
    // GOTOFF32, a local symbol's GOT_BREL, MOVW and MOVT of a distance, JUMP19, JUMP11, JUMP8
    for (const type of [24, 26, 49, 50, 51, 102, 103]) t.true(types.has(type), `type ${type}`);
    t.is(said, '[4561, 4562, 4563]\n');
  },
);

for (const arch of ['armv7m', 'armv6m'] as const) {
  testWith(
    { compiler: arch },
    `${arch}: an address in movw and movt, which no loader could complete, is refused`,
    (t) => {
      const objects = madeObjects(arch, {
        'main.o': {
          sections: [
            {
              name: '.text',
              flags: TEXT_FLAGS,
              data: Uint8Array.of(0x40, 0xf2, 0, 0, 0xc0, 0xf2, 0, 0),
              relocations: [
                { offset: 0, type: 47, symbol: 'x' },
                { offset: 4, type: 48, symbol: 'x' },
              ],
            },
            { name: '.rodata', data: 4 },
          ],
          symbols: [
            { name: 'mpy_init', section: '.text' },
            { name: 'x', section: '.rodata' },
          ],
        },
      });
      const problems = problemsOf(() => linkObjects(arch, objects));
      t.is(problems[0]?.code, 'absolute-code');
      t.regex(problems[0]!.message, /R_ARM_THM_MOVW_ABS_NC against 'x' asks for a fixed address/);
      t.regex(problems[0]!.hint!, /-fpic/);
    },
  );
}

/** Calls and variables of all kinds; compilers choose their relocations by the flags. */
const KINDS = `
static const int table[] = {7, 11, 13};
int counter; short cells[5];
extern int maybe(int) __attribute__((weak));
__attribute__((noinline)) static int own(int n) { return table[n % 3] + counter; }
__attribute__((noinline)) int shown(int n) { cells[n % 5] += n; counter += 100; return own(n) + cells[n % 5]; }
int (*const pointers[])(int) = {own, shown};
static int value(int n) { return (maybe ? 5 : 0) + pointers[n & 1](n) * 1000 + shown(n); }
`;

for (const [title, flags, types] of [
  ['64-bit offsets of the large code model', ['-mcmodel=large'], [25, 27, 29]],
  ['calls through the GOT', ['-fno-plt'], [41]],
] as const) {
  testWith(
    { compiler: 'x64', runtime: 'x64' },
    `x64: ${title} lead where they should, in both forms of linking`,
    async (t) => {
      const usual = await run('x64', { 'mod.c': around(KINDS) }, [2, 1, 4]);
      t.regex(usual.said, /^\[\d+, \d+, \d+\]\n$/);
      for (const compact of [false, true]) {
        const result = await run('x64', { 'mod.c': around(KINDS) }, [2, 1, 4], { flags, compact });
        for (const type of types) t.true(result.types.has(type), `type ${type} in ${[...result.types]}`);
        t.is(result.said, usual.said, `compact: ${compact}`);
      }
    },
  );
}

/**
 * Variables in sections of other names and with alignments that the loader does not know of; each adds to the value.
 */
const SECTIONS = `
static char odd[3];
int level __attribute__((section(".sdata"))) = 1000;
int zero __attribute__((section(".sbss")));
const int fixed __attribute__((section(".srodata"))) = 200;
static int own[2] __attribute__((section(".data.mine"), aligned(8))) = {30, 4};
static long long wide[2] __attribute__((aligned(16))) = {1, 2};
#if defined(__i386__) || defined(__x86_64__)
static char page[3] __attribute__((aligned(4096)));
#else
static char page[3] __attribute__((aligned(4 * sizeof(void *))));
#endif
static const long long steps[] = {5, 15};
long value(long n) {
    odd[n & 1] += 1;
    zero += n;
    level += 1;
    long misplaced = ((unsigned long)own & 7) | ((unsigned long)wide & 15) | ((unsigned long)steps & 3) |
        ((unsigned long)page & (__alignof__(page) - 1));
    page[n & 1] += 1;
    return misplaced * 1000000 + level + zero + fixed + own[0] + own[n & 1] + (long)wide[0] + odd[n & 1] + (steps[n & 1] > 10);
}
`;
const SECTIONS_SAID = [1265, 1244, 1275].map(BigInt);

for (const arch of RUNNABLE) {
  testWith(
    { compiler: arch, runtime: arch },
    `${arch}: small data, small BSS and small constants are in the module, with the alignment they ask for`,
    async (t) => {
      const { said } = await run(arch, { 'mod.c': around(SECTIONS) }, [2, 3, 4], { compact: true });
      t.is(said, `[${SECTIONS_SAID.join(', ')}]\n`);
    },
  );
}

for (const arch of ['rv32imc', 'rv64imc'] as const satisfies readonly RiscvArch[]) {
  testWith(
    { compiler: arch, tool: EMULATOR[arch] },
    `${arch}: small data, small BSS and small constants are in the module, with the alignment they ask for`,
    (t) => {
      const source = `${SECTIONS} static void *const table[] = {(void *)value};\nconst void *mpy_init(void) { return table; }`;
      const data = archByName(arch);
      const flags = [...data.compactFlags, '-mno-explicit-relocs', '-msmall-data-limit=8'];
      const objects = compile(arch, { 'm.c': source }, { flags });
      const { mpy } = link({ arch: data, objects, qstrs: [], sourceName: 'm.mpy', compact: true });
      const calls = [2, 3, 4].map((n) => ({ function: 0, type: 'int' as const, args: [n] }));
      t.deepEqual(runInModule(arch, mpy, calls, [0])[0], SECTIONS_SAID);
    },
  );
}

testWith(
  { compiler: 'xtensa', tool: HARNESS_TOOLS },
  'xtensa: static and initialised variables, pointers to them and variables in other sections work on lx106',
  async (t) => {
    const program = await buildHarness(folder);
    const { mpy } = buildModule('xtensa', 'mod', { 'mod.c': around(SECTIONS) }, { compact: true });
    const calls = [2, 3, 4].map((n) => ({ call: 'f', args: [n] }));
    t.deepEqual(await callOnXtensa(program, mpy, calls), SECTIONS_SAID.map(String));
  },
);

testWith(
  { compiler: 'x64' },
  'a link with libraries makes the same bytes every time, and leaves nothing but the module',
  async (t) => {
    const place = makeFolder(t);
    const sources = Object.fromEntries(
      Array.from({ length: 12 }, (_, i) => [
        `m${i}.c`,
        `long g${(i + 1) % 12}(long); long g${i}(long n) { return n < ${i} ? n : g${(i + 1) % 12}(n - 1); }`,
      ]),
    );
    const members = compile('x64', sources);
    const [main] = compile('x64', {
      'main.c': 'long g0(long), g7(long); long mpy_init(void *self, long n) { return g0(n) + g7(n); }',
    });
    writeFileSync(
      join(place, 'libg.a'),
      archive(...members.map(({ name, bytes }) => ({ name: `${name}/`, data: Buffer.from(bytes) }))),
    );
    writeFileSync(join(place, 'main.o'), main!.bytes);
    const before = readdirSync(place);
    const made: string[] = [];
    for (const output of ['one.mpy', 'two.mpy', 'three.mpy']) {
      const { exitCode, stdout, stderr } = await runCli(
        'mpy-ld',
        ['-v', '-llibg.a', '-o', output, 'main.o', '--source-name', 'm'],
        place,
      );
      t.is(exitCode, 0, stderr);
      made.push(stdout);
    }
    t.deepEqual(made.slice(1), [made[0], made[0]]);
    const added = readdirSync(place).filter((name) => !before.includes(name));
    t.deepEqual(added.sort(), ['one.mpy', 'three.mpy', 'two.mpy']);
  },
);
