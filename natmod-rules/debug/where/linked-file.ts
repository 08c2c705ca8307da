/** Reads a linked ELF file (gABI, chapters 4 and 5), such as natmod writes beside a module. */
import { inflateSync } from 'node:zlib';
import { ByteReader } from '../../elf/bytes.ts';
import * as elf from '../../elf/constants.ts';
import { readSectionTable } from '../../elf/section-table.ts';
import { fail } from '../../problem.ts';

export interface LinkedSection {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly address: number;
  /** Bytes. */
  readonly size: number;
  /** Empty for what is not in the file. */
  readonly bytes: Uint8Array;
}

export interface LinkedSymbol {
  readonly name: string;
  /** Address, without the bit that says Thumb. */
  readonly address: number;
  readonly size: number;
  readonly type: number;
}

export interface LinkedFile {
  readonly is64: boolean;
  readonly machine: number;
  readonly sections: readonly LinkedSection[];
  /** Functions and variables, by address. */
  readonly symbols: readonly LinkedSymbol[];
  /** In hexadecimal. */
  readonly buildId: string | undefined;
}

const MAKE_IT = '`gulp build --debug` makes MOD.elf beside the intermediates';

/** Errors: `not-an-elf`; `truncated-object`, `corrupt-object` for a damaged one. */
export function readLinkedFile(bytes: Uint8Array, file: string): LinkedFile {
  const reader = new ByteReader(bytes, file);
  if (bytes.length < 52 || reader.u32(0) !== 0x464c457f) fail('not-an-elf', 'this is no ELF file', { file }, MAKE_IT);
  if (reader.u8(5) !== 1) fail('not-an-elf', 'a big-endian ELF file, which no module has', { file }, MAKE_IT);
  if (reader.u16(16) === elf.ET_REL)
    fail('not-an-elf', 'this is an object file, which has no addresses before it is linked', { file }, MAKE_IT);
  const { header, sections: headers } = readSectionTable(reader, 'linked');
  const { is64, machine } = header;
  const sections = headers.map(({ name, type, flags, address, offset, size, link }) => {
    const inFile = type === elf.SHT_NOBITS ? new Uint8Array(0) : reader.slice(offset, size);
    const bytes = (flags & elf.SHF_COMPRESSED) === 0 ? inFile : uncompressed(inFile, is64);
    return { name, type, flags, address, size, link, bytes };
  });
  const symtab = sections.find(({ type }) => type === elf.SHT_SYMTAB);
  const strings = symtab === undefined ? undefined : sections[symtab.link];
  const symbols = symtab && strings ? readSymbols(new ByteReader(symtab.bytes, file), strings.bytes, is64) : [];
  return { is64, machine, sections, symbols: withoutThumb(symbols, machine), buildId: buildIdOf(sections) };
}

/** Bytes of an uncompressed section; what keeps a damaged header from asking for all memory. */
const LARGEST = 256 * 1024 * 1024;

/** The contents of a compressed section; nothing when it is damaged, or compressed with something else than zlib. */
function uncompressed(bytes: Uint8Array, is64: boolean): Uint8Array {
  const head = is64 ? 24 : 12;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < head || view.getUint32(0, true) !== 1) return new Uint8Array(0);
  const size = is64 ? Number(view.getBigUint64(8, true)) : view.getUint32(4, true);
  try {
    return Uint8Array.from(
      inflateSync(bytes.subarray(head), { maxOutputLength: Math.min(Math.max(size, 1), LARGEST) }),
    );
  } catch {
    // Damaged: as if the section were not there, which is what readers of debug information can do without.
    return new Uint8Array(0);
  }
}

function readSymbols(reader: ByteReader, strings: Uint8Array, is64: boolean): LinkedSymbol[] {
  const entrySize = is64 ? 24 : 16;
  const symbols: LinkedSymbol[] = [];
  for (let at = 0; at + entrySize <= reader.size; at += entrySize) {
    const type = reader.u8(at + (is64 ? 4 : 12)) & 15;
    if (type !== elf.STT_FUNC && type !== elf.STT_OBJECT) continue;
    const address = is64 ? reader.u64(at + 8) : reader.u32(at + 4);
    const size = is64 ? reader.u64(at + 16) : reader.u32(at + 8);
    symbols.push({ name: textAt(strings, reader.u32(at)), address, size, type });
  }
  return symbols.sort((a, b) => a.address - b.address);
}

function withoutThumb(symbols: readonly LinkedSymbol[], machine: number): LinkedSymbol[] {
  const isThumb = ({ type }: LinkedSymbol) => machine === elf.EM_ARM && type === elf.STT_FUNC;
  return symbols.map((symbol) =>
    isThumb(symbol) ? { ...symbol, address: symbol.address - (symbol.address % 2) } : symbol,
  );
}

export function textAt(strings: Uint8Array, offset: number): string {
  const end = strings.indexOf(0, offset);
  return new TextDecoder().decode(strings.subarray(offset, end < 0 ? strings.length : end));
}

function buildIdOf(sections: readonly LinkedSection[]): string | undefined {
  const note = sections.find(({ name }) => name === '.note.gnu.build-id')?.bytes;
  return note === undefined || note.length < 16 ? undefined : Buffer.from(note.subarray(16)).toString('hex');
}
