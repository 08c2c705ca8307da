import test from 'ava';
import { ARCHES, archByName } from '../../natmod-rules/arch/index.ts';
import { readArchive } from '../../natmod-rules/elf/archive.ts';
import * as elf from '../../natmod-rules/elf/constants.ts';
import { definedSymbols } from '../../natmod-rules/elf/object.ts';
import { formatProblem } from '../../natmod-rules/problem.ts';
import { archive } from '../elf/make-archive.ts';
import { buildModule, compile } from '../support/compile.ts';
import { link } from '../support/link.ts';
import { build, linkObjects, loaded, madeObjects, problemsOf } from '../support/link-made.ts';
import { type MadeSection, TEXT_FLAGS } from '../support/make-object.ts';
import { RUNNABLE, testWith } from '../support/needs.ts';
import { runMicroPython } from '../support/run.ts';

const INIT = 'long mpy_init(void *self, long n, long m, long *args)';

const WEAK_MODULE = `#include "py/dynruntime.h"
extern int maybe(int x) __attribute__((weak));
extern int setting __attribute__((weak));
int present(int x) __attribute__((weak));
int present(int x) { return x + 1000; }
static mp_obj_t ask(mp_obj_t x) {
    int n = mp_obj_get_int(x);
    if (maybe) { n = maybe(n); }
    if (&setting) { n += setting; }
    return mp_obj_new_int(present(n));
}
static MP_DEFINE_CONST_FUN_OBJ_1(ask_obj, ask);
mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY
    mp_store_global(MP_QSTR_ask, MP_OBJ_FROM_PTR(&ask_obj));
    MP_DYNRUNTIME_INIT_EXIT
}
`;

for (const { name: arch } of ARCHES) {
  for (const [what, flags] of [
    ['', []],
    [' of hidden visibility', ['-fvisibility=hidden']],
  ] as const) {
    testWith({ compiler: arch }, `${arch}: an undefined weak symbol${what} is 0`, (t) => {
      const source = `extern int maybe(void) __attribute__((weak)); extern int setting __attribute__((weak));
        ${INIT} { if (maybe) return maybe(); return &setting ? setting : 7; }`;
      const { wrong, image, objects } = build(arch, { 'main.c': source }, { flags });
      t.deepEqual(wrong, []);
      t.is(objects.length, 1);
      const zeroes = image.got.slots.filter(({ target }) => target.kind === 'fixed' && target.address === 0);
      t.true(zeroes.length >= 1);
    });
  }

  testWith({ compiler: arch }, `${arch}: the first of several weak definitions serves all`, (t) => {
    const weak = (value: number) => `__attribute__((weak)) int present(int x) { return x + ${value}; }`;
    const { wrong } = build(arch, {
      'a.c': `${weak(0x111)} int a(int x) { return present(x); }`,
      'main.c': `${weak(0x222)} ${INIT} { return present(n); }`,
    });
    // The checker takes the first definition as the right one.
    t.deepEqual(wrong, []);
  });

  testWith({ compiler: arch }, `${arch}: a COMDAT group is kept once`, (t) => {
    const group = (value: number) => `__asm__(".section .rodata.shared,\\"aG\\",%progbits,shared,comdat\\n"
      ".balign 4\\n.weak shared\\n.type shared,%object\\n.size shared,4\\nshared: .long ${value}\\n.previous");
      extern const int shared;`;
    const { wrong, image } = build(arch, {
      'a.c': `${group(0x01010101)} int a(void) { return shared; }`,
      'b.c': `${group(0x02020202)} int b(void) { return shared; }`,
      'main.c': `${group(0x03030303)} ${INIT} { return shared; }`,
    });
    t.deepEqual(wrong, []);
    const kept = image.chunks.filter((c) => c.name === '.rodata.shared');
    t.deepEqual(
      kept.map((c) => c.object),
      ['a.o'],
    );
  });
}

for (const arch of RUNNABLE) {
  testWith(
    { compiler: arch, runtime: arch },
    `${arch}: a guarded call of an undefined weak function is left out at run time`,
    async (t) => {
      const { mpy } = buildModule(arch, 'weak', { 'weak.c': WEAK_MODULE });
      const script = 'import weak\nprint(weak.ask(5))';
      const { stdout, stderr } = await runMicroPython(arch, { files: { 'weak.mpy': mpy }, script });
      t.is(stdout, '1005\n', stderr);
    },
  );

  testWith(
    { compiler: arch, runtime: arch },
    `${arch}: a strong definition goes before a weak one, in any order`,
    async (t) => {
      const strong = 'int present(int x); int present(int x) { return x + 2; }';
      for (const sources of [
        { 'weak.c': WEAK_MODULE, 'strong.c': strong },
        { 'strong.c': strong, 'weak.c': WEAK_MODULE },
      ]) {
        const { mpy } = buildModule(arch, 'weak', sources);
        const script = 'import weak\nprint(weak.ask(5))';
        const { stdout, stderr } = await runMicroPython(arch, { files: { 'weak.mpy': mpy }, script });
        t.is(stdout, '7\n', stderr);
      }
    },
  );
}

for (const arch of ['x64', 'armv7m', 'rv32imc', 'rv64imc', 'armv6m'] as const) {
  const cxx = { x64: 'g++', rv32imc: 'riscv64-unknown-elf-g++', rv64imc: 'riscv64-unknown-elf-g++' } as const;
  const tool = cxx[arch as keyof typeof cxx] ?? 'arm-none-eabi-g++';
  testWith(
    { compiler: arch, tool },
    `${arch}: inline functions and templates of C++ in several objects are one each`,
    (t) => {
      const header = `template <class T> struct Box { T value; __attribute__((noinline)) T twice() { return value + value; } };
      inline __attribute__((noinline)) long shared(long x) { static const long table[] = {3, 1, 4, 1}; return table[x & 3] ^ x; }`;
      const { wrong, image } = build(
        arch,
        {
          'a.cpp': '#include "box.hpp"\nlong a(long x) { Box<long> b{x}; return b.twice() + shared(x); }',
          'main.cpp': `#include "box.hpp"\nlong a(long x); extern "C" ${INIT} { Box<long> b{n}; return b.twice() + shared(m) + a(n); }`,
        },
        { flags: ['-fno-exceptions', '-fno-rtti', '-std=c++17'], headers: { 'box.hpp': header } },
      );
      t.deepEqual(wrong, []);
      const comdat = image.chunks.filter((c) => c.section?.comdat !== undefined);
      t.true(comdat.length >= 2);
      t.is(new Set(comdat.map((c) => c.name)).size, comdat.length);
    },
  );
}

testWith({ compiler: 'xtensa' }, 'xtensa: equal local names in two objects stay two things', (t) => {
  const source = (text: string, init: string) => `static const char tag[] = "${text}"; static int state;
    extern long use(const char *text, int *state);
    static __attribute__((noinline)) long helper(void) { return use(tag, &state); } ${init} { return helper(); }`;
  const { wrong, module } = build('xtensa', {
    'main.c': `${source('AAAA', INIT)} long other(void); long use(const char *t, int *s) { return t[0] + ++*s + other(); }`,
    'other.c': source('BBBB', 'long other(void)'),
  });
  t.deepEqual(wrong, []);
  t.is(module.bssSize, 8);
});

for (const flags of [
  ['-ffunction-sections'],
  ['-ffunction-sections', '-fdata-sections'],
  ['-mtext-section-literals'],
  ['-mlongcalls'],
]) {
  testWith({ compiler: 'xtensa' }, `xtensa: literals are those of their own section with ${flags.join(' ')}`, (t) => {
    const part = (i: number) =>
      `__attribute__((noinline)) long f${i}(long x) { return x * 0x${i}2345${i}7 + (long)"text ${i}"; }`;
    const parts = [1, 2, 3, 4, 5].map(part).join('\n');
    const { wrong, followed } = build(
      'xtensa',
      { 'main.c': `${parts} ${INIT} { return f1(n) + f2(m) + f3(n) + f4(m) + f5(n); }` },
      { flags },
    );
    t.deepEqual(wrong, []);
    t.true(followed >= 10);
  });
}

const MAIN: MadeSection = { name: '.text', flags: TEXT_FLAGS, data: 16 };
const ENTRY = { name: 'mpy_init', section: '.text', size: 16 };

for (const { name: arch, wordSize } of ARCHES) {
  test(`${arch}: local symbols of objects with equal file names stay apart`, (t) => {
    const type = { x86: 1, x64: 1, arm: 2, xtensa: 1, riscv: wordSize === 8 ? 2 : 1 }[archByName(arch).family];
    const object = (value: number, entry: boolean) => ({
      sections: [
        ...(entry ? [MAIN] : []),
        { name: '.rodata', align: 8, data: Uint8Array.from([value, value, value, value]) },
        { name: '.data.rel.ro', align: wordSize, data: wordSize, relocations: [{ offset: 0, type, symbol: 'tag' }] },
      ],
      symbols: [...(entry ? [ENTRY] : []), { name: 'tag', section: '.rodata', bind: elf.STB_LOCAL }],
    });
    const made = (value: number, entry = false) => madeObjects(arch, { 'a.o': object(value, entry) })[0]!;
    const objects = [made(1, true), made(2), { ...made(3), name: 'a.o#2' }, made(4)];
    const { image, mpy } = linkObjects(arch, objects);
    t.true(mpy.length > 0);
    t.is(new Set(image.chunks.filter((c) => c.name === '.data.rel.ro').map((c) => c.object)).size, 4);
  });

  test(`${arch}: a symbol in an empty section is a place like any other`, (t) => {
    const type = { x86: 1, x64: 1, arm: 2, xtensa: 1, riscv: wordSize === 8 ? 2 : 1 }[archByName(arch).family];
    const table = {
      name: '.data.rel.ro',
      align: wordSize,
      data: wordSize,
      relocations: [{ offset: 0, type, symbol: 'nothing' }],
    };
    const objects = madeObjects(arch, {
      'main.o': { sections: [MAIN, table], symbols: [ENTRY, { name: 'nothing' }] },
      'empty.o': {
        sections: [{ name: '.bss', type: elf.SHT_NOBITS, flags: 3, data: 0 }],
        symbols: [{ name: 'nothing', section: '.bss' }],
      },
    });
    t.deepEqual(loaded(arch, objects).wrong, []);
  });
}

for (const arch of ['x64', 'armv7m', 'rv32imc'] as const) {
  testWith({ compiler: arch }, `${arch}: a symbol of the module keeps a library's member of the same name out`, (t) => {
    const member = (source: string) => compile(arch, { 'member.c': source })[0]!.bytes;
    const library = readArchive(
      archive(
        { name: 'own.o/', data: member('long own(long x) { return x * 3; } long also(long x) { return x; }') },
        { name: 'same.o/', data: member('long first(long x) { return x * 5; }') },
        { name: 'same.o/', data: member('long second(long x) { return x * 7; }') },
        { name: 'late.o/', data: member('long first(long x) { return x * 11; } long unused(void) { return 1; }') },
      ),
      'libx.a',
      { definedSymbols },
    );
    const objects = compile(arch, {
      'main.c': `long own(long x) { return x; } long first(long x); long second(long x); ${INIT} { return own(n) + first(m) + second(n); }`,
    });
    const { image } = link({ arch: archByName(arch), objects, qstrs: [], sourceName: 'm.mpy', libraries: [library] });
    const members = [...new Set(image.chunks.map((c) => c.object))].filter((name) => name.startsWith('libx.a'));
    // Members of equal name are both there, and the first definition counts.
    t.is(members.length, 2);
    t.true(
      members.every((name) => name.startsWith('libx.a(same.o)')),
      members.join(),
    );
  });
}

for (const { name: arch } of ARCHES) {
  test(`${arch}: a symbol that is defined twice is told with both places`, (t) => {
    const section = { name: '.text', flags: TEXT_FLAGS, data: 32 };
    const objects = madeObjects(arch, {
      'main.o': {
        sections: [section],
        symbols: [ENTRY, { name: 'twice', section: '.text', value: 8 }],
      },
      'other.o': { sections: [section], symbols: [{ name: 'twice', section: '.text', value: 16 }] },
    });
    t.deepEqual(problemsOf(() => linkObjects(arch, objects)).map(formatProblem), [
      "other.o:(.text+0x10): 'twice' is defined twice; the first definition is in main.o (.text+0x8)\n" +
        '  rename one of them, or make it static',
    ]);
  });
}
