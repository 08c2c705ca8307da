/**
 * What became of the sections of the objects: where their symbols are in the linked module, whatever the passes did to
 * them.
 */
import type { Chunk, GotSlot, Image, Target } from '../model/model.ts';
import { type NamedRange, type Part, partition, SymbolTable, stringRanges } from './ranges.ts';
import { describeOutside } from './why.ts';

export class Lineage {
  readonly table: SymbolTable;
  readonly #image: Image;
  readonly #origins = new Map<Chunk, Chunk[]>();
  #fixed: Map<number, string> | undefined;
  readonly #ranges = new Map<Chunk, NamedRange[]>();

  constructor(image: Image) {
    this.#image = image;
    this.table = new SymbolTable(image.rules);
    for (const chunk of image.before.program.chunks) {
      const now = this.heirOf(chunk);
      if (now === undefined) continue;
      const others = this.#origins.get(now);
      if (others === undefined) this.#origins.set(now, [chunk]);
      else others.push(chunk);
    }
  }

  /** What a chunk of before the passes has become; undefined when it is in no chunk any more. */
  heirOf(chunk: Chunk): Chunk | undefined {
    const target = this.#image.before.follow({ kind: 'chunk', chunk, offset: 0 });
    return target.kind === 'chunk' ? target.chunk : undefined;
  }

  /** The chunks that a chunk of the module was made of; none for what the linker added. */
  originsOf(chunk: Chunk): readonly Chunk[] {
    return this.#origins.get(chunk) ?? [];
  }

  /** The very section that a chunk of the module is, as it was before the passes; undefined for merged ones. */
  sameSection(chunk: Chunk): Chunk | undefined {
    if (chunk.from === undefined) return undefined;
    return this.originsOf(chunk).find((o) => o.from === chunk.from && o.section?.index === chunk.section?.index);
  }

  /** All bytes of a chunk of the module, cut into symbols. */
  partsOf(chunk: Chunk): readonly Part[] {
    const { got, arch } = this.#image;
    if (chunk === got.chunk) {
      return got.slots.map((slot) => ({ name: this.nameOfSlot(slot), offset: slot.offset, size: arch.wordSize }));
    }
    const ranges = this.#rangesOf(chunk);
    return partition(ranges, chunk.size, ranges.length === 0 ? this.#nameOfWhole(chunk) : chunk.name);
  }

  /** A slot of Xtensa may hold an address inside of something. */
  nameOfSlot({ target, addend }: GotSlot): string {
    return this.nameOf(target.kind === 'chunk' ? { ...target, offset: target.offset + addend } : target);
  }

  /** A name for what a target is: a symbol, an entry of the firmware's table, or section and offset. */
  nameOf(target: Target): string {
    if (target.kind === 'fixed') return this.#fixedName(target.address) ?? describeOutside(target);
    if (target.kind !== 'chunk') return describeOutside(target);
    const { chunk, offset } = target;
    const range = this.#rangesOf(chunk).find(({ start }) => start === offset || start === offset - 1);
    if (range !== undefined) return range.name;
    return offset === 0 ? (chunk.symbol ?? chunk.name) : `${chunk.name}+0x${offset.toString(16)}`;
  }

  #rangesOf(chunk: Chunk): readonly NamedRange[] {
    let ranges = this.#ranges.get(chunk);
    if (ranges === undefined) {
      ranges = this.#movedRanges(chunk);
      if (ranges.length === 0) ranges = stringRanges(chunk) ?? [];
      this.#ranges.set(chunk, ranges);
    }
    return ranges;
  }

  #movedRanges(chunk: Chunk): NamedRange[] {
    const origin = this.sameSection(chunk);
    if (origin === undefined) return [];
    const moved = (offset: number) => {
      const target = this.#image.before.follow({ kind: 'chunk', chunk: origin, offset });
      return target.kind === 'chunk' && target.chunk === chunk ? target.offset : chunk.size;
    };
    return this.table.rangesOf(origin).map(({ name, start, end }) => ({ name, start: moved(start), end: moved(end) }));
  }

  /** The symbol that stands for an address in ROM. */
  #fixedName(address: number): string | undefined {
    if (this.#fixed === undefined) {
      this.#fixed = new Map();
      const { chunks, resolve } = this.#image.before.program;
      for (const { symbol } of chunks.flatMap((chunk) => chunk.relocations)) {
        const target = /^\w/.test(symbol.name) ? resolve(symbol) : undefined;
        if (target?.kind === 'fixed' && target.weak !== true) this.#fixed.set(target.address, symbol.name);
      }
    }
    return this.#fixed.get(address);
  }

  /** Stubs are named by what they lead to. */
  #nameOfWhole(chunk: Chunk): string {
    const [word] = chunk.words;
    if (chunk.from === undefined && word !== undefined && word.target.kind !== 'chunk')
      return `${STUB} ${this.nameOf(word.target)}`;
    return chunk.symbol ?? chunk.name;
  }
}

const STUB = 'stub for';
