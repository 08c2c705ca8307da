import { join } from 'node:path';
import { examplesDir } from '../../tasks/system/project.ts';
import { inFolder, runNatmod } from '../make/support/doors.ts';
import { testWith } from '../support/needs.ts';

/** Of MicroPython's own eleven; btree is made of sources that not every tree has. */
const MODULES = 'features0 features1 features2 features3 features4 deflate framebuf heapq random re'.split(' ');

testWith(
  { compiler: 'x64', runtime: 'x64', source: true },
  'nothing is wrong with the examples: their tests pass with checks',
  (t) =>
    inFolder(async (dir) => {
      const names = [...MODULES, 'cplusplus', 'btree'].map((name) => join(examplesDir, name));
      const words = ['--module', names.join(), '--arch', 'x64', '--out', dir, '--sanitize', 'undefined,stack'];
      const ran = await runNatmod(dir, ['test', ...words]);
      for (const name of [...MODULES, 'cplusplus'])
        t.regex(ran.stdout, new RegExp(`passed ${name}(_x64)? x64 `), ran.stdout);
      t.regex(ran.stdout, /passed btree(_x64)? x64|btree(_x64)?:? .*needs/, ran.stdout + ran.stderr);
      t.notRegex(ran.stdout + ran.stderr, /RuntimeError|wrote beyond/);
    }),
);
