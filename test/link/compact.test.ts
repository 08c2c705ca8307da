import test from 'ava';
import { ARCHES, archByName } from '../../natmod-rules/arch/index.ts';
import { buildModule, compile } from '../support/compile.ts';
import { link } from '../support/link.ts';
import { allLinkFixtures, FIXTURE_QSTRS } from '../support/link-fixtures.ts';
import { problemsOf } from '../support/link-made.ts';
import { Random } from '../support/mutate-object.ts';
import { testWith } from '../support/needs.ts';
import { EMULATOR, type RiscvArch, runInModule } from '../support/riscv-run.ts';
import { runMicroPython } from '../support/run.ts';

/**
 * Everything that a plain link refuses or wastes: static and initialised variables, tables of pointers to them, equal
 * strings, idle code.
 */
const MODULE = `#include "py/dynruntime.h"
static mp_int_t counter;
static mp_int_t level = 40;
static char name[] = "made here";
static mp_int_t cells[3] = {1, 2, 3};
static mp_int_t *const table[] = {&counter, &level, &cells[1]};
static mp_int_t *start = &cells[2];
int never_used(void) { return 7; }
const char *const words[] = {"a longer beta", "beta"};
static mp_obj_t bump(mp_obj_t by) {
    counter += mp_obj_get_int(by);
    *table[1] += 1;
    *start += 10;
    name[0] = 'M';
    return mp_obj_new_int(counter * 1000000 + level * 1000 + cells[2]);
}
static MP_DEFINE_CONST_FUN_OBJ_1(bump_obj, bump);
static mp_obj_t word(mp_obj_t i) {
    return mp_obj_new_str(words[mp_obj_get_int(i) & 1], 4);
}
static MP_DEFINE_CONST_FUN_OBJ_1(word_obj, word);
static mp_obj_t label(void) { return mp_obj_new_str(name, sizeof name - 1); }
static MP_DEFINE_CONST_FUN_OBJ_0(label_obj, label);
static mp_obj_t fill(mp_obj_t n) {
    char buffer[64];
    memset(buffer, 'x', sizeof buffer);
    memcpy(buffer, "beta", 4);
    return mp_obj_new_str(buffer, (size_t)mp_obj_get_int(n) & 63);
}
static MP_DEFINE_CONST_FUN_OBJ_1(fill_obj, fill);
mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY
    mp_store_global(MP_QSTR_bump, MP_OBJ_FROM_PTR(&bump_obj));
    mp_store_global(MP_QSTR_word, MP_OBJ_FROM_PTR(&word_obj));
    mp_store_global(MP_QSTR_label, MP_OBJ_FROM_PTR(&label_obj));
    mp_store_global(MP_QSTR_fill, MP_OBJ_FROM_PTR(&fill_obj));
    MP_DYNRUNTIME_INIT_EXIT
}
`;
const SCRIPT = `import made
print(made.bump(1), made.bump(2), made.word(0), made.word(1), made.label(), made.fill(6), made.fill(60)[-2:])
`;
const SAID = '1041013 3042023 a lo beta Made here betaxx xx\n';

for (const arch of ['x64', 'x86', 'armv6m', 'armv7m', 'armv7emsp', 'armv7emdp'] as const) {
  testWith(
    { compiler: arch, runtime: arch },
    `${arch}: static and initialised variables work in a compact module`,
    async (t) => {
      const { mpy } = buildModule(arch, 'made', { 'made.c': MODULE }, { compact: true });
      const { stdout, stderr } = await runMicroPython(arch, { files: { 'made.mpy': mpy }, script: SCRIPT });
      t.is(stdout, SAID, stderr);
    },
  );
}

const PLAIN = `static const char *const words[] = {"a longer beta", "beta"};
static long level = 40, cells[3] = {1, 2, 3};
static long counter;
static long *const table[] = {&counter, &level, &cells[1]};
int never_used(void) { return 7; }
long bump(long by) { counter += by; *table[1] += 1; cells[2] += 10; return counter * 1000000 + level * 1000 + cells[2]; }
long letter(long i) { return words[i & 1][0]; }
static void *const functions[] = {(void *)bump, (void *)letter};
const void *mpy_init(void) { return functions; }
`;

for (const arch of ['rv32imc', 'rv64imc'] as const satisfies readonly RiscvArch[]) {
  testWith({ compiler: arch, tool: EMULATOR[arch] }, `${arch}: static variables are reached through the GOT`, (t) => {
    const data = archByName(arch);
    const objects = compile(arch, { 'm.c': PLAIN }, { flags: data.compactFlags });
    const { mpy } = link({ arch: data, objects, qstrs: [], sourceName: 'm.mpy', compact: true });
    const calls = [0, 0, 1, 1].map((f, i) => ({ function: f, type: 'int' as const, args: [i + 1] }));
    t.deepEqual(runInModule(arch, mpy, calls, [0])[0], [1041013n, 3042023n, 98n, 97n]);
  });
}

for (const { name: arch } of ARCHES) {
  testWith(
    { compiler: arch },
    `${arch}: what nothing refers to is left out, and equal ends of strings are shared`,
    (t) => {
      const data = archByName(arch);
      const flags = data.compactFlags;
      const objects = compile(arch, { 'm.c': PLAIN }, { flags });
      const { mpy, image } = link({ arch: data, objects, qstrs: [], sourceName: 'm.mpy', compact: true });
      t.false(image.chunks.some((chunk) => chunk.name.includes('never_used')));
      const copies = Buffer.from(mpy).toString('latin1').split('beta\0').length - 1;
      // Some compilers align strings, and then the end of one is no place for another.
      t.is(copies, image.chunks.some((chunk) => /str1\.[48]/.test(chunk.name)) ? 2 : 1);
    },
  );
}

/**
 * Functions that call each other, near and far, with switches and loops; the entry answers with a table of some of
 * them.
 */
function randomProgram(seed: number): string {
  const random = new Random(seed);
  const count = 60;
  const functions = Array.from({ length: count }, (_, i) => {
    // Callees of half the number at most keep the calls from going on for ever.
    const callee = () => (i < 2 ? 'x' : `f${random.below(i >> 1)}(x ^ ${random.below(1000)}u)`);
    const cases = Array.from({ length: 6 }, (_, k) => `case ${k}: x += ${callee()} * ${random.below(99)}u; break;`);
    const loop = `for (u32 k = 0; k < 2; k++) x = x * ${random.below(5000)}u + k;`;
    const copy = `u32 copy[24] = {x, x + 1}; x += copy[x % 24] + (u32)names[x % 3][1];`;
    const body =
      i % 3 === 0 ? `switch (x & 7) { ${cases.join(' ')} default: x ^= 5; }` : `if (x & 64) return ${callee()};`;
    return `u32 f${i}(u32 x) { ${body} ${i % 5 === 0 ? copy : loop} return x; }`;
  });
  const declarations = functions.map((_, i) => `__attribute__((noinline)) u32 f${i}(u32 x);`);
  const shuffled = functions.map((text) => ({ text, key: random.below(1 << 20) })).sort((a, b) => a.key - b.key);
  const tabled = Array.from({ length: 12 }, (_, i) => `(void *)f${count - 1 - i}`).join(', ');
  return [
    'typedef unsigned u32;',
    'static const char *const names[] = {"one", "two", "three"};',
    ...declarations,
    ...shuffled.map(({ text }) => text),
    `static void *const table[] = {${tabled}};`,
    'const void *mpy_init(void) { return table; }',
  ].join('\n');
}

for (const arch of ['rv32imc', 'rv64imc'] as const satisfies readonly RiscvArch[]) {
  testWith({ compiler: arch, tool: EMULATOR[arch] }, `${arch}: shortened calls lead to the same results`, (t) => {
    for (const seed of [1, 2, 3]) {
      const sources = { 'random.c': randomProgram(seed) };
      const data = archByName(arch);
      const make = (flags: readonly string[], compact: boolean) =>
        link({ arch: data, objects: compile(arch, sources, { flags }), qstrs: [], sourceName: 'random.mpy', compact });
      const plain = make([], false);
      const small = make(data.compactFlags, true);
      const calls = Array.from({ length: 48 }, (_, i) => ({
        function: i % 12,
        type: 'int' as const,
        args: [i * 7919],
      }));
      t.deepEqual(runInModule(arch, small.mpy, calls, [0, 8]), runInModule(arch, plain.mpy, calls, [0, 8]));
      t.true(small.mpy.length < plain.mpy.length * 0.93, `${small.mpy.length} of ${plain.mpy.length} bytes`);
    }
  });
}

for (const { arch, name, objects } of allLinkFixtures()) {
  test(`${arch.name}: the compact form of ${name} is not larger`, (t) => {
    const options = { arch, objects, qstrs: FIXTURE_QSTRS, sourceName: 'fixture.mpy' };
    const problems = problemsOf(() => link(options));
    if (problems.length > 0)
      t.deepEqual(
        problemsOf(() => link({ ...options, compact: true })),
        problems,
      );
    else t.true(link({ ...options, compact: true }).mpy.length <= link(options).mpy.length);
  });
}

/** Compiles without a warning, unless GCC leaves out the step that shows it which paths nothing takes. */
const WARNED = `int get(int *); int got(int flag, int m, int *a) {
    int x; if (flag || m) { x = get(a); } while (m > 3) { m -= 2; get(a); } if (flag || m) return x; return 0; }
int get(int *a) { return a[0]; } int shared[4]; int mpy_init(int n) { return got(n, n & 1, shared); }`;

for (const { name: arch, compactFlags, sizeFlags } of ARCHES) {
  testWith({ compiler: arch }, `${arch}: what compiles with -Wall -Werror compiles with the flags for size`, (t) => {
    const flags = ['-Wall', '-Werror'];
    try {
      t.is(compile(arch, { 'main.c': WARNED }, { flags }).length, 1);
    } catch (error) {
      // Some versions, as GCC 13 for Xtensa, never see it.
      t.regex((error as Error).message, /\[-Werror=maybe-uninitialized\]/);
      t.log('this compiler warns of it with its own flags already');
      return;
    }
    t.is(compile(arch, { 'main.c': WARNED }, { flags: [...flags, ...compactFlags, ...sizeFlags] }).length, 1);
  });
}
