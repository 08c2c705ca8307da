/** The benchmarks: each prints rows of a table as soon as it is done. */
import { cpus } from 'node:os';
import { wholeBuilds } from './builds.mjs';
import { incrementalBuilds } from './incremental.mjs';
import { linkSpeed } from './link.mjs';
import { scaling } from './scaling.mjs';
import { sizes } from './size.mjs';
import { startUp } from './start-up.mjs';

const ALL = {
  'start-up': startUp,
  link: linkSpeed,
  builds: wholeBuilds,
  incremental: incrementalBuilds,
  scaling,
  size: sizes,
};

/**
 * @param {readonly string[]} words names of benchmarks; all of them when there are none
 */
export async function bench(words) {
  const names = words.length === 0 ? Object.keys(ALL) : words;
  const known = /** @type {Record<string, (print: Print) => Promise<void>>} */ (ALL);
  const unknown = names.find((name) => known[name] === undefined);
  if (unknown !== undefined) {
    console.error(`there is no benchmark '${unknown}'; known are ${Object.keys(ALL).join(', ')}`);
    process.exitCode = 1;
    return;
  }
  console.log(
    `Node ${process.versions.node}, ${cpus().length} cores; seconds of wall time unless a row says otherwise\n`,
  );
  console.log(
    `${'what'.padEnd(58)} ${'natmod'.padStart(10)} ${'other'.padStart(10)} ${'ratio'.padStart(8)}  compared with`,
  );
  for (const name of names) await known[name]?.(print);
}

/**
 * @typedef {(what: string, ours: number | undefined, other: number | undefined, against: string, unit?: string) => void} Print
 */

/** @type {Print} */
function print(what, ours, other, against, unit = '') {
  const show = (/** @type {number | undefined} */ value) =>
    (value === undefined ? '-' : `${value.toFixed(unit === 'ms' ? 1 : unit === 'B' ? 0 : 2)}${unit}`).padStart(10);
  const ratio = ours === undefined || other === undefined ? '-' : (ours / other).toFixed(2);
  console.log(`${what.padEnd(58)} ${show(ours)} ${show(other)} ${ratio.padStart(8)}  ${against}`);
}
