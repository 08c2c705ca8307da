/**
 * The ELF header and section table of a file; nothing else reads them. elfy reads the table; what it gets wrong or
 * leaves out (64-bit alignment and entry size, raw type and flag numbers, RISC-V as a machine) is read beside it, and
 * what could make it misbehave on hostile input is checked before it runs.
 */
import elfy, { type Section } from 'elfy';
import { fail } from '../problem.ts';
import { type ByteReader, REBUILD } from './bytes.ts';
import { ET_REL, SHN_LORESERVE, SHN_XINDEX } from './constants.ts';

export interface ElfHeader {
  readonly is64: boolean;
  readonly machine: number;
  /** `e_flags`: ABI variants, by machine. */
  readonly flags: number;
}

export interface SectionHeader {
  readonly index: number;
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  /** In memory; 0 in an object. */
  readonly address: number;
  /** File offset and size in bytes; a NOBITS section has a size and no bytes in the file. */
  readonly offset: number;
  readonly size: number;
  readonly link: number;
  readonly info: number;
  /** Bytes, at least 1. */
  readonly align: number;
  readonly entrySize: number;
}

const LONGEST_NAME = 4096;
const LARGEST_ALIGN = 0x10000;

/** An object that a compiler makes, or what a linker has made of objects. */
export type ElfKind = 'relocatable' | 'linked';

/**
 * Reads header and section table.
 * Errors: `not-an-object`, `truncated-object`, `corrupt-object`, `not-relocatable`, each with file and offset.
 */
export function readSectionTable(
  reader: ByteReader,
  kind: ElfKind = 'relocatable',
): { header: ElfHeader; sections: SectionHeader[] } {
  const { header, table } = readHeader(reader, kind);
  checkNames(reader, table);
  const parsed = parseWithElfy(reader);
  const sections = parsed.map((s, index): SectionHeader => {
    const at = table.offset + index * table.entrySize;
    const align = header.is64 ? reader.u64(at + 48) : reader.u32(at + 32);
    if (align > LARGEST_ALIGN || (align & (align - 1)) !== 0) {
      corrupt(reader, at, `section ${s.name} asks for an alignment of ${align} bytes`);
    }
    return {
      index,
      name: s.name,
      type: reader.u32(at + 4),
      flags: header.is64 ? reader.u64(at + 8) : reader.u32(at + 8),
      address: header.is64 ? reader.u64(at + 16) : reader.u32(at + 12),
      offset: s.off,
      size: s.size,
      link: s.link,
      info: s.info,
      align: Math.max(align, 1),
      entrySize: header.is64 ? reader.u64(at + 56) : reader.u32(at + 36),
    };
  });
  return { header, sections };
}

interface TablePlace {
  readonly offset: number;
  readonly count: number;
  readonly entrySize: number;
  readonly namesIndex: number;
}

function readHeader(reader: ByteReader, kind: ElfKind): { header: ElfHeader; table: TablePlace } {
  const magic = reader.size >= 4 && reader.u32(0) === 0x464c457f;
  if (!magic) notElf(reader);
  const elfClass = reader.u8(4);
  if (elfClass !== 1 && elfClass !== 2) corrupt(reader, 4, `unknown ELF class ${elfClass}`);
  if (reader.u8(5) !== 1) {
    fail('foreign-object', 'a big-endian object; MicroPython modules are little-endian', {
      file: reader.file,
      offset: 5,
    });
  }
  const is64 = elfClass === 2;
  if (kind === 'relocatable' && reader.u16(16) !== ET_REL) {
    const hint = 'compile with -c, and do not link before natmod does';
    fail(
      'not-relocatable',
      'this is a linked ELF file, not a relocatable object',
      { file: reader.file, offset: 16 },
      hint,
    );
  }
  const at = is64 ? 52 : 40;
  const table = {
    offset: is64 ? reader.u64(40) : reader.u32(32),
    entrySize: reader.u16(at + 6),
    count: reader.u16(at + 8),
    namesIndex: reader.u16(at + 10),
  };
  if (table.namesIndex === SHN_XINDEX || (table.count === 0 && table.offset !== 0)) {
    corrupt(reader, at + 8, `more than ${SHN_LORESERVE} sections are not supported`);
  }
  if (table.count > 0 && table.entrySize !== (is64 ? 64 : 40)) {
    corrupt(reader, at + 6, `a section header of ${table.entrySize} bytes`);
  }
  if (table.offset + table.count * table.entrySize > reader.size) {
    fail(
      'truncated-object',
      'the section table lies beyond the end of the file',
      { file: reader.file, offset: table.offset },
      REBUILD,
    );
  }
  if (table.namesIndex >= table.count) corrupt(reader, at + 10, 'there is no table of section names');
  return { header: { is64, machine: reader.u16(18), flags: reader.u32(is64 ? 48 : 36) }, table };
}

/** Files of other kinds that stand where an object should. */
const OTHER_KINDS: readonly (readonly [magic: RegExp, what: string, hint: string])[] = [
  [/^(BC\xc0\xde|\xde\xc0\x17\x0b)/, 'LLVM bitcode', 'compile without -flto and -emit-llvm'],
  [
    /^([\xce\xcf]\xfa\xed\xfe|\xca\xfe\xba\xbe)/,
    'a Mach-O file of macOS',
    'compile with a compiler for the CPU of the board',
  ],
  [
    /^(\x64\x86|\x4c\x01|\xc4\x01|\x64\xaa)/,
    'a COFF file of Windows',
    'compile with a compiler that makes ELF objects',
  ],
  [/^!<(arch|thin)>\n/, 'a static library', 'name it with -l in MPY_LD_FLAGS'],
];

function notElf(reader: ByteReader): never {
  const start = Buffer.from(reader.slice(0, Math.min(reader.size, 8))).toString('latin1');
  const [, what, hint] = OTHER_KINDS.find(([magic]) => magic.test(start)) ?? [];
  const message = what === undefined ? 'this is not an ELF object file' : `this is ${what}, and no ELF object file`;
  return fail('not-an-object', message, { file: reader.file }, hint ?? REBUILD);
}

/** Overlong names would make elfy copy the string table once per section. */
function checkNames(reader: ByteReader, table: TablePlace): void {
  const at = table.offset + table.namesIndex * table.entrySize;
  const [offset, size] =
    table.entrySize === 64 ? [reader.u64(at + 24), reader.u64(at + 32)] : [reader.u32(at + 16), reader.u32(at + 20)];
  const names = reader.slice(offset, size);
  let start = 0;
  while (start < names.length) {
    const end = names.indexOf(0, start);
    if ((end < 0 ? names.length : end) - start > LONGEST_NAME)
      corrupt(reader, offset + start, 'a section name of over 4096 bytes');
    if (end < 0) break;
    start = end + 1;
  }
}

function parseWithElfy(reader: ByteReader): readonly Section[] {
  const { buffer, byteOffset, byteLength } = reader.bytes;
  const bytes = Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);
  try {
    const parser = new elfy.Parser();
    // Nobody wants the program headers; elfy must not follow a garbled count of them.
    const header = { ...parser.parseHeader(bytes), phnum: 0 };
    return parser.resolveBody(parser.parseBody(bytes, header), header).sections;
  } catch {
    // Whatever elfy says of it: the header was looked at before, so it is the table.
    return corrupt(reader, 0, 'the section table cannot be read');
  }
}

function corrupt(reader: ByteReader, offset: number, message: string): never {
  return fail('corrupt-object', message, { file: reader.file, offset }, REBUILD);
}
