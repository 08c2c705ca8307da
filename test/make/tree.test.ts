/** `natmod build` with the rules of a MicroPython tree, of which none is ever run. */
import { moduleSource } from '../flow/support/rig.ts';
import { testWith } from '../support/needs.ts';
import { bytesOf, inFolder, join, runNatmod, writeFiles } from './support/doors.ts';
import { writeTree } from './support/tree.ts';

const needed = { compiler: 'x64', tool: 'make' } as const;

testWith(
  needed,
  'a Python part with the name of the module, where the rules of a tree give it that of the native part',
  (t) =>
    inFolder(async (dir) => {
      writeFiles(dir, {
        Makefile: 'MOD = mod\nSRC = mod.c mod.py other.py\ninclude $(MPY_DIR)/py/dynruntime.mk\n',
        'mod.c': moduleSource(),
        'mod.py': 'def twice():\n    return 2 * f()\n',
        'other.py': 'x = 5\n',
      });
      const build = async (...words: string[]) => {
        const { exitCode, stdout, stderr } = await runNatmod(dir, [
          'build',
          '--arch',
          'x64',
          '--no-optimize',
          ...words,
        ]);
        t.is(exitCode, 0, stdout + stderr);
        return bytesOf(join(dir, 'mod.mpy'));
      };
      const withTree = await build('--mpy-dir', writeTree(dir));
      t.true(withTree.includes('twice'));
      t.deepEqual(withTree, await build());
    }),
);
