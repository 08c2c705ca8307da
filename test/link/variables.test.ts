import test from 'ava';
import { ARCHES, type ArchName } from '../../natmod-rules/arch/index.ts';
import * as elf from '../../natmod-rules/elf/constants.ts';
import { formatProblem } from '../../natmod-rules/problem.ts';
import { compile } from '../support/compile.ts';
import { build, linkObjects, loaded, madeObjects, problemsOf } from '../support/link-made.ts';
import { DATA_FLAGS, type MadeSection, TEXT_FLAGS } from '../support/make-object.ts';
import { DATA } from '../support/mpy-loader.ts';
import { testWith } from '../support/needs.ts';

const INIT = 'long mpy_init(void *self, long n, long m, long *args)';
const COUNTER = `static int counter;
__attribute__((noinline)) int bump(void) { return ++counter; }
${INIT} { return bump() + n; }
`;
const SEVERAL = `static int counter; static long total[4]; static char last;
__attribute__((noinline)) int bump(long x) { total[x & 3] += x; last = x; return ++counter; }
${INIT} { return bump(n) + last; }
`;

for (const { name: arch, family } of ARCHES) {
  if (family === 'xtensa') {
    testWith({ compiler: arch }, `${arch}: static variables work, because literals reach everywhere`, (t) => {
      const { wrong, sizes } = build(arch, { 'main.c': SEVERAL });
      t.deepEqual(wrong, []);
      t.true(sizes.bss >= 21);
    });
    continue;
  }

  testWith({ compiler: arch }, `${arch}: code that cannot reach a static variable is refused, with both names`, (t) => {
    const problems = problemsOf(() => build(arch, { 'main.c': COUNTER }));
    t.is(problems[0]?.code, 'static-bss');
    t.regex(problems[0]!.message, /^bump cannot reach the static variable 'counter' \(R_\w+\): BSS lies at/);
    t.is(problems[0]?.where?.file, 'main.o');
    t.is(problems[0]?.where?.section, '.text');
    t.regex(problems[0]!.hint!, /remove the word static/);
    t.is(problems.length, 1, 'one for all uses of a variable in a function');
  });

  testWith({ compiler: arch }, `${arch}: a static variable among others is named, or all that it may be`, (t) => {
    const problems = problemsOf(() => build(arch, { 'main.c': SEVERAL }));
    t.true(problems.length > 0);
    const exact = arch === 'x86' || arch === 'x64';
    const text = problems.map((p) => p.message).join('\n');
    for (const name of ['total', 'last', 'counter']) t.true(text.includes(`'${name}'`), `${name} in ${text}`);
    t.is(text.includes("'total' or 'last' or 'counter'"), !exact);
  });
}

for (const { name: arch } of ARCHES) {
  testWith({ compiler: arch }, `${arch}: variables that are not static are BSS and reached through the GOT`, (t) => {
    const source = `int counter; long total[4]; int bump(void) { total[1] += 2; return ++counter; } ${INIT} { return bump(); }`;
    const { wrong, sizes } = build(arch, { 'main.c': source });
    t.deepEqual(wrong, []);
    t.true(sizes.bss >= 20);
  });

  testWith({ compiler: arch }, `${arch}: initialised data is refused with its variables and a way out`, (t) => {
    const source = `int level = 3; int steps[2] = {4, 5}; ${INIT} { level += steps[n]; return level; }`;
    const [problem] = problemsOf(() => build(arch, { 'main.c': source }));
    t.is(problem?.code, 'writable-data');
    t.is(problem?.where?.section, '.data');
    t.regex(
      problem!.message,
      /^initialised writable data is not supported in a native module \(12 bytes: (level|steps), /,
    );
    t.regex(problem!.hint!, /make it const.*mpy_init/);
  });

  testWith({ compiler: arch }, `${arch}: data with addresses in it is refused the same way`, (t) => {
    const source = `int f(void) { return 1; } static int g(void) { return 2; }
      int (*hooks[2])(void) = {f, f}; static int (*own[2])(void) = {g, g};
      ${INIT} { hooks[n] = own[m]; own[n] = 0; return hooks[1]() + own[m](); }`;
    const problems = problemsOf(() => build(arch, { 'main.c': source }));
    const text = problems.map(formatProblem).join('\n');
    t.true(problems.every((p) => p.code === 'writable-data'));
    t.regex(text, /\(\.data\.rel(\.local)?\): initialised writable data .*hooks/);
    t.regex(text, /own/);
  });

  testWith({ compiler: arch }, `${arch}: constants with addresses in them need nothing`, (t) => {
    const source = `static int f(void) { return 1; } int g(void) { return 2; }
      static int (*const hooks[])(void) = {f, g}; static const char *const names[] = {"a", "bc"};
      ${INIT} { return hooks[n]() + names[m][0]; }`;
    t.deepEqual(build(arch, { 'main.c': source }).wrong, []);
  });

  testWith(
    { compiler: arch },
    `${arch}: common symbols of several objects are one variable each, as large as the largest`,
    (t) => {
      const objects = compile(
        arch,
        {
          'main.c': `int shared; char buffer[10]; ${INIT} { shared = n; return buffer[m]; }`,
          'other.c':
            'int shared; char buffer[100]; short strong; int get(void) { return shared + buffer[99] + strong; }',
          'third.c': 'int strong_one = 0; short strong; int count(void) { return strong + strong_one; }',
        },
        { flags: ['-fcommon'] },
      );
      const { wrong, image, sizes } = loaded(arch, objects);
      t.deepEqual(wrong, []);
      const commons = image.chunks.filter((c) => c.name.startsWith('COMMON.'));
      t.deepEqual(commons.map((c) => [c.name, c.size]).sort(), [
        ['COMMON.buffer', 100],
        ['COMMON.shared', 4],
        ['COMMON.strong', 2],
      ]);
      t.true(sizes.bss >= 106);
    },
  );
}

const MAIN: MadeSection = { name: '.text', flags: TEXT_FLAGS, data: 16 };
const ENTRY = { name: 'mpy_init', section: '.text', size: 16 };

for (const { name: arch } of ARCHES) {
  test(`${arch}: a common symbol has the largest size and the largest alignment that any object asks for`, (t) => {
    const common = (size: number, align: number) => ({ name: 'x', shndx: elf.SHN_COMMON, value: align, size, type: 1 });
    const first = { name: 'first', shndx: elf.SHN_COMMON, value: 1, size: 3, type: 1 };
    for (const [a, b] of [
      [common(4, 16), common(12, 4)],
      [common(12, 4), common(4, 16)],
    ] as const) {
      const objects = madeObjects(arch, {
        'main.o': { sections: [MAIN], symbols: [ENTRY, first, a] },
        'other.o': { sections: [], symbols: [b] },
      });
      const { image } = linkObjects(arch, objects);
      const chunk = image.chunks.find((c) => c.name === 'COMMON.x')!;
      t.is(chunk.size, 12);
      t.is(chunk.align, 16);
      t.is(image.place.get(chunk)!.address % 16, 0);
    }
  });

  test(`${arch}: zeros in a section that the author named are BSS`, (t) => {
    const buffer = (byte: number) => ({ name: '.dma_buffer', flags: DATA_FLAGS, data: new Uint8Array(64).fill(byte) });
    const objects = (byte: number) =>
      madeObjects(arch, {
        'main.o': { sections: [MAIN, buffer(byte)], symbols: [ENTRY, { name: 'x', section: '.dma_buffer', size: 64 }] },
      });
    t.is(linkObjects(arch, objects(0)).sizes.bss, 64);
    const [problem] = problemsOf(() => linkObjects(arch, objects(1)));
    t.deepEqual([problem?.code, problem?.where?.symbol], ['writable-data', 'x']);
  });

  test(`${arch}: a definition goes before a common symbol, and that before a weak one`, (t) => {
    const common = { name: 'x', shndx: elf.SHN_COMMON, value: 4, size: 4, type: 1 };
    const bss: MadeSection = { name: '.bss', type: elf.SHT_NOBITS, flags: DATA_FLAGS, data: 8 };
    const defined = (bind: number) => ({ name: 'x', section: '.bss', value: 4, size: 4, bind });
    const linked = (bind: number) =>
      linkObjects(
        arch,
        madeObjects(arch, {
          'main.o': { sections: [MAIN], symbols: [ENTRY, common] },
          'other.o': { sections: [bss], symbols: [defined(bind)] },
        }),
      ).image.chunks.filter((c) => c.name.startsWith('COMMON')).length;
    t.is(linked(elf.STB_GLOBAL), 0);
    t.is(linked(elf.STB_WEAK), 1);
  });

  test(`${arch}: no kind of section is dropped in silence`, (t) => {
    const bytes = Uint8Array.from([1, 2, 3, 4]);
    const cases: [MadeSection, string][] = [
      [{ name: '.sdata', flags: DATA_FLAGS, data: bytes }, 'writable-data'],
      [{ name: '.my_table', flags: DATA_FLAGS, data: bytes }, 'writable-data'],
      [{ name: '.data1', flags: DATA_FLAGS, data: bytes }, 'writable-data'],
      [{ name: '.init_array', type: elf.SHT_INIT_ARRAY, flags: DATA_FLAGS, data: bytes }, 'constructors'],
      [{ name: '.fini_array.00100', type: elf.SHT_FINI_ARRAY, flags: DATA_FLAGS, data: bytes }, 'constructors'],
      [{ name: '.ctors', flags: DATA_FLAGS, data: bytes }, 'constructors'],
      [{ name: '.tdata', flags: DATA_FLAGS | elf.SHF_TLS, data: bytes }, 'thread-local'],
      [{ name: '.tbss', type: elf.SHT_NOBITS, flags: DATA_FLAGS | elf.SHF_TLS, data: 4 }, 'thread-local'],
    ];
    for (const [section, code] of cases) {
      const variable = { name: 'variable', section: section.name, size: 4 };
      const objects = madeObjects(arch, { 'main.o': { sections: [MAIN, section], symbols: [ENTRY, variable] } });
      const problems = problemsOf(() => linkObjects(arch, objects));
      t.deepEqual(
        problems.map((p) => p.code),
        [code],
        section.name,
      );
      t.true(problems[0]!.message.includes('variable'), problems[0]!.message);
      t.is(problems[0]!.where?.section, section.name);
    }
  });

  test(`${arch}: read-only and zeroed sections of any name are part of the module`, (t) => {
    const bytes = Buffer.from([0xde, 0xad, 0xbe, 0xef]);
    for (const name of ['.srodata', '.srodata.cst4', '.rodata.str1.1', '.my_constants', '.commentary', '.notes']) {
      const objects = madeObjects(arch, { 'main.o': { sections: [MAIN, { name, data: bytes }], symbols: [ENTRY] } });
      t.true(Buffer.from(linkObjects(arch, objects).mpy).includes(bytes), name);
    }
    for (const name of ['.sbss', '.bss.x', '.noinit', '.my_buffers']) {
      const section = { name, type: elf.SHT_NOBITS, flags: DATA_FLAGS, data: 24 };
      const objects = madeObjects(arch, { 'main.o': { sections: [MAIN, section], symbols: [ENTRY] } });
      t.is(linkObjects(arch, objects).sizes.bss, 24, name);
    }
    for (const name of ['.eh_frame', '.ARM.exidx', '.note.gnu.property', '.gcc_except_table.f']) {
      const objects = madeObjects(arch, { 'main.o': { sections: [MAIN, { name, data: bytes }], symbols: [ENTRY] } });
      t.false(Buffer.from(linkObjects(arch, objects).mpy).includes(bytes), `${name} is for unwinding only`);
    }
  });
}

for (const arch of ['xtensawin'] as const satisfies readonly ArchName[]) {
  test(`${arch}: rodata behind BSS keeps its alignment`, (t) => {
    for (const align of [4, 8, 16]) {
      for (const bssSize of [0, 1, 4, 12, 20]) {
        const bss = { name: '.bss', type: elf.SHT_NOBITS, flags: DATA_FLAGS, align: 4, data: bssSize };
        const table = { name: '.rodata', align, data: Uint8Array.from([1, 2, 3, 4]) };
        const other = { name: '.rodata.str', align: 1, data: Uint8Array.from([9]) };
        const objects = madeObjects(arch, {
          'main.o': {
            sections: [MAIN, bss, other, table],
            symbols: [ENTRY, { name: 'table', section: '.rodata', size: 4 }, { name: 'buffer', section: '.bss' }],
          },
        });
        const { module, image } = loaded(arch, objects);
        const chunk = image.chunks.find((c) => c.name === '.rodata')!;
        const address = module.rodata + image.place.get(chunk)!.address;
        t.is((address - DATA) % align, 0, `alignment ${align} behind ${bssSize} bytes`);
        t.is(module.u32(address), 0x04030201);
      }
    }
  });
}
