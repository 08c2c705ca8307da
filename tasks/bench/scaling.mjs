/** What a module costs when there are more and more of them, and a source when a module has more: it must not grow. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureCompiled } from '../bootstrap/compiled.cjs';
import { findOnPath } from '../bootstrap/processes.mjs';
import { findReference, makeLoop, ours, theirs } from './builds.mjs';
import { generateModules } from './generate-modules.mjs';
import { timeInTurn } from './measure.mjs';
import { median } from './rows.mjs';

/** The large ones take long and vary little; make's cost per module is known by then. */
const MODULES = [
  { count: 1, runs: 5, makes: 5 },
  { count: 10, runs: 5, makes: 5 },
  { count: 100, runs: 3, makes: 1 },
  { count: 500, runs: 1, makes: 0 },
];
const SOURCES = [
  { count: 50, runs: 3 },
  { count: 500, runs: 1 },
  { count: 5000, runs: 1 },
];
const ARCH = 'armv7m';

/** @typedef {import('./measure.mjs').Runs} Runs */

/** @param {import('./rows.mjs').Print} print */
export async function scaling(print) {
  ensureCompiled();
  if (findOnPath('arm-none-eabi-gcc') === undefined)
    return print({ what: 'scaling', ours: undefined, against: 'no compiler' });
  const folder = mkdtempSync(join(tmpdir(), 'natmod-bench-'));
  try {
    await moreModules(print, folder);
    moreSources(print, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {import('./rows.mjs').Print} print
 * @param {string} folder
 */
async function moreModules(print, folder) {
  const reference = await findReference(folder);
  const tree = reference === undefined ? [] : ['--mpy-dir', reference.tree];
  /** @type {number | undefined} */
  let fewer;
  for (const { count, runs, makes } of MODULES) {
    const place = join(folder, `of-${count}`);
    const dir = join(place, 'examples');
    generateModules(dir, count, { sources: 0 });
    const [mine] = timeInTurn([ours(join(place, 'out'), ['--arch', ARCH, '--dir', dir, ...tree])], runs);
    const what = `cost per module of ${count}, ${ARCH}, cold`;
    if (reference !== undefined && makes > 0) {
      const names = Array.from({ length: count }, (_, i) => `gen${i}`);
      const [make] = timeInTurn([theirs(place, makeLoop(reference, [ARCH], names).join('\n'))], makes);
      const against = 'make in a loop';
      print({ what, ours: each(mine?.wall, count), other: each(make?.wall, count), against, unit: 'ms' });
      print({ what: `${what}, CPU`, ours: each(mine?.cpu, count), other: each(make?.cpu, count), against, unit: 'ms' });
    }
    fewer = beside(print, { what, ours: each(mine?.cpu, count), fewer });
    rmSync(place, { recursive: true, force: true });
  }
}

/**
 * @param {import('./rows.mjs').Print} print
 * @param {string} folder
 */
function moreSources(print, folder) {
  /** @type {number | undefined} */
  let fewer;
  for (const { count, runs } of SOURCES) {
    const place = join(folder, `of-${count}-sources`);
    generateModules(join(place, 'src'), 1, { sources: count - 1, functions: 1 });
    const [mine] = timeInTurn([ours(join(place, 'out'), ['--arch', ARCH, '--dir', join(place, 'src')])], runs);
    const what = `cost per source of ${count} in one module, ${ARCH}, cold`;
    fewer = beside(print, { what, ours: each(mine?.cpu, count), fewer });
    rmSync(place, { recursive: true, force: true });
  }
}

/**
 * Prints the CPU time of one of many beside that of one of fewer.
 * @param {import('./rows.mjs').Print} print
 * @param {{ what: string, ours: number[] | undefined, fewer: number | undefined }} row
 * @returns {number | undefined} what one of these costs
 */
function beside(print, { what, ours, fewer }) {
  const against = fewer === undefined ? '-' : 'one of fewer';
  print({ what: `${what}, CPU`, ours, other: fewer, against, aim: fewer === undefined ? undefined : 1, unit: 'ms' });
  return ours && median(ours);
}

/**
 * @param {readonly number[] | undefined} seconds
 * @param {number} count
 */
function each(seconds, count) {
  return seconds?.map((all) => (all * 1000) / count);
}
