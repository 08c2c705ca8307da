/** Writes a linked ELF file (gABI, chapters 4 and 5) of sections and symbols. */
import * as elf from '../elf/constants.ts';

/** Offsets and sizes in bytes. */
export interface OutSection {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  /** 0 for what is not loaded. */
  readonly address: number;
  readonly align: number;
  readonly bytes: Uint8Array;
  /** Of a section without bytes in the file. */
  readonly size?: number;
  readonly entrySize?: number;
}

export interface OutSymbol {
  readonly name: string;
  readonly value: number;
  readonly size: number;
  readonly bind: number;
  readonly type: number;
  /** Name of its section; undefined for absolute ones and files. */
  readonly section: string | undefined;
}

export interface OutFile {
  readonly is64: boolean;
  readonly machine: number;
  /** `e_flags`. */
  readonly flags: number;
  readonly entry: number;
  readonly sections: readonly OutSection[];
  readonly symbols: readonly OutSymbol[];
}

const ET_EXEC = 2;
const PT_LOAD = 1;

/** The bytes of the file. Sections with addresses get a segment each. */
export function writeElf(file: OutFile): Uint8Array {
  const layout = file.is64 ? LAYOUT_64 : LAYOUT_32;
  const sections = withTables(file, layout);
  const loaded = file.sections.filter((section) => isLoaded(section));
  let at = layout.header + loaded.length * layout.segment;
  const offsets = sections.map(({ align, bytes }) => {
    const start = Math.ceil(at / Math.max(align, 1)) * Math.max(align, 1);
    at = start + bytes.length;
    return start;
  });
  const table = Math.ceil(at / 8) * 8;
  const out = new Writer(table + (sections.length + 1) * layout.section, file.is64);
  writeHeader(out, file, { segments: loaded.length, table, sections: sections.length + 1, layout });
  for (const section of loaded) writeSegment(out, section, offsets[sections.indexOf(section)]!);
  for (const [i, { bytes }] of sections.entries()) out.bytes.set(bytes, offsets[i]);
  out.at = table + layout.section;
  const names = sections.at(-1)!;
  for (const [i, section] of sections.entries()) writeSectionHeader(out, section, offsets[i]!, sections, names);
  return out.bytes;
}

const LAYOUT_32 = { header: 52, segment: 32, section: 40, symbol: 16 };
const LAYOUT_64 = { header: 64, segment: 56, section: 64, symbol: 24 };
type Layout = typeof LAYOUT_32;

function isLoaded({ flags, bytes, size = bytes.length }: OutSection): boolean {
  return (flags & elf.SHF_ALLOC) !== 0 && size > 0;
}

/** A section with what its header says besides. */
interface Linked extends OutSection {
  readonly link?: string;
  readonly info?: number;
}

/** Symbol table, names of symbols and, last, names of sections. */
function withTables({ sections, symbols, is64 }: OutFile, layout: Layout): Linked[] {
  const strings = new Strings();
  const sorted = [...symbols].sort((a, b) => Number(a.bind !== elf.STB_LOCAL) - Number(b.bind !== elf.STB_LOCAL));
  const out = new Writer((sorted.length + 1) * layout.symbol, is64);
  out.at = layout.symbol;
  const indexOf = new Map(sections.map(({ name }, i) => [name, i + 1]));
  for (const symbol of sorted) {
    const index = symbol.section === undefined ? elf.SHN_ABS : (indexOf.get(symbol.section) ?? elf.SHN_ABS);
    writeSymbol(out, symbol, strings.add(symbol.name), index);
  }
  const info = 1 + sorted.filter(({ bind }) => bind === elf.STB_LOCAL).length;
  const plain = { flags: 0, address: 0, align: 1 };
  const symtab: Linked = {
    ...plain,
    name: '.symtab',
    type: elf.SHT_SYMTAB,
    align: is64 ? 8 : 4,
    bytes: out.bytes,
    entrySize: layout.symbol,
    link: '.strtab',
    info,
  };
  const strtab: Linked = { ...plain, name: '.strtab', type: elf.SHT_STRTAB, bytes: strings.finish() };
  const names = new Strings();
  for (const { name } of [...sections, symtab, strtab, { name: '.shstrtab' }]) names.add(name);
  return [...sections, symtab, strtab, { ...plain, name: '.shstrtab', type: elf.SHT_STRTAB, bytes: names.finish() }];
}

/** A string table; equal strings are there once. */
class Strings {
  readonly #parts: string[] = [''];
  readonly #offsets = new Map<string, number>([['', 0]]);
  #size = 1;

  add(text: string): number {
    const known = this.#offsets.get(text);
    if (known !== undefined) return known;
    const offset = this.#size;
    this.#offsets.set(text, offset);
    this.#parts.push(text);
    this.#size += Buffer.byteLength(text) + 1;
    return offset;
  }

  finish(): Uint8Array {
    return Uint8Array.from(Buffer.from(`${this.#parts.join('\0')}\0`));
  }
}

/** Little-endian numbers one behind the other; a `word` has the size of an address. */
class Writer {
  readonly bytes: Uint8Array;
  at = 0;
  readonly #view: DataView;
  readonly is64: boolean;

  constructor(size: number, is64: boolean) {
    this.bytes = new Uint8Array(size);
    this.#view = new DataView(this.bytes.buffer);
    this.is64 = is64;
  }

  byte(value: number): void {
    this.#view.setUint8(this.at++, value);
  }

  half(value: number): void {
    this.#view.setUint16(this.at, value, true);
    this.at += 2;
  }

  int(value: number): void {
    this.#view.setUint32(this.at, value, true);
    this.at += 4;
  }

  word(value: number): void {
    if (!this.is64) {
      this.int(value);
      return;
    }
    this.#view.setBigUint64(this.at, BigInt(value), true);
    this.at += 8;
  }
}

interface Counts {
  readonly segments: number;
  readonly table: number;
  readonly sections: number;
  readonly layout: Layout;
}

function writeHeader(out: Writer, file: OutFile, { segments, table, sections, layout }: Counts): void {
  out.bytes.set([0x7f, 0x45, 0x4c, 0x46, file.is64 ? 2 : 1, 1, 1]);
  out.at = 16;
  out.half(ET_EXEC);
  out.half(file.machine);
  out.int(1);
  out.word(file.entry);
  out.word(segments === 0 ? 0 : layout.header);
  out.word(table);
  out.int(file.flags);
  out.half(layout.header);
  out.half(layout.segment);
  out.half(segments);
  out.half(layout.section);
  out.half(sections);
  out.half(sections - 1);
}

function writeSegment(out: Writer, section: OutSection, offset: number): void {
  const { flags, address, bytes, align, size = bytes.length } = section;
  const access = 4 | ((flags & elf.SHF_WRITE) !== 0 ? 2 : 0) | ((flags & elf.SHF_EXECINSTR) !== 0 ? 1 : 0);
  const { is64 } = out;
  out.int(PT_LOAD);
  if (is64) out.int(access);
  for (const value of [offset, address, address, bytes.length, size]) out.word(value);
  if (!is64) out.int(access);
  out.word(align);
}

function writeSectionHeader(out: Writer, section: Linked, offset: number, all: readonly Linked[], names: Linked): void {
  const { name, type, flags, address, bytes, align, link, info = 0, entrySize = 0, size = bytes.length } = section;
  out.int(Buffer.from(names.bytes).indexOf(`\0${name}\0`) + 1);
  out.int(type);
  for (const value of [flags, address, offset, size]) out.word(value);
  out.int(link === undefined ? 0 : all.findIndex((other) => other.name === link) + 1);
  out.int(info);
  out.word(align);
  out.word(entrySize);
}

function writeSymbol(out: Writer, { value, size, bind, type }: OutSymbol, name: number, index: number): void {
  const info = (bind << 4) | type;
  out.int(name);
  if (out.is64) {
    out.byte(info);
    out.byte(0);
    out.half(index);
    out.word(value);
    out.word(size);
    return;
  }
  out.word(value);
  out.word(size);
  out.byte(info);
  out.byte(0);
  out.half(index);
}
