/**
 * The work of tasks/bench/work/*.py as lists of calls (tasks/run/call-lists.ts), for cores that no MicroPython runs
 * on. Steps say what they have to give, as the scripts assert it.
 */

/** @typedef {Readonly<Record<string, unknown>>} Step */
/** @typedef {{ at: number }} Kept the value of a step */

/** The loader keeps the values of so many steps; with a margin for the arguments of one. */
const KEPT = 240;

class List {
  /** @type {Step[]} */
  steps = [];

  /**
   * @param {Step} step
   * @returns {Kept}
   */
  add(step) {
    this.steps.push(step);
    return { at: this.steps.length - 1 };
  }

  /** @param {unknown} value */
  value(value) {
    return this.add({ value });
  }

  /** @param {string} call @param {unknown[]} args @param {string} [gives] */
  call(call, args, gives) {
    return this.add({ call, args: args.map((one) => this.#arg(one)), gives });
  }

  /** @param {Kept} of @param {string} method @param {unknown[]} args @param {string} [gives] */
  method(of, method, args, gives) {
    const self = this.#arg(of);
    return this.add({ method, of: self, args: args.map((one) => this.#arg(one)), gives });
  }

  /**
   * A value that will soon be forgotten is made the value of a step once more.
   * @param {unknown} value
   */
  #arg(value) {
    const kept = /** @type {Partial<Kept> | null} */ (value);
    if (typeof kept !== 'object' || kept?.at === undefined) return value;
    if (this.steps.length - kept.at > KEPT) kept.at = this.value({ step: kept.at }).at;
    return { step: kept.at };
  }
}

/** @type {Readonly<Record<string, (list: List) => void>>} */
const WORK = { heapq, re, deflate, framebuf };

/**
 * @param {string} name of an example
 * @returns {Step[]}
 */
export function workCalls(name) {
  const list = new List();
  WORK[name]?.(list);
  return list.steps;
}

/** @param {List} list */
function heapq(list) {
  let value = 12345n;
  const numbers = Array.from({ length: 400 }, () => {
    value = (value * 1103515245n + 12345n) & 0x3fffffffn;
    return Number(value >> 8n);
  });
  const sorted = numbers.toSorted((a, b) => a - b);
  const heap = list.value({ list: [] });
  for (const number of numbers) list.call('heappush', [heap, number], 'None');
  for (const number of sorted) list.call('heappop', [heap], `${number}`);
  // A list of the loader's takes 255 values.
  for (const half of [numbers.slice(0, 200), numbers.slice(200)]) {
    const copy = list.value({ list: half });
    list.call('heapify', [copy], 'None');
    for (const number of half.toSorted((a, b) => a - b)) list.call('heappop', [copy], `${number}`);
  }
}

/** @param {List} list */
function re(list) {
  const text = 'fox 1234 times, lazy';
  for (const [pattern, found] of [
    ['(fo+x)|(runs)', 'fox'],
    ['[0-9]+ +times', '1234 times'],
    ['l[a-z]*y', 'lazy'],
  ]) {
    const regex = list.call('compile', [pattern]);
    for (let i = 0; i < 40; i++) list.method(list.method(regex, 'search', [text]), 'group', [0], `'${found}'`);
  }
  for (let i = 0; i < 20; i++) {
    list.method(list.call('match', ['([a-z]+) ([0-9]+)', text]), 'group', [2], "'1234'");
    list.call('search', ['nothing', text], 'None');
    list.method(list.call('compile', ['[, ]+']), 'split', [text], "['fox', '1234', 'times', 'lazy']");
  }
}

/** @param {List} list */
function deflate(list) {
  const zlib = 2;
  const text = 'the quick brown fox jumps over the lazy dog '.repeat(40);
  const binary = String.fromCharCode(...Array.from({ length: 1500 }, (_, n) => ((n * n) >> 3) & 255));
  for (const data of [text, binary]) {
    const file = list.value({ file: '' });
    const stream = list.call('DeflateIO', [file, zlib, 9]);
    list.method(stream, 'write', [{ bytes: data }], `${data.length}`);
    list.method(stream, 'close', [], 'None');
    list.method(file, 'seek', [0], '0');
    const gives = data === text ? `b'${text}'` : undefined;
    list.method(list.call('DeflateIO', [file]), 'read', [], gives);
  }
}

/** @param {List} list */
function framebuf(list) {
  const [mono, rgb565, gs4] = [0, 1, 2];
  for (const form of [mono, rgb565, gs4]) {
    const picture = list.call('FrameBuffer', [{ bytearray: '\0'.repeat(64 * 48 * 2) }, 64, 48, form]);
    const sprite = list.call('FrameBuffer', [{ bytearray: '\0'.repeat(16 * 16 * 2) }, 16, 16, form]);
    list.method(picture, 'fill', [0], 'None');
    list.method(sprite, 'fill', [1]);
    list.method(sprite, 'rect', [2, 2, 12, 12, 0]);
    for (let n = 0; n < 12; n++) {
      list.method(picture, 'line', [0, n * 4, 63, 47 - n * 4, 1], 'None');
      list.method(picture, 'hline', [n, n, 20, 1], 'None');
      list.method(picture, 'vline', [n, n, 20, 1], 'None');
      list.method(picture, 'fill_rect', [n * 4, n * 3, 8, 6, n & 1], 'None');
    }
    list.method(picture, 'blit', [sprite, 20, 20, 0], 'None');
    list.method(picture, 'text', ['0123 natmod', 0, 30, 1], 'None');
    list.method(picture, 'scroll', [3, -2], 'None');
    for (let x = 0; x < 64; x++) list.method(picture, 'pixel', [x, 20]);
  }
}
