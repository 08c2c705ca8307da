/**
 * Builds after a first one: with a warm object cache, without a change, after one; and what `gulp watch` adds to the
 * compiler.
 */
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureCompiled, projectDir } from '../bootstrap/compiled.cjs';
import { archesToBuild, findReference, gulp, makeLoop, theirs } from './builds.mjs';
import { time, timeInTurn } from './measure.mjs';
import { watchLatency } from './watch.mjs';

const RUNS = 5;

/** The modules of the feature examples; what a run of these benchmarks changes is a copy. */
const MODULES = readdirSync(join(projectDir, 'examples')).filter((name) => /^features\d$/.test(name));

/** @param {import('./rows.mjs').Print} print */
export async function incrementalBuilds(print) {
  ensureCompiled();
  const folder = mkdtempSync(join(tmpdir(), 'natmod-bench-'));
  try {
    mkdirSync(join(folder, 'ours'));
    for (const name of MODULES) {
      cpSync(join(projectDir, 'examples', name), join(folder, 'ours', name), { recursive: true });
    }
    const reference = await findReference(folder);
    everyArchitecture(print, folder);
    besideMake(print, folder, reference);
    await watchLatency(print, folder, RUNS);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {import('./rows.mjs').Print} print
 * @param {string} folder
 */
function everyArchitecture(print, folder) {
  const { cold, clean, again } = builds(folder, ['--arch', 'all']);
  const what = `${MODULES.length} feature examples × all`;
  time(again);
  const [withoutCache, withCache] = timeInTurn([cold, clean], RUNS);
  const row = (/** @type {string} */ change, /** @type {import('./measure.mjs').Runs | undefined} */ runs) => ({
    what: `${what}, ${change}`,
    ours: runs?.wall,
    other: withoutCache?.wall,
    against: 'ours, cold',
  });
  print({ ...row('warm object cache after clean', withCache), aim: 0.2 });
  time(again);
  const [same] = timeInTurn([again], RUNS);
  print({ ...row('no change', same), other: 0.6, against: 'the aim', aim: 1 });
  const [source] = timeInTurn([{ ...again, before: changeSource(join(folder, 'ours')) }], RUNS);
  print(row('one .c changed', source));
  const [header] = timeInTurn([{ ...again, before: changeHeader(join(folder, 'ours')) }], RUNS);
  print(row('one header changed (make would rebuild nothing)', header));
}

/**
 * The same against make, for the architectures that the reference tree knows.
 * @param {import('./rows.mjs').Print} print
 * @param {string} folder
 * @param {import('./builds.mjs').Reference | undefined} reference
 */
function besideMake(print, folder, reference) {
  const arches = archesToBuild(reference);
  if (reference === undefined || arches.length === 0) {
    const against = 'no MicroPython tree, mpy-cross, pyelftools or compiler';
    print({ what: 'incremental, beside make', ours: undefined, against });
    return;
  }
  const { clean, again } = builds(folder, ['--arch', arches.join(','), '--mpy-dir', reference.tree]);
  const what = `${MODULES.length} feature examples × ${arches.length}`;
  const cleanMake = theirs(folder, makeLoop(reference, arches, MODULES).join('\n'));
  const make = { ...cleanMake, before: undefined };
  time(again);
  // The reference has no object cache, so that a clean makes its build a cold one; it takes long and varies little.
  const [ours] = timeInTurn([clean], RUNS);
  const [theirsClean] = timeInTurn([cleanMake], 3);
  const against = 'make in a loop';
  print({ what: `${what}, after clean (warm object cache)`, ours: ours?.wall, other: theirsClean?.wall, against });
  const [same, sameMake] = timeInTurn([again, make], RUNS);
  print({ what: `${what}, no change`, ours: same?.wall, other: sameMake?.wall, against });
  const [source, sourceMake] = timeInTurn(
    [
      { ...again, before: changeSource(join(folder, 'ours')) },
      { ...make, before: changeSource(join(folder, 'examples')) },
    ],
    RUNS,
  );
  print({ what: `${what}, one .c changed`, ours: source?.wall, other: sourceMake?.wall, against });
}

/**
 * @param {string} folder
 * @param {readonly string[]} words
 */
function builds(folder, words) {
  const out = join(folder, 'out');
  const argv = [process.execPath, gulp, 'build', '--dir', join(folder, 'ours'), '--out', out, ...words];
  const env = { ...process.env, NATMOD_CACHE: join(folder, 'cache') };
  const before = () => rmSync(out, { recursive: true, force: true });
  const again = { argv, cwd: projectDir, env };
  return { cold: { ...again, argv: [...argv, '--no-cache'], before }, clean: { ...again, before }, again };
}

let changes = 0;

/** @param {string} modules */
function changeSource(modules) {
  return () =>
    appendFileSync(join(modules, 'features0', 'features0.c'), `const int bench_${++changes} = ${changes};\n`);
}

/**
 * A header that two sources include, one of them through another header.
 * @param {string} modules
 */
function changeHeader(modules) {
  return () => appendFileSync(join(modules, 'features2', 'number.h'), `extern int bench_${++changes};\n`);
}
