import type { Chunk, Target } from '../model/model.ts';
import { Numbering } from './numbering.ts';

/** Names for places in a program: two places have the same name when they are the same. */
export class PlaceNames {
  readonly #chunks = new Numbering<Chunk>();

  /** @param addend bytes behind the target */
  of(target: Target, addend = 0): string {
    if (target.kind !== 'chunk') return `${JSON.stringify(target)}+${addend}`;
    return `${this.#chunks.of(target.chunk)}+${target.offset + addend}`;
  }
}

/**
 * The name of labels that outlining makes: for routines of their own, and in ends of functions that others jump into.
 */
export const SHARED_LABEL = '.outlined';
