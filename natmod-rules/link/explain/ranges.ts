/**
 * Which bytes of a section belong to which symbol. Sizes and offsets in bytes; those that objects state are not
 * trusted.
 */
import * as elf from '../../elf/constants.ts';
import type { ElfSymbol, ObjectFile } from '../../elf/object.ts';
import type { FamilyRules } from '../families/types.ts';
import type { Chunk } from '../model/model.ts';

/** A symbol, a string, or what is left between them. */
export interface Part {
  readonly name: string;
  /** Byte offset in its section. */
  readonly offset: number;
  readonly size: number;
  /** Other names of the same bytes. */
  readonly aliases?: readonly string[];
}

/** Bytes from `start` to `end` under a name. */
export interface NamedRange {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** Looks symbols up by section; an object's table is read once. */
export class SymbolTable {
  readonly #sections = new Map<ObjectFile, Map<number, ElfSymbol[]>>();
  readonly #ranges = new Map<Chunk, NamedRange[]>();
  readonly #functionBit: 0 | 1;

  constructor({ functionBit }: Pick<FamilyRules, 'functionBit'>) {
    this.#functionBit = functionBit;
  }

  /**
   * The symbols that a reader would call by name in a section, by offset. Marks of assemblers and compilers are none.
   */
  symbolsOf({ from, section }: Chunk): readonly ElfSymbol[] {
    if (from === undefined || section === undefined) return [];
    let sections = this.#sections.get(from);
    if (sections === undefined) {
      sections = new Map();
      for (const symbol of from.symbols.filter(isName)) {
        const others = sections.get(symbol.shndx);
        if (others === undefined) sections.set(symbol.shndx, [symbol]);
        else others.push(symbol);
      }
      for (const list of sections.values()) list.sort((a, b) => this.startOf(a) - this.startOf(b) || b.size - a.size);
      this.#sections.set(from, sections);
    }
    return sections.get(section.index) ?? [];
  }

  /**
   * The bytes of each of those symbols. A symbol without a size reaches to the next one, as a label in assembly does.
   */
  rangesOf(chunk: Chunk): readonly NamedRange[] {
    let ranges = this.#ranges.get(chunk);
    if (ranges === undefined) {
      ranges = this.#findRanges(chunk);
      this.#ranges.set(chunk, ranges);
    }
    return ranges;
  }

  #findRanges(chunk: Chunk): NamedRange[] {
    const symbols = this.symbolsOf(chunk);
    let next = chunk.size;
    let same = -1;
    // From the last one back, so that the start of the next one is known.
    const ranges = [...symbols].reverse().map((symbol) => {
      const start = this.startOf(symbol);
      if (same >= 0 && same !== start) next = same;
      same = start;
      return { name: symbol.name, start, end: Math.min(symbol.size > 0 ? start + symbol.size : next, chunk.size) };
    });
    return ranges.reverse();
  }

  /** Offset of a symbol in its section; that of a Thumb function is odd for the CPU's sake. */
  startOf({ type, value }: ElfSymbol): number {
    return type === elf.STT_FUNC ? value - (value & this.#functionBit) : value;
  }

  /** The symbol that a byte of a chunk belongs to; the section's name when there is none. */
  nameAt(chunk: Chunk, offset: number): string {
    const ranges = this.rangesOf(chunk).filter(({ start, end }) => start <= offset && offset < end);
    const inner = ranges.reduce<NamedRange | undefined>(
      (a, b) => (a === undefined || b.start > a.start ? b : a),
      undefined,
    );
    return inner?.name ?? chunk.symbol ?? chunk.name;
  }
}

/** `.L1`, `$t` and the like are labels that only an assembler cares for. */
function isName({ name, type, shndx }: ElfSymbol): boolean {
  if (shndx === elf.SHN_UNDEF || shndx >= elf.SHN_LORESERVE) return false;
  return /^[\w?][^\0]*$/.test(name) && (type === elf.STT_NOTYPE || type === elf.STT_OBJECT || type === elf.STT_FUNC);
}

/**
 * Cuts `size` bytes into parts by ranges; where these overlap, the first one has the bytes. What is left is called
 * `rest`.
 */
export function partition(ranges: readonly NamedRange[], size: number, rest: string): Part[] {
  const parts: { name: string; offset: number; size: number; aliases?: string[] }[] = [];
  let end = 0;
  for (const range of [...ranges].sort((a, b) => a.start - b.start || b.end - a.end)) {
    const last = parts.at(-1);
    if (last !== undefined && range.start === last.offset && range.end === last.offset + last.size) {
      last.aliases = [...(last.aliases ?? []), range.name];
      continue;
    }
    const start = Math.max(range.start, end);
    if (range.end <= start || start >= size) continue;
    if (start > end) parts.push({ name: rest, offset: end, size: start - end });
    end = Math.min(range.end, size);
    parts.push({ name: range.name, offset: start, size: end - start });
  }
  if (end < size) parts.push({ name: rest, offset: end, size: size - end });
  return parts;
}

const LONGEST_NAME = 48;
const MOST_STRINGS = 4096;

/** The strings of a section of strings, each named by its text; undefined for other sections. */
export function stringRanges({ section, data, size }: Chunk): NamedRange[] | undefined {
  const isText = section !== undefined && (section.flags & elf.SHF_STRINGS) !== 0 && section.entrySize === 1;
  if (!isText || data.length !== size) return undefined;
  const bytes = Buffer.from(data.buffer as ArrayBuffer, data.byteOffset, data.length);
  const ranges: NamedRange[] = [];
  for (let start = 0; start < size && ranges.length < MOST_STRINGS; ) {
    const zero = bytes.indexOf(0, start);
    const end = zero < 0 ? size : zero + 1;
    const text = bytes.toString('utf8', start, Math.min(zero < 0 ? size : zero, start + 4 * LONGEST_NAME));
    const short = text.length > LONGEST_NAME ? `${text.slice(0, LONGEST_NAME)}…` : text;
    ranges.push({ name: JSON.stringify(short), start, end });
    start = end;
  }
  return ranges;
}
