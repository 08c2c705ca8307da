/** Code that compiles, and that no module can hold. */
import test from 'ava';
import { ARCHES, type ArchName, archByName } from '../../natmod-rules/arch/index.ts';
import * as elf from '../../natmod-rules/elf/constants.ts';
import { compile } from '../support/compile.ts';
import { link } from '../support/link.ts';
import { build, linkObjects, madeObjects, problemsOf } from '../support/link-made.ts';
import { type MadeSection, type MadeSymbol, TEXT_FLAGS } from '../support/make-object.ts';
import { testWith } from '../support/needs.ts';

const MAIN: MadeSection = { name: '.text', flags: TEXT_FLAGS, data: 16 };
const ENTRY: MadeSymbol = { name: 'mpy_init', section: '.text', size: 16 };

const HELPED = { 'main.c': 'int helper(int); int mpy_init(int n) { return helper(n); }' };
const HELPER = { 'helper.c': 'int helper(int n) { return n * 3; }' };

testWith(
  { compiler: 'armv7m' },
  'an object that a rule of its own made for another CPU is refused, and flags for a stronger CPU are not when the whole module has them',
  (t) => {
    const told = (arch: ArchName, own: readonly string[], helper: readonly string[]) =>
      problemsOf(() =>
        linkObjects(arch, [...compile(arch, HELPED, { flags: own }), ...compile(arch, HELPER, { flags: helper })]),
      ).map(({ code, where }) => `${code} ${where?.file}`);
    const helpers = ['wrong-abi helper.o'];
    const [m3, m4, m33] = ['-mcpu=cortex-m3', '-mcpu=cortex-m4', '-mcpu=cortex-m33+nofp'].map((flag) => [flag]) as [
      string[],
      string[],
      string[],
    ];
    t.deepEqual(told('armv6m', [], []), []);
    t.deepEqual(told('armv6m', [], m3), helpers);
    t.deepEqual(told('armv6m', m3, m3), ['wrong-abi main.o', ...helpers]);
    t.deepEqual(told('armv7m', [], m4), helpers);
    t.deepEqual(told('armv7m', m4, m4), []);
    t.deepEqual(told('armv7m', m33, m4), []);
    const hard = ['-mcpu=cortex-m4', '-mfpu=fpv4-sp-d16', '-mfloat-abi=hard'];
    t.deepEqual(told('armv7m', hard, hard), ['wrong-abi main.o', ...helpers]);
  },
);

testWith(
  { compiler: 'rv32imc' },
  'rv32imc: extensions that ARCH_FLAGS names are part of the CPU, also in a single object',
  (t) => {
    const objects = [...compile('rv32imc', HELPED), ...compile('rv32imc', HELPER, { flags: ['-march=rv32imac_zba'] })];
    const told = (archFlags: number) =>
      problemsOf(() => link({ arch: archByName('rv32imc'), objects, archFlags, qstrs: [], sourceName: 'm.mpy' }));
    t.deepEqual(told(1), []);
    t.regex(told(0)[0]!.message, /^may contain instructions of 'zba'/);
  },
);

const USES = (name: string) => `void *${name}(); long helper(long x) { return (long)${name}(x); }
long mpy_init(void *self, long n, long m, long *args) { return helper(n); }`;

for (const { name: arch } of ARCHES) {
  testWith(
    { compiler: arch },
    `${arch}: an undefined symbol is told with object, function and where it may be had`,
    (t) => {
      const hints: [string, RegExp][] = [
        ['__divdi3', /libgcc.*LINK_RUNTIME = 1/],
        ['__aeabi_dmul', /libgcc.*LINK_RUNTIME = 1/],
        ['sinf', /libm.*LINK_RUNTIME = 1/],
        ['malloc', /m_malloc/],
        ['printf', /mp_printf/],
        ['mp_obj_new_set', /only what py\/dynruntime\.h offers/],
        ['strlen', /C library.*\nof a loop: CFLAGS \+= -fno-tree-loop/],
        ['__atomic_load_8', /no instruction/],
        ['__start_table', /symbol of your own/],
        ['_impure_ptr', /lgamma_r/],
        ['my_helper', /add the source that defines it to SRC/],
      ];
      for (const [name, hint] of hints) {
        const problems = problemsOf(() =>
          build(arch, { 'main.c': USES(name) }, { flags: ['-fno-builtin', '-fno-inline'] }),
        );
        t.is(problems.length, 1);
        const [problem] = problems;
        t.is(problem?.code, 'undefined-symbol');
        t.is(
          problem?.message.replace(/, which (helper|\.literal\S*) refers to$/, ', user'),
          `undefined symbol '${name}', user`,
        );
        t.is(problem?.where?.file, 'main.o');
        t.regex(problem!.hint!, hint);
      }
    },
  );

  testWith({ compiler: arch }, `${arch}: each undefined symbol is told once, and all of them`, (t) => {
    const source = `int a(int), b(int); int f(int x) { return a(x) + b(x) + a(x + 1); } int g(int x) { return b(x); }
      long mpy_init(void *self, long n, long m, long *args) { return f(n) + g(m); }`;
    const problems = problemsOf(() => build(arch, { 'main.c': source }));
    t.deepEqual(problems.map((p) => p.where?.symbol).sort(), ['a', 'b']);
  });

  testWith({ compiler: arch }, `${arch}: code that wants a fixed address is sent to -fpic`, (t) => {
    const source = `static const char text[] = "abc"; extern const char *use(const char *); int counter;
      const char *use(const char *p) { return p + counter; }
      long mpy_init(void *self, long n, long m, long *args) { return (long)use(text); }`;
    const problems = problemsOf(() => build(arch, { 'main.c': source }, { flags: ['-fno-pic'] }));
    for (const { hint } of problems) t.regex(hint!, /-fpic|-fno-pic/);
    t.is(problems.length > 0, ['x86', 'x64', 'rv32imc', 'rv64imc'].includes(arch));
  });

  testWith({ compiler: arch }, `${arch}: an address in a packed structure is refused with what to change`, (t) => {
    const source = `struct { char c; const void *p; } __attribute__((packed)) const odd = {1, &odd};
      long mpy_init(void *self, long n, long m, long *args) { return (long)odd.p; }`;
    const [problem] = problemsOf(() => build(arch, { 'main.c': source }));
    t.is(problem?.code, 'unaligned-address');
    t.is(
      problem?.message,
      "the address of 'odd' is stored at a place that is not word-aligned; the firmware can only complete aligned words",
    );
    t.regex(problem!.hint!, /packed/);
  });

  testWith({ compiler: arch }, `${arch}: thread-local variables are refused by name`, (t) => {
    const source = `__thread int counter; long mpy_init(void *self, long n, long m, long *args) { return ++counter; }`;
    const problems = problemsOf(() => build(arch, { 'main.c': source }));
    t.true(problems.length > 0);
    // Some compilers call a helper function, and the variable is told through it.
    if (problems[0]?.code === 'undefined-symbol')
      t.regex(problems[0].message, /__(tls_get_addr|emutls_get_address)|__aeabi_read_tp/);
    else {
      t.true(problems.every((p) => p.code === 'thread-local'));
      t.true(problems.some((p) => p.message.includes('counter')));
    }
  });

  testWith({ compiler: arch }, `${arch}: constructors are refused by name`, (t) => {
    const source = `int ready; __attribute__((constructor)) void prepare(void) { ready = 1; }
      long mpy_init(void *self, long n, long m, long *args) { return ready; }`;
    const [problem] = problemsOf(() => build(arch, { 'main.c': source }));
    t.is(problem?.code, 'constructors');
    t.regex(problem!.hint!, /call the function from mpy_init/);
  });
}

test('an address of 4 bytes on a CPU of 8 is refused, and a fixed number in such a place is not', (t) => {
  const made = (symbol: MadeSymbol) => {
    const data = Buffer.alloc(8, 0xee);
    const table = { name: '.rodata', data, relocations: [{ offset: 0, type: 1, symbol: symbol.name, addend: 2 }] };
    return madeObjects('rv64imc', { 'main.o': { sections: [MAIN, table], symbols: [ENTRY, symbol] } });
  };
  const [problem] = problemsOf(() => linkObjects('rv64imc', made({ name: 'x', section: '.text' })));
  t.is(problem?.code, 'half-word-address');
  const { mpy } = link({
    arch: archByName('rv64imc'),
    objects: made({ name: 'x', shndx: elf.SHN_ABS, value: 0x1234 }),
    qstrs: [],
    sourceName: 'x.mpy',
  });
  t.true(Buffer.from(mpy).includes(Buffer.from('36120000eeeeeeee', 'hex')), 'the next four bytes are not touched');
});

for (const arch of ['x64', 'x86', 'armv6m', 'xtensa', 'rv32imc'] as const) {
  testWith(
    { compiler: arch },
    `${arch}: a function of the C library that the compiler made call itself is refused`,
    (t) => {
      const source = `void *memset(void *at, int byte, __SIZE_TYPE__ n) { char *p = at; while (n--) *p++ = byte; return at; }
      char shared[40]; void *mpy_init(int n) { return memset(shared, n, sizeof shared - n); }`;
      const told = (...flags: string[]) => problemsOf(() => build(arch, { 'main.c': source }, { flags }));
      const loops = ['-O2', '-fhosted'];
      t.deepEqual(told(...loops, '-fno-tree-loop-distribute-patterns'), []);
      const [problem] = told(...loops, '-ftree-loop-distribute-patterns');
      t.is(problem?.code, 'calls-itself');
      t.regex(problem!.message, /^memset calls itself and never ends: the compiler has made a call of memset/);
      t.is(problem?.where?.symbol, 'memset');
    },
  );
}

for (const arch of ['x64', 'x86'] as const) {
  testWith({ compiler: arch }, `${arch}: code that runs on the stack is refused`, (t) => {
    const source = (address: string) => `int call(int (*f)(int)) { return f(1); }
      int mpy_init(int n) { int inner(int m) { return n + m; } return ${address}; }`;
    t.deepEqual(
      problemsOf(() => build(arch, { 'main.c': source('inner(2)') })),
      [],
    );
    t.is(problemsOf(() => build(arch, { 'main.c': source('call(inner)') }))[0]?.code, 'executable-stack');
  });
}

testWith({ compiler: ['x86', 'armv6m'] }, 'code for a fixed address of rarer kinds is told as such', (t) => {
  const problems = (arch: ArchName, source: string, ...flags: string[]) =>
    problemsOf(() => build(arch, { 'main.c': source }, { flags }));
  const [weak] = problems('x86', 'void *far(); void *mpy_init(int n) { return far(n); }', '-fno-pic', '-fno-plt');
  t.is(weak?.code, 'undefined-symbol');
  const calls = 'void *memset(); void *mpy_init(void *p) { return memset(p, 0, 9); }';
  t.is(problems('x86', calls, '-fno-pic', '-fno-plt', '-fno-builtin')[0]?.code, 'absolute-code');
  const [pure] = problems(
    'armv6m',
    'extern int far[]; int far[9]; int *mpy_init(int n) { return &far[n]; }',
    '-fno-pic',
    '-mpure-code',
  );
  t.is(pure?.code, 'absolute-code');
  t.regex(pure!.message, /R_ARM_THM_ALU_ABS_G/);
  t.regex(pure!.hint!, /-mpure-code/);
});
