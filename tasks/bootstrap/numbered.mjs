/**
 * The order of names with numbers in them, such as `gcc-9` before `gcc-12`. What Node's own comparison of texts needs
 * for that is loaded at its first use, and takes longer than a whole build in which nothing changed.
 *
 * @param {string} a
 * @param {string} b
 * @returns {number} below 0 when `a` comes first, 0 when the names are equal
 */
export function compareNumbered(a, b) {
  const [left, right] = [partsOf(a), partsOf(b)];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const order = comparePart(left[i] ?? '', right[i] ?? '');
    if (order !== 0) return order;
  }
  return left.length - right.length || compareText(a, b);
}

/** @param {string} name */
function partsOf(name) {
  return name.split(/(\d+)/);
}

/** @param {string} a @param {string} b */
function comparePart(a, b) {
  if (!/^\d/.test(a) || !/^\d/.test(b)) return compareText(a, b);
  const [x, y] = [a.replace(/^0+/, ''), b.replace(/^0+/, '')];
  return x.length - y.length || compareText(x, y);
}

/** @param {string} a @param {string} b */
function compareText(a, b) {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
