/** Where code will lie at most, before it has its addresses: everything counts with the bytes that it had. */
import type { Chunk } from '../../model/model.ts';
import type { ThumbFunction } from './lines.ts';

/** Half of what a short jump spans, less what the linker may still put in between. Bytes. */
const SHORT_JUMP_REACH = 2046 - 146;

/** Chunks that lie one behind the other. */
export class Row {
  readonly #from = new Map<Chunk, number>();
  #end = 0;

  /** Puts a chunk behind the others. @returns the byte offset where it begins */
  add(chunk: Chunk, { size, align }: Pick<Chunk, 'size' | 'align'> = chunk): number {
    const from = Math.ceil(this.#end / align) * align;
    this.#from.set(chunk, from);
    this.#end = from + size;
    return from;
  }

  startOf(chunk: Chunk): number | undefined {
    return this.#from.get(chunk);
  }
}

export class Estimate {
  readonly #row = new Row();

  constructor(chunks: readonly Chunk[]) {
    for (const chunk of chunks) this.#row.add(chunk);
  }

  /** What is not known yet comes behind all that is. */
  #start(chunk: Chunk): number {
    return this.#row.startOf(chunk) ?? this.#row.add(chunk);
  }

  /** Whether a short jump reaches from anywhere in a function to anywhere in a chunk. */
  isNear({ chunk: from }: Pick<ThumbFunction, 'chunk'>, to: Chunk): boolean {
    const [a, b] = [this.#start(from), this.#start(to)];
    return Math.max(a + from.size, b + to.size) - Math.min(a, b) <= SHORT_JUMP_REACH;
  }
}
