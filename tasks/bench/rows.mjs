/**
 * The table of a run: each row has both sides, their ratio with its spread, and whether the aim was met; a run can be
 * kept as JSON.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';

/**
 * @typedef {'s' | 'cpu s' | 'ms' | 'MiB' | 'B' | 'instr'} Unit `s` is wall time, `cpu s` that of all processors, children included
 *
 * @typedef {object} Row
 * @property {string} what
 * @property {readonly number[] | number | undefined} ours one for each run; undefined: it could not be measured
 * @property {readonly number[] | number | undefined} [other] of the same runs, in turn with ours; one number for all,
 *   such as an aim
 * @property {string} against what the other is
 * @property {number} [aim] the largest ratio that is good
 * @property {Unit} [unit] `s` when left out
 *
 * @typedef {object} Figure
 * @property {number} min
 * @property {number} median
 * @property {number} max
 *
 * @typedef {(row: Row) => void} Print
 */

const WIDTH = 62;

/** Prints rows as they come, and keeps them. */
export class Table {
  /** @type {{ what: string, unit: Unit, against: string, ours?: Figure, other?: Figure, ratio?: Figure, aim?: number, isMet?: boolean }[]} */
  #rows = [];
  /** @type {ReadonlyMap<string, number>} ratios of an earlier run, by what and against */
  #earlier;

  /**
   * @param {string | undefined} earlier a file that `save` wrote
   * @throws {Error} when it cannot be read, is something else, or is of another machine
   */
  constructor(earlier) {
    this.#earlier = earlier === undefined ? new Map() : ratiosOf(earlier);
    const head = ['what'.padEnd(WIDTH), ...['natmod', 'other', 'ratio'].map((one) => one.padStart(10))];
    const before = this.#earlier.size > 0 ? [' earlier'] : [];
    console.log(
      `Node ${process.versions.node}, ${cpus().length} cores; wall time unless a row says otherwise; medians, of ratios min–max`,
    );
    console.log([...head, 'min–max'.padStart(12), ...before, '  aim ', 'met', ' compared with'].join(' '));
  }

  /** @type {Print} */
  print = ({ what, ours, other, against, aim, unit = 's' }) => {
    const [a, b, ratio] = [figureOf(ours), figureOf(other), ratioOf(ours, other)];
    const isMet = ratio === undefined || aim === undefined ? undefined : ratio.median <= aim;
    this.#rows.push({ what, unit, against, ours: a, other: b, ratio, aim, isMet });
    const spread =
      ratio === undefined || ratio.min === ratio.max ? '' : `${ratio.min.toFixed(2)}–${ratio.max.toFixed(2)}`;
    const known = this.#earlier.get(keyOf({ what, against }));
    const before = this.#earlier.size === 0 ? [] : [(known?.toFixed(2) ?? '-').padStart(8)];
    const met = isMet === undefined ? '' : isMet ? 'yes' : 'NO';
    const cells = [show(a, unit), show(b, unit), ratio === undefined ? '-' : ratio.median.toFixed(2)];
    const end = [spread.padStart(12), ...before, (aim?.toFixed(2) ?? '').padStart(6), met.padEnd(3), ` ${against}`];
    console.log([what.padEnd(WIDTH), ...cells.map((cell) => cell.padStart(10)), ...end].join(' '));
  };

  /** @param {string} file */
  save(file) {
    const run = { node: process.versions.node, machine: machine(), date: new Date().toISOString(), rows: this.#rows };
    writeFileSync(file, `${JSON.stringify(run, undefined, 2)}\n`);
  }
}

/** @param {{ what: string, against: string }} row */
function keyOf({ what, against }) {
  return `${what}\n${against}`;
}

function machine() {
  return `${cpus().length} × ${cpus()[0]?.model.trim() ?? process.arch}`;
}

/** @param {string} file */
function ratiosOf(file) {
  /** @type {{ machine?: unknown, rows?: unknown } | null} */
  const run = JSON.parse(readFileSync(file, 'utf8'));
  if (!Array.isArray(run?.rows)) throw new Error(`${file} has no rows`);
  if (run.machine !== machine())
    throw new Error(`${file} is of another machine, ${run.machine ?? 'which it does not name'}; this is ${machine()}`);
  const rows = /** @type {{ what: string, against: string, ratio?: Figure }[]} */ (run.rows);
  return new Map(rows.flatMap((row) => (row.ratio === undefined ? [] : [[keyOf(row), row.ratio.median]])));
}

/** @param {readonly number[] | number | undefined} values @returns {Figure | undefined} */
function figureOf(values) {
  if (values === undefined) return undefined;
  const sorted = typeof values === 'number' ? [values] : [...values].sort((a, b) => a - b);
  if (sorted.length === 0 || sorted.some(Number.isNaN)) return undefined;
  return { min: sorted[0] ?? 0, median: median(sorted), max: sorted.at(-1) ?? 0 };
}

/** Run by run, so that a drift of the machine's speed meets both sides. */
function ratioOf(/** @type {Row['ours']} */ ours, /** @type {Row['other']} */ other) {
  if (ours === undefined || other === undefined) return undefined;
  const [a, b] = [ours, other].map((one) => (typeof one === 'number' ? undefined : one));
  const count = Math.max(a?.length ?? 1, b?.length ?? 1);
  const at = (/** @type {readonly number[] | number} */ values, /** @type {number} */ i) =>
    typeof values === 'number' ? values : (values[i] ?? median(values));
  return figureOf(Array.from({ length: count }, (_, i) => at(ours, i) / at(other, i)));
}

/** @param {Figure | undefined} figure @param {Unit} unit */
function show(figure, unit) {
  if (figure === undefined) return '-';
  const digits = unit === 'ms' ? 1 : unit === 'B' || unit === 'instr' || unit === 'MiB' ? 0 : 2;
  return `${figure.median.toFixed(digits)} ${unit}`;
}

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}
