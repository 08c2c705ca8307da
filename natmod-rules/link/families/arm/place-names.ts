import type { Chunk, Target } from '../../model/model.ts';

/** Names for places in a program: two places have the same name when they are the same. */
export class PlaceNames {
  readonly #numbers = new Map<Chunk, number>();

  of(target: Target): string {
    if (target.kind !== 'chunk') return JSON.stringify(target);
    const number = this.#numbers.get(target.chunk) ?? this.#numbers.size;
    this.#numbers.set(target.chunk, number);
    return `${number}+${target.offset}`;
  }
}
