/**
 * Bytes of the examples' files: what a build makes, against its plain form, which has the reference linker's bytes. Set
 * MPY_DIR to a full MicroPython tree to have btree among them.
 */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureCompiled } from '../bootstrap/compiled.cjs';
import { archesToBuild, ours } from './builds.mjs';
import { time } from './measure.mjs';

/** The eleven modules that MicroPython has, too. */
const EXAMPLES = [
  ...['features0', 'features1', 'features2', 'features3', 'features4'],
  ...['btree', 'deflate', 'framebuf', 'heapq', 'random', 're'],
];

/** @param {import('./rows.mjs').Print} print */
export async function sizes(print) {
  ensureCompiled();
  const folder = mkdtempSync(join(tmpdir(), 'natmod-bench-'));
  try {
    const arches = [...archesToBuild(undefined), 'xtensa'];
    const tree = process.env.MPY_DIR;
    const modules = tree === undefined ? EXAMPLES.filter((name) => name !== 'btree') : EXAMPLES;
    const words = ['--arch', arches.join(), '--module', modules.join()];
    if (tree !== undefined) words.push('--mpy-dir', tree);
    time(ours(join(folder, 'small'), words));
    time(ours(join(folder, 'plain'), [...words, '--no-optimize']));
    const total = { small: 0, plain: 0, larger: 0 };
    for (const arch of arches) {
      const [small, plain] = [filesOf(join(folder, 'small', arch)), filesOf(join(folder, 'plain', arch))];
      const names = [...small.keys()].filter((name) => plain.has(name));
      if (names.length === 0) continue;
      const sum = (/** @type {Map<string, number>} */ files) =>
        names.reduce((n, name) => n + (files.get(name) ?? 0), 0);
      print({
        what: `${names.length} examples, ${arch}`,
        ours: sum(small),
        other: sum(plain),
        against: 'the plain form',
        unit: 'B',
      });
      total.small += sum(small);
      total.plain += sum(plain);
      total.larger += names.filter((name) => (small.get(name) ?? 0) > (plain.get(name) ?? 0)).length;
    }
    const against = `the plain form; modules that are larger: ${total.larger}`;
    print({
      what: 'examples, all architectures',
      ours: total.small,
      other: total.plain,
      against,
      aim: 0.94,
      unit: 'B',
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {string} dir
 * @returns {Map<string, number>} bytes of each module's file
 */
function filesOf(dir) {
  try {
    const files = readdirSync(dir).filter((name) =>
      EXAMPLES.some((e) => name === `${e}.mpy` || name.startsWith(`${e}_`)),
    );
    return new Map(files.filter((f) => f.endsWith('.mpy')).map((file) => [file, statSync(join(dir, file)).size]));
  } catch {
    // The build before it has failed, and that was told.
    return new Map();
  }
}
