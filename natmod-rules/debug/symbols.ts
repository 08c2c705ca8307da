/**
 * The symbols of a linked module: the objects' own, where they have come to lie, and names for what the linker made.
 */
import * as elf from '../elf/constants.ts';
import type { ElfSymbol, ObjectFile } from '../elf/object.ts';
import type { Chunk, Image } from '../link/model/model.ts';
import type { OutSymbol } from './elf-file.ts';
import type { Places } from './places.ts';

const STT_FILE = 4;

/** Names of the sections that the blocks of a module are in the ELF file. */
export const SECTION_OF = { text: '.text', rodata: '.rodata', bss: '.bss' } as const;

/** Local symbols stand behind the name of the file they are of. */
export function symbolsOf(image: Image, places: Places): OutSymbol[] {
  const symbols = image.before.objects.flatMap((object) => objectSymbols(image, places, object));
  return [...symbols, ...image.chunks.flatMap((chunk) => madeSymbols(image, places, chunk))];
}

interface Found extends OutSymbol {
  /** It stands behind the last byte of its section. */
  readonly isEnd: boolean;
}

function objectSymbols(image: Image, places: Places, object: ObjectFile): OutSymbol[] {
  const named = object.symbols.filter((symbol) => isUseful(symbol, image));
  const found = named.flatMap((symbol): Found[] => {
    const value = places.addressOfSymbol(object, symbol) ?? places.addressOfFolded(object, symbol);
    const section = value === undefined ? undefined : sectionAt(image, places, value);
    if (value === undefined || section === undefined) return [];
    const { name, bind, type } = symbol;
    const end = places.addressOf(object, symbol.shndx, places.chunkOf(object, symbol.shndx)?.size ?? 0);
    return [{ name, bind, type, value, size: sizeOf(object, symbol, value, places), section, isEnd: value === end }];
  });
  const kept = found.filter((symbol, i) => !isIdleMark(symbol, found.slice(i + 1)));
  return kept.length === 0 ? [] : [fileSymbol(object), ...kept];
}

/** Marks of the assembler tell disassemblers where data is among code: `$d`, `$t`, `$x`. */
function isUseful({ name, type, shndx }: ElfSymbol, { arch }: Image): boolean {
  if (shndx === elf.SHN_UNDEF || shndx === elf.SHN_ABS || name === '') return false;
  if (/^\$[a-z]/.test(name)) return arch.family === 'arm' || arch.family === 'riscv';
  const isKind = type === elf.STT_NOTYPE || type === elf.STT_OBJECT || type === elf.STT_FUNC;
  // Labels of compilers; the assembler for RISC-V keeps some with a control character.
  return isKind && !/^\.?L|^[^\w.?]|\.L/.test(name);
}

const isMark = (name: string) => /^\$[a-z]/.test(name);

/** A mark of data that went stands where the next one does, or at the end of its function, where another one begins. */
function isIdleMark({ name, value, section, isEnd }: Found, behind: readonly Found[]): boolean {
  return (
    isMark(name) &&
    (isEnd || behind.some((other) => isMark(other.name) && other.value === value && other.section === section))
  );
}

function fileSymbol(object: ObjectFile): OutSymbol {
  const name = object.symbols.find(({ type }) => type === STT_FILE)?.name ?? object.name;
  return { name, value: 0, size: 0, bind: elf.STB_LOCAL, type: STT_FILE, section: undefined };
}

function sizeOf(object: ObjectFile, symbol: ElfSymbol, value: number, places: Places): number {
  const { size, shndx } = symbol;
  if (size === 0 || shndx === elf.SHN_COMMON) return size;
  const start = value - (symbol.value % 2 === 1 && symbol.type === elf.STT_FUNC ? value % 2 : 0);
  const first = symbol.value - (value - start);
  const end = places.addressOf(object, shndx, first + size);
  return end === undefined || end < start ? 0 : end - start;
}

function sectionAt({ size }: Image, { blocks }: Places, address: number): string | undefined {
  const names = ['text', 'rodata', 'bss'] as const;
  const block =
    names.find((name) => blocks[name] <= address && address < blocks[name] + size[name]) ??
    // A label at the end of everything.
    names.find((name) => size[name] > 0 && address === blocks[name] + size[name]);
  return block && SECTION_OF[block];
}

/** Data among code that the linker made. */
const LITERALS = /^\.text\.literals\b/;

/** What has no symbol of an object: the linker's own code and tables, and sections without names in them. */
function madeSymbols(image: Image, places: Places, chunk: Chunk): OutSymbol[] {
  const value = places.placed(chunk, 0);
  const place = image.place.get(chunk);
  if (value === undefined || place === undefined || chunk.size === 0) return [];
  const section = SECTION_OF[place.block];
  const symbols: OutSymbol[] = [];
  const isCode = chunk.role === 'text' && !LITERALS.test(chunk.name);
  const mark = markOf(image, isCode);
  const hasMark = chunk.from?.symbols.some(
    (s) => s.shndx === chunk.section?.index && s.value === 0 && /^\$[a-z]/.test(s.name),
  );
  if (mark !== undefined && place.block === 'text' && hasMark !== true)
    symbols.push({ name: mark, value, size: 0, bind: elf.STB_LOCAL, type: elf.STT_NOTYPE, section });
  const hasOwn = chunk.from?.symbols.some(({ shndx, type }) => {
    return shndx === chunk.section?.index && (type === elf.STT_FUNC || type === elf.STT_OBJECT);
  });
  if (hasOwn === true || (isCode && chunk.from !== undefined)) return symbols;
  const thumb = isCode && image.arch.family === 'arm' ? 1 : 0;
  const type = isCode ? elf.STT_FUNC : elf.STT_OBJECT;
  const name = chunk === image.got.chunk ? 'GOT' : (chunk.symbol ?? chunk.name);
  symbols.push({ name, value: value + thumb, size: chunk.size, bind: elf.STB_LOCAL, type, section });
  return symbols;
}

/** ELF for the ARM architecture, "Mapping symbols"; RISC-V psABI, the same. */
function markOf({ arch }: Image, isCode: boolean): string | undefined {
  if (arch.family === 'arm') return isCode ? '$t' : '$d';
  if (arch.family === 'riscv') return isCode ? '$x' : '$d';
  return undefined;
}
