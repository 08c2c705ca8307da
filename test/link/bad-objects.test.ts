import test from 'ava';
import { ARCHES, type ArchName, archByName } from '../../natmod-rules/arch/index.ts';
import { ByteReader } from '../../natmod-rules/elf/bytes.ts';
import * as elf from '../../natmod-rules/elf/constants.ts';
import { readSectionTable } from '../../natmod-rules/elf/section-table.ts';
import { formatProblem } from '../../natmod-rules/problem.ts';
import { compile } from '../support/compile.ts';
import { link } from '../support/link.ts';
import { linkFixture } from '../support/link-fixtures.ts';
import { build, linkObjects, madeObjects, problemsOf } from '../support/link-made.ts';
import { DATA_FLAGS, type MadeSection, type MadeSymbol, TEXT_FLAGS } from '../support/make-object.ts';
import { testWith } from '../support/needs.ts';

const MAIN: MadeSection = { name: '.text', flags: TEXT_FLAGS, data: 16 };
const ENTRY: MadeSymbol = { name: 'mpy_init', section: '.text', size: 16 };

function messages(work: () => unknown): string[] {
  return problemsOf(work).map(formatProblem);
}

test('nothing to link is an error', (t) => {
  t.deepEqual(
    messages(() => linkObjects('x64', [])),
    ['there is nothing to link\n  name at least one C source in SRC'],
  );
});

/** Architectures whose objects another one runs as well. */
const RUNS: Partial<Record<ArchName, readonly ArchName[]>> = { armv7m: ['armv6m'], armv7emdp: ['armv7emsp'] };

for (const arch of ARCHES) {
  test(`${arch.name}: objects of other CPUs are refused with both names`, (t) => {
    for (const other of ARCHES) {
      const { objects } = linkFixture(other.name, 'minimal');
      const [problem] = problemsOf(() => linkObjects(arch.name, objects));
      if (arch === other || RUNS[arch.name]?.includes(other.name)) t.is(problem, undefined, other.name);
      else {
        const isSameFamily = other.elfMachine === arch.elfMachine && other.wordSize === arch.wordSize;
        t.is(problem?.code, isSameFamily ? 'wrong-abi' : 'wrong-architecture');
        t.is(problem?.where?.file, 'minimal.o');
        t.true(problem?.message.includes(arch.name));
        t.regex(problem!.hint!, isSameFamily ? /^it has to be compiled with / : new RegExp(`again for ${arch.name};`));
      }
    }
  });

  test(`${arch.name}: an object cut off anywhere is refused with file and offset`, (t) => {
    const [{ name, bytes }] = linkFixture(arch.name, 'data').objects as [{ name: string; bytes: Uint8Array }];
    for (let length = 0; length < bytes.length; length += 13) {
      const [problem] = problemsOf(() => linkObjects(arch.name, [{ name, bytes: bytes.subarray(0, length) }]));
      t.true(['not-an-object', 'truncated-object', 'corrupt-object'].includes(problem?.code ?? ''), `${length} bytes`);
      t.is(problem?.where?.file, name);
    }
  });

  test(`${arch.name}: a module without mpy_init is refused with what it should be`, (t) => {
    const objects = madeObjects(arch.name, { 'main.o': { sections: [MAIN], symbols: [{ ...ENTRY, name: 'init' }] } });
    const [text] = messages(() => linkObjects(arch.name, objects));
    t.is(
      text,
      'main.o: no object defines mpy_init, where a module starts\n  every module has one function ' +
        'mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args)',
    );
  });

  test(`${arch.name}: a static mpy_init is told to be static`, (t) => {
    const symbols = [{ ...ENTRY, bind: elf.STB_LOCAL }];
    const objects = madeObjects(arch.name, {
      'other.o': { sections: [MAIN] },
      'main.o': { sections: [MAIN], symbols },
    });
    const [text] = messages(() => linkObjects(arch.name, objects));
    t.regex(text!, /no object defines mpy_init.*\n {2}it is static in main\.o; remove the word static$/);
  });

  test(`${arch.name}: an mpy_init that is a variable, or behind its section's end, is refused`, (t) => {
    const bss = { name: '.bss', type: elf.SHT_NOBITS, flags: DATA_FLAGS, data: 8 };
    const codes = (symbol: Partial<MadeSymbol>) =>
      problemsOf(() =>
        linkObjects(
          arch.name,
          madeObjects(arch.name, { 'main.o': { sections: [MAIN, bss], symbols: [{ ...ENTRY, ...symbol }] } }),
        ),
      ).map((p) => p.code);
    t.deepEqual(codes({ section: '.bss' }), ['no-entry']);
    t.deepEqual(codes({ section: undefined, shndx: elf.SHN_COMMON, value: 4 }), ['no-entry']);
    t.deepEqual(codes({ section: undefined, shndx: elf.SHN_ABS }), ['no-entry']);
    t.deepEqual(codes({ value: 16 }), ['corrupt-object']);
    t.deepEqual(codes({ value: 0x7fffffff }), ['corrupt-object']);
  });

  test(`${arch.name}: blocks and alignments that no board has are refused before memory is asked for`, (t) => {
    const bss = (data: number, align = 4) => ({ name: '.bss', type: elf.SHT_NOBITS, flags: DATA_FLAGS, data, align });
    const first = (...sections: MadeSection[]) =>
      problemsOf(() =>
        linkObjects(
          arch.name,
          madeObjects(arch.name, { 'main.o': { sections: [MAIN, ...sections], symbols: [ENTRY] } }),
        ),
      )[0];
    t.is(first(bss(2 ** 24)), undefined);
    t.is(first(bss(2 ** 24 + 1))?.code, 'module-too-large');
    t.is(first(bss(0xfffffff0))?.code, 'module-too-large');
    t.regex(
      formatProblem(first(bss(3e9))!),
      /^main\.o:\(\.bss\): the module's bss is larger than 16 MiB; its largest part has 3000000000 bytes\n {2}make/,
    );
    t.is(first({ ...bss(1), align: 2 ** 30 })?.code, 'corrupt-object');
    t.is(first({ ...bss(1), align: 3 })?.code, 'corrupt-object');
    const common = (size: number, value: number) =>
      problemsOf(() =>
        linkObjects(
          arch.name,
          madeObjects(arch.name, {
            'main.o': { sections: [MAIN], symbols: [ENTRY, { name: 'x', shndx: elf.SHN_COMMON, size, value }] },
          }),
        ),
      )[0]?.code;
    t.is(common(2 ** 31, 4), 'module-too-large');
    t.is(common(4, 2 ** 31), 'corrupt-object');
    t.is(common(4, 6), 'corrupt-object');
    t.is(common(4, 4), undefined);
  });
}

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

test('every object that cannot be read is told in one go', (t) => {
  const good = linkFixture('armv7m', 'minimal').objects[0]!;
  const objects = [
    { name: 'text.o', bytes: Buffer.from('int x;') },
    { name: 'empty.o', bytes: new Uint8Array(0) },
    { ...linkFixture('x64', 'minimal').objects[0]!, name: 'host.o' },
    good,
  ];
  t.deepEqual(
    messages(() => linkObjects('armv7m', objects)),
    [
      'text.o: this is not an ELF object file\n  delete the file and build it again',
      'empty.o: this is not an ELF object file\n  delete the file and build it again',
      'host.o: this is an object for 64-bit x86-64, and armv7m needs 32-bit ARM\n' +
        "  it was made for another CPU: build it again for armv7m; a file that the Makefile's own rules make needs $(ARCH) in its name or folder",
    ],
  );
});

test('a linked program, a big-endian object and an object of a later format are refused', (t) => {
  const object = (change: (bytes: Buffer) => void) => {
    const bytes = Buffer.from(linkFixture('armv7m', 'minimal').objects[0]!.bytes);
    change(bytes);
    return problemsOf(() => linkObjects('armv7m', [{ name: 'm.o', bytes }]))[0]?.code;
  };
  t.is(
    object((b) => b.writeUInt16LE(2, 16)),
    'not-relocatable',
  );
  t.is(
    object((b) => b.writeUInt8(2, 5)),
    'foreign-object',
  );
  t.is(
    object((b) => b.writeUInt8(3, 4)),
    'corrupt-object',
  );
});

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

test('an undefined weak symbol whose address is taken by distance is refused, because it must be 0', (t) => {
  const text = { ...MAIN, relocations: [{ offset: 4, type: 2, symbol: 'maybe', addend: -4 }] };
  const weak = { name: 'maybe', bind: elf.STB_WEAK };
  const objects = madeObjects('x64', { 'main.o': { sections: [text], symbols: [ENTRY, weak] } });
  t.is(problemsOf(() => linkObjects('x64', objects))[0]?.code, 'weak-distance');
});

test('relocation tables and names that overlap cannot make a small file large', (t) => {
  const arch = archByName('x64');
  const relocations = Array.from({ length: 100 }, () => ({ offset: 0, type: 0, symbol: 'mpy_init' }));
  const [object] = madeObjects(arch.name, { 'main.o': { sections: [{ ...MAIN, relocations }], symbols: [ENTRY] } });
  const bytes = Buffer.from(object!.bytes);
  const table = Number(bytes.readBigUInt64LE(40));
  const count = bytes.readUInt16LE(60);
  const relaAt = Array.from({ length: count }, (_, i) => table + 64 * i).find(
    (at) => bytes.readUInt32LE(at + 4) === 4,
  )!;
  const extra = Buffer.concat(Array.from({ length: 3000 }, () => bytes.subarray(relaAt, relaAt + 64)));
  const large = Buffer.concat([bytes, extra]);
  large.writeUInt16LE(count + 3000, 60);
  const [problem] = problemsOf(() => linkObjects(arch.name, [{ name: 'main.o', bytes: large }]));
  t.is(problem?.code, 'corrupt-object');
  t.is(problem?.message, 'the relocation tables overlap');
});

/** The bytes of a good object with one field of a section header changed. */
function withField(name: string, field: 'type' | 'flags' | 'size' | 'link' | 'entrySize', value: number): Uint8Array {
  const relocations = [{ offset: 4, type: 4, symbol: 'mpy_init', addend: -4 }];
  const [made] = madeObjects('x64', { 'main.o': { sections: [{ ...MAIN, relocations }], symbols: [ENTRY] } });
  const bytes = Buffer.from(made!.bytes);
  const { sections } = readSectionTable(new ByteReader(bytes, 'main.o'));
  const at = Number(bytes.readBigUInt64LE(40)) + 64 * sections.find((s) => s.name === name)!.index;
  const [offset, width] = ({ type: [4, 4], flags: [8, 8], size: [32, 8], link: [40, 4], entrySize: [56, 8] } as const)[
    field
  ];
  if (width === 8) bytes.writeBigUInt64LE(BigInt(value), at + offset);
  else bytes.writeUInt32LE(value, at + offset);
  return bytes;
}

test('tables with half an entry, of other entries or without a symbol table, and compressed sections are refused', (t) => {
  const told = (...field: Parameters<typeof withField>) =>
    problemsOf(() => linkObjects('x64', [{ name: 'main.o', bytes: withField(...field) }]))[0]?.message;
  t.is(told('.rela.text', 'entrySize', 24), undefined);
  t.is(told('.rela.text', 'entrySize', 16), '.rela.text has entries of 16 bytes instead of 24');
  t.is(told('.rela.text', 'size', 20), '.rela.text has 20 bytes, no whole number of entries of 24');
  t.is(told('.rela.text', 'link', 1), '.rela.text does not say which symbol table it belongs to');
  t.is(told('.symtab', 'entrySize', 16), '.symtab has entries of 16 bytes instead of 24');
  t.is(told('.symtab', 'size', 75), '.symtab has 75 bytes, no whole number of entries of 24');
  const compressed = told('.text', 'flags', TEXT_FLAGS | elf.SHF_COMPRESSED);
  t.is(compressed, 'section .text is compressed, which only debugging information may be');
});

test('two relocations of one place, and a distance to no symbol, are refused', (t) => {
  const first = (...relocations: { offset: number; type: number; symbol: string }[]) => {
    const text = { ...MAIN, relocations };
    const objects = madeObjects('x64', { 'main.o': { sections: [text], symbols: [ENTRY] } });
    return problemsOf(() => linkObjects('x64', objects))
      .map(formatProblem)[0]
      ?.split('\n')[0];
  };
  const call = { offset: 4, type: 4, symbol: 'mpy_init' };
  t.is(first(call), undefined);
  t.is(first(call, { ...call, type: 2 }), 'main.o:(.text+0x4): two relocations change the same place');
  t.is(first(call, { ...call, type: 0 }), undefined, 'a hint beside it is none');
  const text =
    'main.o:(.text+0x4): R_X86_64_PLT32 wants the distance to a fixed address, and a module is loaded anywhere';
  t.is(first({ ...call, symbol: '' }), text);
});

for (const [arch, value, message] of [
  ['armv7m', 0, 'mpy_init is not marked as a Thumb function, so nothing can call it'],
  ['rv32imc', 1, 'mpy_init is at an odd address, where this CPU has no instructions'],
] as const) {
  test(`${arch}: an mpy_init that cannot be entered is refused`, (t) => {
    const objects = (at: number) =>
      madeObjects(arch, { 'main.o': { sections: [MAIN], symbols: [{ ...ENTRY, value: at }] } });
    t.deepEqual(
      problemsOf(() => linkObjects(arch, objects(value))).map((p) => p.message),
      [message],
    );
    t.deepEqual(
      problemsOf(() => linkObjects(arch, objects(1 - value))),
      [],
    );
  });
}

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

test('files of other kinds in the place of an object are told by their kind', (t) => {
  const told = (bytes: Uint8Array) => messages(() => linkObjects('armv7m', [{ name: 'x.o', bytes }]))[0];
  const kinds: [string, RegExp][] = [
    ['4243c0de35140000', /LLVM bitcode, and no ELF object file\n {2}compile without -flto/],
    ['cffaedfe07000001', /a Mach-O file of macOS/],
    ['6486040000000000', /a COFF file of Windows/],
    ['213c617263683e0a', /a static library, and no ELF object file\n {2}name it with -l/],
    ['7f00000000000000', /this is not an ELF object file\n {2}delete the file/],
  ];
  for (const [bytes, text] of kinds) t.regex(told(Buffer.from(bytes, 'hex'))!, text);
});

testWith(
  { compiler: 'armv7m' },
  'an object of GCC without code in it is told to be for link-time optimisation',
  (t) => {
    const source = { 'main.c': 'int mpy_init(int n) { return n; }' };
    const built = (...flags: string[]) => messages(() => build('armv7m', source, { flags }));
    t.deepEqual(built('-flto', '-ffat-lto-objects'), []);
    t.regex(
      built('-flto', '-fno-fat-lto-objects')[0]!,
      /holds no code: it was compiled for link-time optimisation\n {2}compile without -flto/,
    );
  },
);
