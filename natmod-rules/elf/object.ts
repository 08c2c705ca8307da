/**
 * Relocatable objects as plain data: sections with their bytes and relocations, and symbols.
 * Follows the System V gABI, chapters 4 (object files) and 5 (relocation records, symbol tables).
 */
import { fail } from '../problem.ts';
import { ByteReader, REBUILD } from './bytes.ts';
import * as elf from './constants.ts';
import { type ElfHeader, readSectionTable, type SectionHeader } from './section-table.ts';

export interface ObjectFile {
  /** Name for messages: a path, or `libm.a(sinf.o)`. */
  readonly name: string;
  /** The static library it was taken from. */
  readonly library?: string;
  readonly header: ElfHeader;
  /** By section index; sections a linker has no use for are there too. */
  readonly sections: readonly Section[];
  /** By symbol index; entry 0 is the null symbol. */
  readonly symbols: readonly ElfSymbol[];
}

/** Whether a compiler wrote it: those leave their name in every object, and assemblers do not. */
export function isCompiled({ sections }: ObjectFile): boolean {
  return sections.some(({ name, size, type }) => name === '.comment' && size > 0 && type === elf.SHT_PROGBITS);
}

export interface Section {
  readonly object: string;
  readonly index: number;
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  /** Bytes. */
  readonly align: number;
  readonly size: number;
  readonly entrySize: number;
  /** `sh_info`: the index of the section that a table of relocations is for. */
  readonly info: number;
  /** Empty for NOBITS. A view of the file. */
  readonly data: Uint8Array;
  readonly relocations: readonly Relocation[];
  /** Signature of the COMDAT group that this section belongs to. */
  readonly comdat?: string;
}

export interface Relocation {
  /** Byte offset in the section (the P of the psABIs, before layout). */
  readonly offset: number;
  readonly type: number;
  readonly symbol: ElfSymbol;
  /** Explicit addend of RELA records; 0 for REL, whose addend lies in the section's bytes. */
  readonly addend: number;
}

export interface ElfSymbol {
  readonly object: string;
  readonly index: number;
  readonly name: string;
  readonly bind: number;
  readonly type: number;
  /** Section index, or SHN_UNDEF, SHN_ABS, SHN_COMMON. */
  readonly shndx: number;
  /** Offset in its section; the alignment in bytes for a common symbol. */
  readonly value: number;
  /** Bytes. */
  readonly size: number;
}

/**
 * Reads one object file whole.
 * Errors: those of `readSectionTable`, and `corrupt-object` for symbols, groups or relocations that point outside.
 */
export function readObject(bytes: Uint8Array, name: string): ObjectFile {
  const reader = new ByteReader(bytes, name);
  const { header, sections: headers } = readSectionTable(reader);
  const symtab = headers.find((s) => s.type === elf.SHT_SYMTAB);
  const symbols = symtab === undefined ? [] : readSymbols(reader, header, headers, symtab);
  for (const section of headers) checkPlain(reader, section);
  if (symbols.some(({ name }) => name === SLIM_LTO)) notCompiled(reader.file);
  const comdats = readComdats(reader, headers, symbols);
  const relocations = readRelocations(reader, header, headers, symbols);
  const sections = headers.map(
    (s): Section => ({
      object: name,
      index: s.index,
      name: s.name,
      type: s.type,
      flags: s.flags,
      align: s.align,
      size: s.size,
      entrySize: s.entrySize,
      info: s.info,
      data: s.type === elf.SHT_NOBITS ? EMPTY : reader.slice(s.offset, s.size),
      relocations: relocations.get(s.index) ?? [],
      comdat: comdats.get(s.index),
    }),
  );
  return { name, header, sections, symbols };
}

/** Names of the global and weak symbols that an object defines, common ones included: what an archive's index lists. */
export function definedSymbols(bytes: Uint8Array, name: string): string[] {
  const reader = new ByteReader(bytes, name);
  const { header, sections } = readSectionTable(reader);
  const symtab = sections.find((s) => s.type === elf.SHT_SYMTAB);
  if (symtab === undefined) return [];
  return readSymbols(reader, header, sections, symtab)
    .filter((s) => s.bind !== elf.STB_LOCAL && s.shndx !== elf.SHN_UNDEF && s.name !== '')
    .map((s) => s.name);
}

const EMPTY = new Uint8Array(0);

function readSymbols(
  reader: ByteReader,
  header: ElfHeader,
  sections: SectionHeader[],
  table: SectionHeader,
): ElfSymbol[] {
  const strings = sections[table.link];
  if (strings === undefined || strings.type !== elf.SHT_STRTAB)
    corrupt(reader, table.offset, 'the symbol table has no names');
  const nameAt = stringTable(reader, strings);
  const count = countEntries(reader, table, header.is64 ? 24 : 16);
  const entrySize = header.is64 ? 24 : 16;
  const symbols: ElfSymbol[] = [];
  for (let index = 0; index < count; index++) {
    const at = table.offset + index * entrySize;
    const { is64 } = header;
    const name =
      nameAt(reader.u32(at)) ?? corrupt(reader, at, `the name of symbol ${index} lies outside the string table`);
    const info = reader.u8(at + (is64 ? 4 : 12));
    const shndx = reader.u16(at + (is64 ? 6 : 14));
    if (shndx >= sections.length && shndx < elf.SHN_LORESERVE) {
      corrupt(reader, at, `symbol '${name}' is in section ${shndx}, which does not exist`);
    }
    if (shndx === elf.SHN_XINDEX) corrupt(reader, at, 'extended section indices are not supported');
    symbols.push({
      object: reader.file,
      index,
      name,
      bind: info >> 4,
      type: info & 15,
      shndx,
      value: is64 ? reader.u64(at + 8) : reader.u32(at + 4),
      size: is64 ? reader.u64(at + 16) : reader.u32(at + 8),
    });
  }
  return symbols;
}

/** The entries of a table. A rest that is no whole entry would be a record that gets lost. */
function countEntries(reader: ByteReader, table: SectionHeader, entrySize: number): number {
  if (table.entrySize !== 0 && table.entrySize !== entrySize)
    corrupt(reader, table.offset, `${table.name} has entries of ${table.entrySize} bytes instead of ${entrySize}`);
  if (table.size % entrySize !== 0)
    corrupt(reader, table.offset, `${table.name} has ${table.size} bytes, no whole number of entries of ${entrySize}`);
  return reader.slice(table.offset, table.size).length / entrySize;
}

/** GCC's mark of an object that holds what the compiler knows of the source, and no code. */
const SLIM_LTO = '__gnu_lto_slim';

function notCompiled(file: string): never {
  const hint = 'compile without -flto, or with -ffat-lto-objects beside it';
  return fail('not-an-object', 'this object holds no code: it was compiled for link-time optimisation', { file }, hint);
}

/** What is in memory at run time has its bytes as they are. */
function checkPlain(reader: ByteReader, { name, flags, offset }: SectionHeader): void {
  if ((flags & elf.SHF_ALLOC) === 0 || (flags & elf.SHF_COMPRESSED) === 0) return;
  corrupt(reader, offset, `section ${name} is compressed, which only debugging information may be`);
}

/** Bytes of names per byte of the table: compilers make names share their ends, but not without measure. */
const SHARED_NAMES = 16;

/** Looks names up by byte offset; undefined outside the table. */
function stringTable(reader: ByteReader, table: SectionHeader): (offset: number) => string | undefined {
  const bytes = reader.slice(table.offset, table.size);
  const known = new Map<number, string>();
  let left = SHARED_NAMES * bytes.length;
  const text = Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length);
  return (offset) => {
    if (offset >= text.length) return undefined;
    const before = known.get(offset);
    if (before !== undefined) return before;
    const end = text.indexOf(0, offset);
    const name = text.toString('utf8', offset, end < 0 ? text.length : end);
    left -= name.length;
    if (left < 0) corrupt(reader, table.offset, 'the names of symbols overlap');
    known.set(offset, name);
    return name;
  };
}

/** Section index → group signature, for the members of COMDAT groups. */
function readComdats(reader: ByteReader, sections: SectionHeader[], symbols: ElfSymbol[]): Map<number, string> {
  const comdats = new Map<number, string>();
  for (const group of sections) {
    if (group.type !== elf.SHT_GROUP || group.size < 4) continue;
    const words = Math.floor(reader.slice(group.offset, group.size).length / 4);
    if ((reader.u32(group.offset) & elf.GRP_COMDAT) === 0) continue;
    const signature = symbols[group.info];
    if (signature === undefined) corrupt(reader, group.offset, 'a section group has no signature symbol');
    // A section symbol has no name of its own; the section's serves.
    const name = signature.name !== '' ? signature.name : (sections[signature.shndx]?.name ?? '');
    for (let i = 1; i < words; i++) comdats.set(reader.u32(group.offset + 4 * i), name);
  }
  return comdats;
}

function readRelocations(
  reader: ByteReader,
  header: ElfHeader,
  sections: SectionHeader[],
  symbols: ElfSymbol[],
): Map<number, Relocation[]> {
  const bySection = new Map<number, Relocation[]>();
  // Tables that share bytes of the file could make a small file hold any number of relocations.
  let left = reader.size;
  for (const table of sections) {
    if (table.type !== elf.SHT_REL && table.type !== elf.SHT_RELA) continue;
    const target = sections[table.info];
    if (target === undefined) corrupt(reader, table.offset, `${table.name} relocates a section that does not exist`);
    // Debug information and the like may carry relocations by the thousand that no linker of modules looks at.
    if ((target.flags & elf.SHF_ALLOC) === 0) continue;
    if (sections[table.link]?.type !== elf.SHT_SYMTAB)
      corrupt(reader, table.offset, `${table.name} does not say which symbol table it belongs to`);
    left -= table.size;
    if (left < 0) corrupt(reader, table.offset, 'the relocation tables overlap');
    const list = bySection.get(target.index) ?? [];
    bySection.set(target.index, list);
    readRelocationTable(reader, header, table, target, symbols, list);
  }
  return bySection;
}

function readRelocationTable(
  reader: ByteReader,
  header: ElfHeader,
  table: SectionHeader,
  target: SectionHeader,
  symbols: ElfSymbol[],
  list: Relocation[],
): void {
  const withAddend = table.type === elf.SHT_RELA;
  const entrySize = (header.is64 ? 16 : 8) + (withAddend ? (header.is64 ? 8 : 4) : 0);
  const count = countEntries(reader, table, entrySize);
  for (let i = 0; i < count; i++) {
    const at = table.offset + i * entrySize;
    const offset = header.is64 ? reader.u64(at) : reader.u32(at);
    const type = header.is64 ? reader.u32(at + 8) : reader.u8(at + 4);
    const symbolIndex = header.is64 ? reader.u32(at + 12) : reader.u32(at + 4) >>> 8;
    const addend = !withAddend ? 0 : header.is64 ? reader.i64(at + 16) : reader.i32(at + 8);
    const symbol =
      symbols[symbolIndex] ?? corrupt(reader, at, `a relocation names symbol ${symbolIndex}, which does not exist`);
    if (offset >= target.size) corrupt(reader, at, `a relocation lies outside section ${target.name}`);
    list.push({ offset, type, symbol, addend });
  }
}

function corrupt(reader: ByteReader, offset: number, message: string): never {
  return fail('corrupt-object', message, { file: reader.file, offset }, REBUILD);
}
