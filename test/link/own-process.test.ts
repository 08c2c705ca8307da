/** errno and the thread pointer: what a C library has in its own process, and a module has not. */
import { readFileSync } from 'node:fs';
import test from 'ava';
import { type ArchName, archByName } from '../../natmod-rules/arch/index.ts';
import { readArchive } from '../../natmod-rules/elf/archive.ts';
import { definedSymbols } from '../../natmod-rules/elf/object.ts';
import { findMusl } from '../../tasks/bootstrap/musl.mjs';
import { onlyMathematics } from '../../tasks/toolchain/math-library.ts';
import { buildModule, compile } from '../support/compile.ts';
import { link } from '../support/link.ts';
import { linkObjects, madeObjects, problemsOf } from '../support/link-made.ts';
import { TEXT_FLAGS } from '../support/make-object.ts';
import { RUNNABLE, testWith } from '../support/needs.ts';
import { EMULATOR, type RiscvArch, runInModule } from '../support/riscv-run.ts';
import { runMicroPython } from '../support/run.ts';

/** As the headers of picolibc have it. */
const ERRNO: Partial<Record<ArchName, string>> = {
  rv32imc: 'extern __thread int errno __attribute__((tls_model("local-exec")));',
  rv64imc: 'extern __thread int errno __attribute__((tls_model("local-exec")));',
  xtensa: 'extern int errno;',
};
const errnoOf = (arch: ArchName) => ERRNO[arch] ?? '#include <errno.h>';

/** Sets errno in one function and reads it in another. */
const SOURCE = (arch: ArchName) => `${errnoOf(arch)}
__attribute__((noinline)) static void fails(int n) { if (n > 10) errno = n; }
__attribute__((noinline)) static int value(int n) { int old = errno; errno = 0; fails(n); return errno * 100 + old; }
`;
const INPUTS = [3, 34, 5, 77];
const VALUES = [0, 3400, 34, 7700];

for (const arch of RUNNABLE) {
  testWith({ compiler: arch, runtime: arch }, `${arch}: errno is one word of the module, in both forms`, async (t) => {
    const source = `#include "py/dynruntime.h"\n${SOURCE(arch)}
static mp_obj_t f(mp_obj_t n) { return mp_obj_new_int(value(mp_obj_get_int(n))); }
static MP_DEFINE_CONST_FUN_OBJ_1(f_obj, f);
mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY
    mp_store_global(MP_QSTR_f, MP_OBJ_FROM_PTR(&f_obj));
    MP_DYNRUNTIME_INIT_EXIT
}`;
    for (const compact of [false, true]) {
      const { mpy } = buildModule(arch, 'mod', { 'mod.c': source }, { compact });
      const script = `import mod\nprint([mod.f(n) for n in ${JSON.stringify(INPUTS)}])\n`;
      const { stdout, stderr } = await runMicroPython(arch, { files: { 'mod.mpy': mpy }, script });
      t.is(stdout + stderr, `[${VALUES.join(', ')}]\n`, `compact: ${compact}`);
    }
  });
}

for (const arch of ['rv32imc', 'rv64imc'] as const satisfies readonly RiscvArch[]) {
  testWith(
    { compiler: arch, tool: EMULATOR[arch] },
    `${arch}: the thread-local errno of picolibc is one word of the module, and so is code for a fixed address loaded anywhere`,
    (t) => {
      const extra = `int shift = 7; static int hits[4];
        int counted(int n) { hits[n & 3] += shift; return hits[n & 3]; }`;
      const source = `${SOURCE(arch)}${extra} static int both(int n) { return value(n) + counted(n) * 10000; }
        static void *const table[] = {(void *)both};\nconst void *mpy_init(void) { return table; }`;
      const data = archByName(arch);
      const calls = INPUTS.map((n) => ({ function: 0, type: 'int' as const, args: [n] }));
      const counts = [1, 1, 1, 2];
      const wanted = VALUES.map((value, i) => BigInt(value + counts[i]! * 70000));
      for (const flags of [data.compactFlags, [...data.compactFlags, '-fno-pic', '-mcmodel=medlow']]) {
        const objects = compile(arch, { 'm.c': source }, { flags });
        const { mpy } = link({ arch: data, objects, qstrs: [], sourceName: 'm.mpy', compact: true });
        t.deepEqual(runInModule(arch, mpy, calls, [0])[0], wanted, flags.join(' '));
      }
    },
  );
}

testWith({ compiler: 'xtensa' }, 'xtensa: errno is a word of the module where no library has it', (t) => {
  const source = `${SOURCE('xtensa')} int mpy_init(int n) { return value(n); }`;
  t.is(linkObjects('xtensa', compile('xtensa', { 'm.c': source })).sizes.bss, 4);
});

for (const [arch, code] of [
  ['x64', '64488b042500000000c3'],
  ['x86', '65a100000000c3'],
  ['armv7m', '1dee700f7047'],
  ['rv32imc', '03250200' + '8280'],
  ['xtensawin', '702ee3'],
] as const) {
  test(`${arch}: code that counts from the thread pointer is refused by name`, (t) => {
    const text = { name: '.text', flags: TEXT_FLAGS, data: Buffer.from(code, 'hex') };
    const symbols = [{ name: 'mpy_init', section: '.text', size: text.data.length }];
    const objects = madeObjects(arch, { 'main.o': { sections: [text], symbols } });
    const [problem] = problemsOf(() => linkObjects(arch, objects));
    t.is(problem?.code, 'thread-pointer');
    t.is(problem?.message, 'mpy_init uses the thread pointer, which in a module is not its own');
  });
}

const musl = findMusl('x64');
const withMusl = musl === undefined ? test.skip : test;
withMusl(
  'of a C library for Linux only the mathematical functions are taken, and members with a thread pointer are refused',
  (t) => {
    const whole = readArchive(readFileSync(musl!), musl!, { definedSymbols });
    const told = (text: string, library: typeof whole | ReturnType<typeof onlyMathematics>) => {
      const objects = compile('x64', { 'm.c': `${text}` });
      const options = { arch: archByName('x64'), objects, qstrs: [], sourceName: 'm.mpy', libraries: [library] };
      return problemsOf(() => link({ ...options, compact: true })).map(
        ({ code, where }) => `${code} ${where?.symbol ?? ''}`,
      );
    };
    const uses = (name: string) => `void *${name}(long); void *mpy_init(long n) { return ${name}(n); }`;
    const log = 'double log(double), lgamma(double); long mpy_init(long n) { return log(n) + lgamma(n); }';
    t.deepEqual(told(log, onlyMathematics(whole)), []);
    for (const name of ['malloc', 'strtol', 'strerror']) {
      t.deepEqual(told(uses(name), onlyMathematics(whole)), [`undefined-symbol ${name}`]);
    }
    t.true(told(uses('pthread_self'), whole).includes('thread-pointer '));
  },
);
