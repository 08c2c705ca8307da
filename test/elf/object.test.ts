import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { ARCHES } from '../../natmod-rules/arch/index.ts';
import * as elf from '../../natmod-rules/elf/constants.ts';
import { definedSymbols, type ObjectFile, readObject } from '../../natmod-rules/elf/object.ts';
import { NatmodError } from '../../natmod-rules/problem.ts';
import { run } from '../support/compile.ts';
import { allLinkFixtures } from '../support/link-fixtures.ts';
import { DATA_FLAGS, makeObject, TEXT_FLAGS } from '../support/make-object.ts';
import { testWith } from '../support/needs.ts';

const TYPE_NAMES: Readonly<Record<number, string>> = { 0: 'NOTYPE', 1: 'OBJECT', 2: 'FUNC', 3: 'SECTION', 4: 'FILE' };
const BIND_NAMES: Readonly<Record<number, string>> = { 0: 'LOCAL', 1: 'GLOBAL', 2: 'WEAK' };

for (const arch of ARCHES) {
  testWith({ tool: 'readelf' }, `${arch.name}: sections, symbols and relocations are those that readelf sees`, (t) => {
    for (const { arch: own, name, objects } of allLinkFixtures()) {
      if (own !== arch) continue;
      for (const { name: file, bytes } of objects) {
        const object = readObject(bytes, file);
        const seen = withFile(bytes, (path) => ({
          sections: sectionLines(run('readelf', ['-SW', path])),
          symbols: symbolLines(run('readelf', ['-sW', path])),
          relocations: relocationLines(run('readelf', ['-rW', path])),
        }));
        t.deepEqual(ownSections(object), seen.sections, `${name}/${file}`);
        t.deepEqual(ownSymbols(object), seen.symbols, `${name}/${file}`);
        t.deepEqual(ownRelocations(object), relocationsOfMemory(seen.relocations, object), `${name}/${file}`);
      }
    }
  });

  test(`${arch.name}: an object written by hand is read back`, (t) => {
    const bytes = makeObject(arch, {
      sections: [
        {
          name: '.text',
          flags: TEXT_FLAGS,
          data: 32,
          align: 16,
          relocations: [{ offset: 8, type: 1, symbol: 'far', addend: 5 }],
        },
        { name: '.bss', type: elf.SHT_NOBITS, flags: DATA_FLAGS, data: 1000, align: 8 },
      ],
      symbols: [
        { name: 'entry', section: '.text', value: 4, size: 12 },
        { name: 'far', bind: elf.STB_WEAK },
        { name: 'shared', shndx: elf.SHN_COMMON, value: 8, size: 24 },
        { name: 'mine', section: '.bss', value: 16, bind: elf.STB_LOCAL },
      ],
      groups: [{ signature: 'entry', sections: ['.text'] }],
    });
    const object = readObject(bytes, 'made.o');
    t.is(object.header.is64, arch.wordSize === 8);
    t.is(object.header.machine, arch.elfMachine);
    const text = object.sections.find((s) => s.name === '.text')!;
    const bss = object.sections.find((s) => s.name === '.bss')!;
    t.is(text.comdat, 'entry');
    t.deepEqual([text.size, text.align, text.data.length], [32, 16, 32]);
    t.deepEqual([bss.size, bss.align, bss.data.length, bss.comdat], [1000, 8, 0, undefined]);
    const explicit = arch.family !== 'x86' && arch.family !== 'arm';
    t.deepEqual(
      text.relocations.map((r) => [r.offset, r.type, r.symbol.name, r.addend]),
      [[8, 1, 'far', explicit ? 5 : 0]],
    );
    t.deepEqual(definedSymbols(bytes, 'made.o'), ['entry', 'shared']);
  });
}

test('what is no object, or points outside of itself, is told with file and offset', (t) => {
  const arch = ARCHES.find((a) => a.name === 'armv7m')!;
  const good = makeObject(arch, {
    sections: [{ name: '.text', flags: TEXT_FLAGS, data: 8, relocations: [{ offset: 0, type: 2, symbol: 'x' }] }],
    symbols: [{ name: 'x' }],
  });
  const table = Buffer.from(good).readUInt32LE(32);
  // Sections: null, .text, .symtab, .strtab, .rel.text, .shstrtab.
  const header = (section: number, field: number) => table + 40 * section + 4 * field;
  const symtab = Buffer.from(good).readUInt32LE(header(2, 4));
  const rel = Buffer.from(good).readUInt32LE(header(4, 4));
  const cases: [string, number, number, number, string][] = [
    ['section beyond the file', header(1, 4), 4, 0xffffff00, 'truncated-object'],
    ['section longer than the file', header(1, 5), 4, 0x7fffffff, 'truncated-object'],
    ['section table beyond the file', 32, 4, 0xfffff000, 'truncated-object'],
    ['too many sections', 48, 2, 0xfff0, 'truncated-object'],
    ['odd size of a section header', 46, 2, 39, 'corrupt-object'],
    ['no table of section names', 50, 2, 77, 'corrupt-object'],
    ['alignment that is no power of two', header(1, 8), 4, 12, 'corrupt-object'],
    ['symbol in a section that is not there', symtab + 5 * 16 - 48 + 14, 2, 99, 'corrupt-object'],
    ['symbol name outside the table', symtab + 16, 4, 0x10000, 'corrupt-object'],
    ['symbol table without names', header(2, 6), 4, 1, 'corrupt-object'],
    ['relocation of a section that is not there', header(4, 7), 4, 99, 'corrupt-object'],
    ['relocation outside its section', rel, 4, 8, 'corrupt-object'],
    ['relocation of a symbol that is not there', rel + 4, 4, 0x00ff02, 'corrupt-object'],
  ];
  for (const [what, at, width, value, code] of cases) {
    const bytes = Buffer.from(good);
    if (width === 2) bytes.writeUInt16LE(value, at);
    else bytes.writeUInt32LE(value, at);
    const error = t.throws(() => readObject(bytes, 'bad.o'), { instanceOf: NatmodError }, what);
    t.is(error?.problems[0]?.code as string, code, what);
    t.is(error?.problems[0]?.where?.file, 'bad.o', what);
    t.is(typeof error?.problems[0]?.where?.offset, 'number', what);
  }
});

function withFile<T>(bytes: Uint8Array, use: (path: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'natmod-elf-'));
  try {
    const path = join(folder, 'object.o');
    writeFileSync(path, bytes);
    return use(path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function sectionLines(text: string): unknown[] {
  const line = /^ *\[ *(\d+)\] (\S*) +[\w.]+ +[\da-f]+ [\da-f]+ ([\da-f]+) ([\da-f]+) +\w* +\d+ +\d+ +(\d+)$/gm;
  return [...text.matchAll(line)].slice(1).map(([, index, name, size, entry, align]) => ({
    index: Number(index),
    name: name!.slice(0, 17),
    size: Number.parseInt(size!, 16),
    entry: Number.parseInt(entry!, 16),
    align: Math.max(Number(align), 1),
  }));
}

function ownSections(object: ObjectFile): unknown[] {
  return object.sections.slice(1).map((s) => ({
    index: s.index,
    name: s.name.slice(0, 17),
    size: s.size,
    entry: s.entrySize,
    align: s.align,
  }));
}

function symbolLines(text: string): unknown[] {
  const line = /^ *(\d+): ([\da-f]+) +(\d+|0x[\da-f]+) (\w+) +(\w+) +\w+ +(?:\[.*\] +)?(\w+)(?: (\S*) ?)?$/gm;
  return [...text.matchAll(line)].map(([, index, value, size, type, bind, ndx, name]) => ({
    index: Number(index),
    value: Number.parseInt(value!, 16),
    size: Number(size),
    type,
    bind,
    ndx,
    name: type === 'SECTION' ? '' : (name ?? ''),
  }));
}

function ownSymbols(object: ObjectFile): unknown[] {
  const special: Record<number, string> = { 0: 'UND', [elf.SHN_ABS]: 'ABS', [elf.SHN_COMMON]: 'COM' };
  return object.symbols.map((s) => ({
    index: s.index,
    value: s.value,
    size: s.size,
    type: TYPE_NAMES[s.type],
    bind: BIND_NAMES[s.bind],
    ndx: special[s.shndx] ?? String(s.shndx),
    // Assemblers for RISC-V end the names of some labels with a blank.
    name: s.type === elf.STT_SECTION ? '' : s.name.trim(),
  }));
}

interface SeenRelocation {
  readonly table: string;
  readonly offset: number;
  readonly info: string;
  readonly addend: number;
}

function relocationLines(text: string): SeenRelocation[] {
  const seen: SeenRelocation[] = [];
  let table = '';
  for (const line of text.split('\n')) {
    table = /^Relocation section '\.rela?(.+?)'/.exec(line)?.[1] ?? table;
    const [, offset, info, rest] = /^([\da-f]{8,16}) +([\da-f]{8,16}) (.*)$/.exec(line) ?? [];
    if (offset === undefined) continue;
    const [, sign, digits] = / ([+-]) ([\da-f]+)$/.exec(rest!) ?? [
      undefined,
      '+',
      /^\S+ +([\da-f]+)$/.exec(rest!)?.[1] ?? '0',
    ];
    const addend = Number.parseInt(digits!, 16) * (sign === '-' ? -1 : 1);
    seen.push({ table, offset: Number.parseInt(offset, 16), info: info!, addend });
  }
  return seen;
}

/** Relocations of debugging information are not read. */
function relocationsOfMemory(seen: readonly SeenRelocation[], object: ObjectFile): unknown[] {
  const inMemory = new Set(object.sections.filter((s) => (s.flags & elf.SHF_ALLOC) !== 0).map((s) => s.name));
  return seen.filter((r) => inMemory.has(r.table));
}

function ownRelocations(object: ObjectFile): unknown[] {
  const tables = object.sections.filter((s) => s.type === elf.SHT_REL || s.type === elf.SHT_RELA);
  return tables.flatMap((table) => {
    const target = table.name.replace(/^\.rela?/, '');
    const section = object.sections.find((s) => s.name === target);
    return (section?.relocations ?? []).map((r) => ({
      table: target,
      offset: r.offset,
      info: object.header.is64
        ? r.symbol.index.toString(16).padStart(8, '0') + r.type.toString(16).padStart(8, '0')
        : (r.symbol.index * 256 + r.type).toString(16).padStart(8, '0'),
      addend: r.addend,
    }));
  });
}
