/** Modules made of MicroPython's own sources, with the headers that come with natmod. */
import { makefile, moduleSource } from '../flow/support/rig.ts';
import { testWith } from '../support/needs.ts';
import { inFolder, runMake, runNatmod, writeFiles } from './support/doors.ts';

const needed = { compiler: 'x64', tool: 'make' } as const;

testWith(needed, "a module of MicroPython's own sources says what is missing and how to name a tree", (t) =>
  inFolder(async (dir) => {
    const cases = [
      { Makefile: makefile('SRC = mod.c $(MPY_DIR)/extmod/modx.c'), 'mod.c': moduleSource() },
      { Makefile: makefile('SRC = mod.c'), 'mod.c': '#include "extmod/modx.c"\n' },
    ];
    for (const files of cases) {
      writeFiles(dir, files);
      const built = await runNatmod(dir, ['build', '--arch', 'x64']);
      t.is(built.exitCode, 1);
      t.regex(built.stderr, /MicroPython's own sources[\s\S]*--mpy-dir DIR/);
    }
    for (const lines of ['SRC = mod.c $(MPY_DIR)/extmod/modx.c', 'SRC = mod.c\nMPY_SOURCES = extmod/modx.c']) {
      writeFiles(dir, { Makefile: makefile(lines) });
      const made = await runMake(dir, ['ARCH=x64']);
      t.not(made.exitCode, 0);
      t.regex(made.stderr, /mod needs .*extmod\/modx\.c, one of MicroPython's own sources: set MPY_DIR to a tree/);
    }
    writeFiles(dir, { Makefile: makefile('SRC = mod.c') });
    const included = await runMake(dir, ['ARCH=x64']);
    t.not(included.exitCode, 0);
    t.regex(included.stderr, /^mod\.c includes extmod\/modx\.c, one of MicroPython's own sources: set MPY_DIR to/m);
    writeFiles(dir, { 'extmod/modx.c': 'int x = y;\n' });
    t.notRegex((await runMake(dir, ['ARCH=x64'])).stderr, /own sources/, 'it is there, and has another fault');
  }),
);
