/** Numbers things in the order in which they come: equal things have equal numbers. */
export class Numbering<T> {
  readonly #numbers = new Map<T, number>();

  /** How many different things there are. */
  get size(): number {
    return this.#numbers.size;
  }

  of(thing: T): number {
    const known = this.#numbers.get(thing);
    if (known !== undefined) return known;
    this.#numbers.set(thing, this.#numbers.size);
    return this.#numbers.size - 1;
  }
}
