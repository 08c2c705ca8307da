/** The headers in `natmod-rules/sdk` against those of a MicroPython tree: same layouts, numbers and machine code. */

import test from 'ava';
import { ARCHES } from '../../natmod-rules/arch/index.ts';
import { cachedTrees, findMicroPythonSource } from '../../tasks/bootstrap/provide.mjs';
import { compareCode, compareTables, compareTypes, readPair, type Tree } from '../support/abi-compare.ts';
import { FLOATS, makeTarget } from '../support/abi-headers.ts';
import { testWith } from '../support/needs.ts';

const trees = allTrees();

// Backwards, as those that can do most come last in their family: of what is the same for several the first is
// compiled.
for (const { name } of [...ARCHES].reverse()) {
  for (const float of FLOATS) {
    testWith(
      { compiler: name, source: true },
      `${name}, floats ${float}: same names, values and layouts`,
      async (t) => {
        const target = await makeTarget(name, float);
        for (const tree of trees) {
          const pair = await readPair(target, tree);
          const { differences, compared } = await compareTables(pair);
          t.deepEqual(differences, [], `MicroPython ${tree.version}`);
          t.true(compared > 1000, `only ${compared} values were compared`);
          t.deepEqual(await compareTypes(pair), [], `MicroPython ${tree.version}`);
        }
      },
    );

    testWith({ compiler: name, source: true }, `${name}, floats ${float}: same machine code`, async (t) => {
      const target = await makeTarget(name, float);
      for (const tree of trees) {
        const { differences, missing, compared } = await compareCode(await readPair(target, tree));
        t.deepEqual(differences, [], `MicroPython ${tree.version}`);
        t.deepEqual(missing, [], 'api.c shows no use of these');
        t.true(compared > 200, `only ${compared} sections were compared`);
      }
    });
  }
}

if (trees.length === 0) test.skip('MicroPython trees to compare with [skipped: none]', (t) => t.pass());

/** The tree in MPY_DIR, or all in the cache. */
function allTrees(): Tree[] {
  if (process.env.MPY_DIR === undefined) return cachedTrees();
  const found = findMicroPythonSource();
  return 'missing' in found ? [] : [found];
}
