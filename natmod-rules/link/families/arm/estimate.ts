/** Where code will lie at most, before it has its addresses: everything counts with the bytes that it had. */
import type { Chunk } from '../../model/model.ts';
import type { ThumbFunction } from './lines.ts';

/** Half of what a short jump spans, less what the linker may still put in between. Bytes. */
const SHORT_JUMP_REACH = 2046 - 146;

export class Estimate {
  readonly #from = new Map<Chunk, number>();
  #end = 0;

  constructor(chunks: readonly Chunk[]) {
    for (const chunk of chunks) this.#add(chunk);
  }

  #add(chunk: Chunk): number {
    const from = Math.ceil(this.#end / chunk.align) * chunk.align;
    this.#from.set(chunk, from);
    this.#end = from + chunk.size;
    return from;
  }

  /** What is not known yet comes behind all that is. */
  #start(chunk: Chunk): number {
    return this.#from.get(chunk) ?? this.#add(chunk);
  }

  /** Whether a short jump reaches from anywhere in a function to anywhere in a chunk. */
  isNear({ chunk: from }: Pick<ThumbFunction, 'chunk'>, to: Chunk): boolean {
    const [a, b] = [this.#start(from), this.#start(to)];
    return Math.max(a + from.size, b + to.size) - Math.min(a, b) <= SHORT_JUMP_REACH;
  }
}
