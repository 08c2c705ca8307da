/**
 * The first index from which on things are no longer below something, by halving.
 * @param count of the things, which are sorted
 * @param isBelow true for those at the start, false for the rest
 * @returns `count` when all are below
 */
export function firstNotBelow(count: number, isBelow: (index: number) => boolean): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBelow(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
