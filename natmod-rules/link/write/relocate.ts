/**
 * Applies relocations: writes the bytes of every block, and lists what is left for the firmware's loader, which adds
 * the address of a block or an entry of its function table to whole machine words.
 */
import type { Relocation } from '../../elf/object.ts';
import type { MpyRelocation } from '../../package/index.ts';
import { NatmodError, type Problem } from '../../problem.ts';
import { explain, Unfit } from '../explain/relocation.ts';
import { upperPart } from '../families/riscv/relocate.ts';
import type { RelocationType, Site } from '../families/types.ts';
import type { BlockName, Chunk, Image, Placement, Target } from '../model/model.ts';
import { stubKey } from '../place/stubs.ts';

export interface Blocks {
  readonly text: Uint8Array;
  readonly rodata: Uint8Array;
  /** In the order they are written to the file. */
  readonly relocations: readonly MpyRelocation[];
}

/** Errors, all of them at once: see `explain.ts`. Each names object, section, offset, symbol and relocation type. */
export function relocate(image: Image): Blocks {
  const text = new Uint8Array(image.size.text);
  const rodata = new Uint8Array(image.size.rodata);
  text.set(image.entryJump);
  const bytes = { text, rodata };
  for (const chunk of image.chunks) {
    const { block, address } = image.place.get(chunk)!;
    if (block !== 'bss') bytes[block].set(chunk.data, address);
  }
  const engine = new Engine(image, bytes);
  engine.fillWords(image.got.chunk);
  for (const chunk of image.chunks) {
    if (chunk !== image.got.chunk) engine.fillWords(chunk);
    engine.relocateChunk(chunk);
  }
  if (engine.problems.length > 0) throw new NatmodError(engine.problems);
  return { text, rodata, relocations: engine.relocations };
}

const BLOCK_KIND: Readonly<Record<BlockName, number>> = { text: 0, rodata: 1, bss: 2 };

class Engine {
  readonly relocations: MpyRelocation[] = [];
  readonly problems: Problem[] = [];
  readonly #told = new Set<string>();
  readonly #image: Image;
  readonly #views: Readonly<Record<'text' | 'rodata', DataView>>;
  readonly #types: ReadonlyMap<number, RelocationType>;

  constructor(image: Image, bytes: { text: Uint8Array; rodata: Uint8Array }) {
    this.#image = image;
    this.#views = { text: new DataView(bytes.text.buffer), rodata: new DataView(bytes.rodata.buffer) };
    this.#types = image.rules.types;
  }

  fillWords(chunk: Chunk): void {
    const place = this.#image.place.get(chunk);
    if (place === undefined) return;
    for (const { offset, target, addend } of chunk.words) {
      this.#writeWord(place.block as 'text', place.address + offset, target, addend);
    }
  }

  relocateChunk(chunk: Chunk): void {
    for (const relocation of chunk.relocations) {
      try {
        this.#apply(chunk, relocation);
      } catch (error) {
        if (!(error instanceof Unfit)) throw error;
        const type = this.#types.get(relocation.type)?.name ?? `type ${relocation.type}`;
        const problem = explain(error, chunk, relocation, type);
        // One is enough for all uses of a variable in a function.
        const key = `${chunk.object}\0${chunk.name}\0${problem.message}`;
        if (!this.#told.has(key)) this.problems.push(problem);
        this.#told.add(key);
      }
    }
  }

  #apply(chunk: Chunk, relocation: Relocation): void {
    const type = this.#types.get(relocation.type);
    if (type === undefined) throw new Unfit('unknown-relocation');
    if (type.expression === 'none') return;
    if (
      type.expression === 'absolute-code' ||
      type.expression === 'thread-local' ||
      type.expression === 'foreign-code'
    ) {
      throw new Unfit(type.expression);
    }
    const place = this.#image.place.get(chunk)!;
    if (place.block === 'bss' || relocation.offset + type.width > chunk.size) throw new Unfit('outside-section');
    const at = place.address + relocation.offset;
    const view = this.#views[place.block];
    if (type.expression === 'word') {
      const addend = relocation.addend + (type.addend?.(view, at) ?? 0);
      const target = this.#image.resolve(relocation.symbol);
      if (type.width === this.#image.arch.wordSize) this.#writeWord(place.block, at, target, addend);
      else if (target.kind === 'fixed') type.patch(makeSite(view, at, type.width), target.address + addend);
      else throw new Unfit('half-word-address', { width: type.width });
      return;
    }
    const value = this.#evaluate(chunk, place, relocation, type);
    type.patch(makeSite(view, at, chunk.size - relocation.offset), value);
  }

  /** The value of a relocation's expression, in bytes. */
  #evaluate(chunk: Chunk, place: Placement, relocation: Relocation, type: RelocationType): number {
    const P = place.address + relocation.offset;
    const A = relocation.addend + (type.addend?.(this.#views[place.block as 'text'], P) ?? 0);
    const GOT = this.#image.place.get(this.#image.got.chunk)?.address ?? 0;
    switch (type.expression) {
      case 'pc':
      case 'slot':
        return this.#near(place, relocation, A, P, type.expression === 'slot') - P;
      case 'got':
        return this.#image.got.slotOf(relocation).offset + A;
      case 'got-pc':
        return GOT + this.#image.got.slotOf(relocation).offset + A - P;
      case 'got-base-pc':
        return GOT + A - P;
      case 'got-relative':
        return this.#near(place, relocation, A, P, false) - GOT;
      case 'difference':
        return this.#near(place, relocation, A, 0, false);
      case 'low-of-pair':
        return this.#lowOfPair(chunk, place, relocation);
      default:
        throw new Error(`no value for ${type.expression}`);
    }
  }

  /** S + A of something that lies at a distance the linker knows: in the same block as the place that refers to it. */
  #near(place: Placement, relocation: Relocation, A: number, P: number, mayBeLiteral: boolean): number {
    const { symbol } = relocation;
    const target = this.#image.resolve(symbol);
    if (target.kind === 'got') return this.#image.place.get(this.#image.got.chunk)!.address + A;
    // Nothing calls an undefined weak function; the distance just has to fit. But code that makes an address of it must
    // get 0.
    if (target.kind === 'fixed' && target.weak) {
      if (this.#types.get(relocation.type)?.branch === true) return (P & ~3) + 4;
      throw new Unfit('weak-distance');
    }
    const inModule = target.kind === 'chunk' ? target : this.#stubFor(target);
    const literal = mayBeLiteral && inModule.chunk.role === 'literal';
    const found = literal
      ? this.#literal(inModule.chunk, inModule.offset + A)
      : { chunk: inModule.chunk, offset: inModule.offset + A };
    const there = this.#image.place.get(found.chunk);
    if (there === undefined) throw new Unfit('literal-address');
    if (there.block !== place.block) {
      throw new Unfit(there.block === 'bss' ? 'static-bss' : 'across-blocks', {
        variable: inModule,
        addend: A + this.#image.rules.addendBias,
      });
    }
    return there.address + found.offset;
  }

  #literal(chunk: Chunk, offset: number): { chunk: Chunk; offset: number } {
    const found = this.#image.literal(chunk.section!, offset);
    if (found === undefined) throw new Unfit('no-literal');
    return found;
  }

  #stubFor(target: Target): Target & { kind: 'chunk' } {
    const stub = this.#image.stubs.get(stubKey(target) ?? '');
    if (stub === undefined) throw new Unfit('firmware-distance');
    return stub;
  }

  /**
   * What is left of the value at the instruction that a lower-part relocation names, once its upper part is taken away.
   */
  #lowOfPair(chunk: Chunk, place: Placement, { symbol, addend }: Relocation): number {
    const target = this.#image.resolve(symbol);
    const high =
      target.kind === 'chunk' && target.chunk === chunk ? this.#highParts(chunk).get(target.offset) : undefined;
    if (high === undefined) throw new Unfit('no-pair');
    try {
      const value = this.#evaluate(chunk, place, high, this.#types.get(high.type)!);
      return value - upperPart(value) + addend;
    } catch (error) {
      if (!(error instanceof Unfit)) throw error;
      // The upper part itself tells it.
      return 0;
    }
  }

  readonly #highPartsOf = new Map<Chunk, Map<number, Relocation>>();

  #highParts(chunk: Chunk): Map<number, Relocation> {
    let parts = this.#highPartsOf.get(chunk);
    if (parts === undefined) {
      const isHigh = (r: Relocation) => {
        const type = this.#types.get(r.type);
        return type?.isUpperPart === true;
      };
      parts = new Map(chunk.relocations.filter(isHigh).map((r) => [r.offset, r]));
      this.#highPartsOf.set(chunk, parts);
    }
    return parts;
  }

  /** Stores what the loader's addition starts from, and a record for the loader if there is something to add. */
  #writeWord(block: 'text' | 'rodata', at: number, target: Target, addend: number): void {
    const { wordSize } = this.#image.arch;
    const { value, kind } = this.#loaderTerm(target);
    if (kind !== undefined && at % wordSize !== 0) throw new Unfit('unaligned-address');
    const view = this.#views[block];
    if (wordSize === 8) view.setBigInt64(at, BigInt(value + addend), true);
    else view.setUint32(at, (value + addend) >>> 0, true);
    if (kind !== undefined) this.relocations.push({ base: block, wordIndex: at / wordSize, kind });
  }

  #loaderTerm(target: Target): { value: number; kind?: number } {
    switch (target.kind) {
      case 'chunk': {
        const there = this.#image.place.get(target.chunk);
        // Literal sections are taken apart: only `l32r` finds its way to one of their words.
        if (there === undefined) throw new Unfit('literal-address');
        return { value: there.address + target.offset, kind: BLOCK_KIND[there.block] };
      }
      case 'got':
        return { value: this.#image.place.get(this.#image.got.chunk)!.address, kind: BLOCK_KIND.text };
      case 'qstr-table':
        return { value: 0, kind: 6 };
      case 'obj-table':
        return { value: 0, kind: 7 };
      case 'fun-table':
        return { value: 0, kind: 8 };
      case 'table-entry':
        return { value: 0, kind: 9 + target.index };
      case 'fixed':
        return { value: target.address };
    }
  }
}

function makeSite(view: DataView, at: number, left: number): Site {
  return {
    view,
    at,
    place: at,
    left,
    check(value, lo, hi, multiple = 1) {
      if (value < lo || value >= hi) throw new Unfit('out-of-range', { value, lo, hi });
      if (value % multiple !== 0) throw new Unfit('misaligned-value', { value, multiple });
    },
    absolute() {
      throw new Unfit('absolute-code');
    },
    mismatch(expected) {
      throw new Unfit('wrong-instruction', { expected });
    },
  };
}
