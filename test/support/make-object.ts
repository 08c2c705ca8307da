/** Writes relocatable objects by hand, for what compilers do not make or what must work without one. */
import type { Arch } from '../../natmod-rules/arch/index.ts';
import * as elf from '../../natmod-rules/elf/constants.ts';

export interface MadeSection {
  readonly name: string;
  /** PROGBITS when left out. */
  readonly type?: number;
  /** ALLOC when left out. */
  readonly flags?: number;
  readonly align?: number;
  /** Bytes of each entry of a mergeable section; 0 when left out. */
  readonly entrySize?: number;
  /** The bytes, or how many zeroes; NOBITS sections have a size only. */
  readonly data: Uint8Array | number;
  readonly relocations?: readonly MadeRelocation[];
}

export interface MadeRelocation {
  readonly offset: number;
  readonly type: number;
  /** Name of a symbol, or of a section for its section symbol; empty for none. */
  readonly symbol: string;
  /** Stored in the record; for x86 and ARM the caller puts it into the bytes. */
  readonly addend?: number;
}

export interface MadeSymbol {
  readonly name: string;
  /** Name of its section; undefined symbols have none. */
  readonly section?: string;
  /** Instead of a section: SHN_COMMON, SHN_ABS. */
  readonly shndx?: number;
  /** Bit 0 is set for functions of ARM when it is left out. */
  readonly value?: number;
  readonly size?: number;
  /** Global when left out. */
  readonly bind?: number;
  /** A function in code, else an object, when left out. */
  readonly type?: number;
}

export interface MadeObject {
  readonly sections: readonly MadeSection[];
  readonly symbols?: readonly MadeSymbol[];
  /** Signature and section names of each COMDAT group. */
  readonly groups?: readonly { readonly signature: string; readonly sections: readonly string[] }[];
}

export const TEXT_FLAGS = elf.SHF_ALLOC | elf.SHF_EXECINSTR;
export const DATA_FLAGS = elf.SHF_ALLOC | elf.SHF_WRITE;

interface Record {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly bytes: Uint8Array;
  readonly size: number;
  readonly link: number;
  readonly info: number;
  readonly align: number;
  readonly entrySize: number;
}

/** The bytes of an object for an architecture. */
export function makeObject(arch: Arch, made: MadeObject): Uint8Array {
  const is64 = arch.wordSize === 8;
  const rela = arch.family !== 'x86' && arch.family !== 'arm';
  const records: Record[] = [record('', elf.SHT_NULL)];
  const groups = made.groups ?? [];
  // The symbol table comes right behind the sections and groups; its number is needed before.
  const symtab = 1 + made.sections.length + groups.length;
  const sectionIndex = (name: string) => 1 + made.sections.findIndex((s) => s.name === name);
  const symbols = allSymbols(arch, made);
  const symbolIndex = (name: string) => {
    if (name === '') return 0;
    const index = symbols.findIndex((s) => (s.name !== '' ? s.name === name : s.type === 3 && s.section === name));
    if (index < 1) throw new Error(`no symbol ${name}`);
    return index;
  };
  for (const {
    name,
    type = elf.SHT_PROGBITS,
    flags = elf.SHF_ALLOC,
    align = 4,
    entrySize = 0,
    data,
  } of made.sections) {
    const size = typeof data === 'number' ? data : data.length;
    const bytes = type === elf.SHT_NOBITS ? new Uint8Array(0) : typeof data === 'number' ? new Uint8Array(data) : data;
    records.push({ ...record(name, type), flags, align, bytes, size, entrySize });
  }
  for (const { signature, sections } of groups) {
    const words = [elf.GRP_COMDAT, ...sections.map(sectionIndex)];
    const group = withBytes(record('.group', elf.SHT_GROUP), pack(words.map((w) => [4, w])));
    records.push({ ...group, link: symtab, info: symbolIndex(signature), entrySize: 4 });
  }
  const strings = new Strings();
  const table = pack(symbols.flatMap((s) => symbolFields(s, is64, strings, sectionIndex, made)));
  const firstGlobal = symbols.findIndex((s, i) => i > 0 && s.bind !== elf.STB_LOCAL);
  records.push({
    ...withBytes(record('.symtab', elf.SHT_SYMTAB), table),
    link: symtab + 1,
    info: firstGlobal < 0 ? symbols.length : firstGlobal,
    entrySize: is64 ? 24 : 16,
  });
  records.push(withBytes(record('.strtab', elf.SHT_STRTAB), strings.bytes()));
  for (const { name, relocations = [] } of made.sections) {
    if (relocations.length === 0) continue;
    const fields = relocations.flatMap((r) => relocationFields(r, is64, rela, symbolIndex));
    const type = rela ? elf.SHT_RELA : elf.SHT_REL;
    const relocationTable = withBytes(record(`${rela ? '.rela' : '.rel'}${name}`, type), pack(fields));
    const entrySize = relocationTable.size / relocations.length;
    records.push({ ...relocationTable, link: symtab, info: sectionIndex(name), entrySize });
  }
  return layOut(arch, records);
}

function record(name: string, type: number): Record {
  return { name, type, flags: 0, bytes: new Uint8Array(0), size: 0, link: 0, info: 0, align: 1, entrySize: 0 };
}

function withBytes(base: Record, bytes: Uint8Array): Record {
  return { ...base, bytes, size: bytes.length, align: 4 };
}

type FullSymbol = MadeSymbol & { readonly bind: number; readonly type: number };

/** Null symbol, section symbols, local and then global symbols, as the gABI wants them. */
function allSymbols(arch: Arch, made: MadeObject): FullSymbol[] {
  const own = (made.symbols ?? []).map((symbol): FullSymbol => {
    const section = made.sections.find((s) => s.name === symbol.section);
    const isCode = section !== undefined && ((section.flags ?? 0) & elf.SHF_EXECINSTR) !== 0;
    const usual = symbol.section === undefined ? elf.STT_NOTYPE : isCode ? elf.STT_FUNC : elf.STT_OBJECT;
    const type = symbol.type ?? usual;
    const thumb = arch.family === 'arm' && type === elf.STT_FUNC ? 1 : 0;
    return { ...symbol, bind: symbol.bind ?? elf.STB_GLOBAL, type, value: symbol.value ?? thumb };
  });
  const local = { bind: elf.STB_LOCAL };
  return [
    { name: '', ...local, type: 0 },
    ...made.sections.map((s) => ({ name: '', section: s.name, ...local, type: elf.STT_SECTION })),
    ...own.filter((s) => s.bind === elf.STB_LOCAL),
    ...own.filter((s) => s.bind !== elf.STB_LOCAL),
  ];
}

/** Width in bytes and value. */
type Field = readonly [1 | 2 | 4 | 8, number];

function symbolFields(
  symbol: FullSymbol,
  is64: boolean,
  strings: Strings,
  sectionIndex: (name: string) => number,
  made: MadeObject,
): Field[] {
  const { name, section, value = 0, size = 0, bind, type } = symbol;
  if (section !== undefined && !made.sections.some((s) => s.name === section)) throw new Error(`no section ${section}`);
  const shndx = symbol.shndx ?? (section === undefined ? 0 : sectionIndex(section));
  const head: Field = [4, strings.offsetOf(name)];
  const tail: Field[] = [
    [1, bind * 16 + type],
    [1, 0],
    [2, shndx],
  ];
  return is64 ? [head, ...tail, [8, value], [8, size]] : [head, [4, value], [4, size], ...tail];
}

function relocationFields(
  { offset, type, symbol, addend = 0 }: MadeRelocation,
  is64: boolean,
  rela: boolean,
  symbolIndex: (name: string) => number,
): Field[] {
  const index = symbolIndex(symbol);
  const head: Field[] = is64
    ? [
        [8, offset],
        [4, type],
        [4, index],
      ]
    : [
        [4, offset],
        [4, index * 256 + type],
      ];
  return rela ? [...head, [is64 ? 8 : 4, addend]] : head;
}

class Strings {
  #text = '\0';

  offsetOf(name: string): number {
    if (name === '') return 0;
    const known = this.#text.indexOf(`\0${name}\0`);
    if (known >= 0) return known + 1;
    this.#text += `${name}\0`;
    return this.#text.length - name.length - 1;
  }

  bytes(): Uint8Array {
    return Buffer.from(this.#text);
  }
}

function pack(fields: readonly Field[]): Uint8Array {
  const bytes = new Uint8Array(fields.reduce((sum, [width]) => sum + width, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [width, value] of fields) {
    if (width === 8) view.setBigInt64(at, BigInt(value), true);
    else if (width === 4) view.setUint32(at, value, true);
    else if (width === 2) view.setUint16(at, value, true);
    else view.setUint8(at, value);
    at += width;
  }
  return bytes;
}

function layOut(arch: Arch, sections: readonly Record[]): Uint8Array {
  const is64 = arch.wordSize === 8;
  const names = new Strings();
  const last = sections.length;
  const nameOffsets = [...sections.map((s) => names.offsetOf(s.name)), names.offsetOf('.shstrtab')];
  const all = [...sections, withBytes(record('.shstrtab', elf.SHT_STRTAB), names.bytes())];
  let offset = is64 ? 64 : 52;
  const offsets = all.map(({ bytes, align }) => {
    offset = Math.ceil(offset / Math.max(align, 8)) * Math.max(align, 8);
    const at = offset;
    offset += bytes.length;
    return at;
  });
  const table = Math.ceil(offset / 8) * 8;
  const word: 4 | 8 = is64 ? 8 : 4;
  const headers = all.flatMap((s, i): Field[] => [
    [4, nameOffsets[i]!],
    [4, s.type],
    [word, s.flags],
    [word, 0],
    [word, i === 0 ? 0 : offsets[i]!],
    [word, s.size],
    [4, s.link],
    [4, s.info],
    [word, s.align],
    [word, s.entrySize],
  ]);
  const header: Field[] = [
    ...[0x7f, 0x45, 0x4c, 0x46, is64 ? 2 : 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0].map((b): Field => [1, b]),
    ...([
      [2, elf.ET_REL],
      [2, arch.elfMachine],
      [4, 1],
      [word, 0],
      [word, 0],
      [word, table],
      [4, 0],
    ] as Field[]),
    ...[is64 ? 64 : 52, 0, 0, is64 ? 64 : 40, all.length, last].map((v): Field => [2, v]),
  ];
  const packed = pack(headers);
  const file = new Uint8Array(table + packed.length);
  file.set(pack(header));
  for (const [i, { bytes }] of all.entries()) file.set(bytes, offsets[i]);
  file.set(packed, table);
  return file;
}
