/**
 * Where the bytes of the objects' sections are in the linked module, for tables that describe code and data: symbols,
 * DWARF. Code that went, and code that was kept once for several functions, has a place only where it is the function's
 * own.
 */
import * as elf from '../elf/constants.ts';
import type { ElfSymbol, ObjectFile } from '../elf/object.ts';
import type { BlockName, Chunk, Image } from '../link/model/model.ts';

/** Address of the text block in the ELF file. Nothing lies at 0, which stands for what went. */
const TEXT_ADDRESS = 0x100000;
/** Bytes; what the block of variables and data is aligned to. */
const PAGE = 0x10000;

/** Addresses of the three blocks of a module in its ELF file. As in memory, read-only data follows BSS. */
export type BlockAddresses = Readonly<Record<BlockName, number>>;

export function blockAddresses({ size, arch }: Pick<Image, 'size' | 'arch'>): BlockAddresses {
  const bss = TEXT_ADDRESS + Math.ceil((size.text + 1) / PAGE) * PAGE;
  return { text: TEXT_ADDRESS, bss, rodata: bss + Math.ceil(size.bss / arch.wordSize) * arch.wordSize };
}

/** Finds the addresses of what the objects had. */
export class Places {
  readonly blocks: BlockAddresses;
  readonly #image: Image;
  readonly #chunks = new Map<ObjectFile, Map<number, Chunk>>();

  constructor(image: Image) {
    this.#image = image;
    this.blocks = blockAddresses(image);
    for (const chunk of image.before.program.chunks) {
      if (chunk.from === undefined || chunk.section === undefined) continue;
      const own = this.#chunks.get(chunk.from) ?? new Map<number, Chunk>();
      this.#chunks.set(chunk.from, own.set(chunk.section.index, chunk));
    }
  }

  /** What a section was before any pass; undefined when nothing of it is in the module. */
  chunkOf(object: ObjectFile, sectionIndex: number): Chunk | undefined {
    return this.#chunks.get(object)?.get(sectionIndex);
  }

  /**
   * The address of a byte of a section, or of its end.
   * @returns undefined when it is in the module no more, or only as a part of something else
   */
  addressOf(object: ObjectFile, sectionIndex: number, offset: number): number | undefined {
    const chunk = this.chunkOf(object, sectionIndex);
    if (chunk === undefined || offset < 0 || offset > chunk.size) return undefined;
    const target = this.#image.before.follow({ kind: 'chunk', chunk, offset });
    if (target.kind !== 'chunk' || target.offset > target.chunk.size) return undefined;
    const isSame = target.chunk.from === object && target.chunk.section?.index === sectionIndex;
    if (!isSame && !isEqualConstant(chunk, offset, target.chunk, target.offset)) return undefined;
    return this.placed(target.chunk, target.offset);
  }

  /** The address of a symbol that the object defines. Bit 0 of a Thumb function's is the symbol's own. */
  addressOfSymbol(object: ObjectFile, symbol: ElfSymbol): number | undefined {
    if (symbol.shndx === elf.SHN_ABS) return symbol.value;
    if (symbol.shndx === elf.SHN_COMMON) return this.#commonAddress(symbol);
    const thumb = this.#image.arch.family === 'arm' && symbol.type === elf.STT_FUNC ? symbol.value % 2 : 0;
    const address = this.addressOf(object, symbol.shndx, symbol.value - thumb);
    return address === undefined ? undefined : address + thumb;
  }

  /**
   * Where code is that was kept once for several functions, for one that went: the address of the function that stayed.
   */
  addressOfFolded(object: ObjectFile, { type, shndx, value }: ElfSymbol): number | undefined {
    const chunk = type === elf.STT_FUNC ? this.chunkOf(object, shndx) : undefined;
    if (chunk?.role !== 'text') return undefined;
    const target = this.#image.before.follow({ kind: 'chunk', chunk, offset: value });
    return target.kind === 'chunk' ? this.placed(target.chunk, target.offset) : undefined;
  }

  /** The address of a byte of a chunk of the linked module. */
  placed(chunk: Chunk, offset: number): number | undefined {
    const place = this.#image.place.get(chunk);
    return place === undefined ? undefined : this.blocks[place.block] + place.address + offset;
  }

  #commonAddress({ name }: ElfSymbol): number | undefined {
    const chunk = this.#image.chunks.find((c) => c.from === undefined && c.symbol === name && c.role === 'bss');
    return chunk === undefined ? undefined : this.placed(chunk, 0);
  }
}

/** A constant that was merged with equal ones is the same in every respect, if it is there at all. */
function isEqualConstant(chunk: Chunk, offset: number, now: Chunk, nowOffset: number): boolean {
  const { section, role, data } = chunk;
  if (role !== 'rodata' || section === undefined || (section.flags & elf.SHF_MERGE) === 0) return false;
  const isText = (section.flags & elf.SHF_STRINGS) !== 0;
  const zero = isText ? data.indexOf(0, offset) : -1;
  const end = isText ? zero + 1 : offset + section.entrySize;
  if (end <= offset || end > data.length) return false;
  return Buffer.from(data.subarray(offset, end)).equals(now.data.subarray(nowOffset, nowOffset + end - offset));
}
