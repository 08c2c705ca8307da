/**
 * Sets of what a register may hold: upper parts by index (0, 1, ...) and -1 for anything else. Equal sets have one
 * number, so that comparing and joining them is quick.
 */

/** The set of which nothing is known: { -1 }. */
export const OTHER = 0;

const MOST_SETS = 30_000;

export class UpperSets {
  readonly #sets: number[][] = [[-1]];
  readonly #byKey = new Map<string, number>([['-1', OTHER]]);
  readonly #unions = new Map<number, number>();
  #elements = 0;

  /** More sets than real code makes. */
  get isFull(): boolean {
    return this.#sets.length > MOST_SETS || this.#elements > 100 * MOST_SETS;
  }

  members(set: number): readonly number[] {
    return this.#sets[set]!;
  }

  hasHigh(set: number): boolean {
    return this.#sets[set]!.some((member) => member >= 0);
  }

  single(high: number): number {
    return this.#intern([high]);
  }

  union(a: number, b: number): number {
    if (a === b) return a;
    const key = Math.min(a, b) * 2 ** 26 + Math.max(a, b);
    const known = this.#unions.get(key);
    if (known !== undefined) return known;
    const union = this.#intern([...new Set([...this.#sets[a]!, ...this.#sets[b]!])].sort((x, y) => x - y));
    this.#unions.set(key, union);
    return union;
  }

  /** What the sum of two registers may hold: an upper part plus something is still that upper part. */
  sum(a: number, b: number): number {
    const [left, right] = [this.#sets[a]!, this.#sets[b]!];
    const highs = [...new Set([...left, ...right])].filter((member) => member >= 0).sort((x, y) => x - y);
    const unknown = (left.includes(-1) && right.includes(-1)) || (this.hasHigh(a) && this.hasHigh(b));
    return this.#intern(unknown ? [-1, ...highs] : highs);
  }

  #intern(members: number[]): number {
    const key = members.join();
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    this.#byKey.set(key, this.#sets.length);
    this.#elements += members.length;
    return this.#sets.push(members) - 1;
  }
}
