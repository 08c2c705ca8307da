import test from 'ava';
import { ARCHES, type ArchName, archByName } from '../../natmod-rules/arch/index.ts';
import { ByteReader } from '../../natmod-rules/elf/bytes.ts';
import * as elf from '../../natmod-rules/elf/constants.ts';
import { readSectionTable } from '../../natmod-rules/elf/section-table.ts';
import { formatProblem } from '../../natmod-rules/problem.ts';
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

test('armv7m: Thumb code at an odd place is known by its mapping symbol', (t) => {
  const told = (value: number) => {
    const marked = [
      { ...ENTRY, value: 1 },
      { name: '$t', section: '.text', value },
    ];
    return problemsOf(() =>
      linkObjects('armv7m', madeObjects('armv7m', { 'main.o': { sections: [MAIN], symbols: marked } })),
    );
  };
  t.deepEqual(told(0), []);
  t.deepEqual(
    told(1).map(({ message }) => message),
    ['mpy_init is at an odd address, where this CPU has no instructions'],
  );
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
