import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { archive } from '../elf/make-archive.ts';
import { makefile, moduleSource } from '../flow/support/rig.ts';
import { testInTurn } from '../incremental/support/in-turn.ts';
import { type Rig, withRig } from '../incremental/support/rig.ts';
import { compile } from '../support/compile.ts';
import { nothingHappens, pause, watching } from './support/watching.ts';

const needed = { compiler: 'armv7m', tool: 'make' } as const;

/** A module whose value is in a header outside of it. */
function write(rig: Rig, lines = '', after = ''): void {
  rig.write('m/Makefile', makefile(`SRC = mod.c\nCFLAGS += -I../shared\n${lines}`, after));
  rig.write('m/mod.c', moduleSource('mp_obj_new_int(VALUE)', '#include "s.h"'));
  rig.write('shared/s.h', '#define VALUE 1\n');
}

testInTurn(needed, 'behind a compiler that nobody can see into everything is made again when anything changes', (t) =>
  withRig(async (rig) => {
    write(rig, 'MPY_LD_FLAGS += -llib/libx.a');
    rig.write('shared/s.h', 'int x(void);\n#define VALUE (x() + FLAG)\n');
    const library = (value: number) => {
      const [object] = compile('armv7m', { 'x.c': `int x(void) { return ${value}; }` });
      rig.write('m/lib/libx.a', archive({ name: 'x.o/', data: object!.bytes }));
    };
    library(1);
    rig.write('inner/flags.sh', 'flags=-DFLAG=1\n');
    rig.write(
      'cc.sh',
      `#!/bin/sh\n. ${JSON.stringify(join(rig.dir, 'inner/flags.sh'))}\nexec arm-none-eabi-gcc $flags "$@"\n`,
    );
    chmodSync(join(rig.dir, 'cc.sh'), 0o755);
    const cc = `--cc='${join(rig.dir, 'cc.sh')}'`;
    await watching(
      rig,
      async (watch) => {
        library(2);
        await watch.line(/built mod armv7m/);
        rig.started();
        await nothingHappens(t, watch, rig);
        // The build that notices it is one that has another reason.
        rig.write('inner/flags.sh', 'flags=-DFLAG=2\n');
        rig.write('m/notes.txt', '');
        await watch.line(/built mod armv7m/);
        rig.started();
        await nothingHappens(t, watch, rig);
      },
      cc,
    );
    await rig.isRight(t, 'm', cc);
  }),
);

testInTurn(needed, 'what rules of a Makefile make beside the sources is no change', (t) =>
  withRig(async (rig) => {
    // Two more files, which make is not told of: one comes out the same each time, the other never does.
    const more = '\tmkdir -p side; echo same > side/same.txt; date +%s%N > side/time.txt';
    write(rig, '', `mod.c: ../shared/mod.in always\n\tcp $< $@\n${more}\n.PHONY: always\n`);
    rig.write('shared/mod.in', rig.read('m/mod.c').toString());
    rig.remove('m/mod.c');
    await watching(rig, async (watch) => {
      rig.write('shared/s.h', '#define VALUE 2\n');
      await watch.line(/built mod armv7m/);
      rig.write('shared/mod.in', moduleSource('mp_obj_new_int(VALUE + 1)', '#include "s.h"'));
      await watch.line(/built mod armv7m/);
      await watch.line(/side\/time\.txt changes with every build, so it is not watched any more/);
      // What make has written meanwhile is told a moment later; a build that is its own reason would never end.
      let isQuiet = false;
      for (let i = 0; i < 20 && !isQuiet; i++) {
        await pause(1500);
        isQuiet = rig.started().length === 0;
      }
      t.true(isQuiet);
      t.notRegex(watch.output, /same\.txt/);
      rig.write('shared/s.h', '#define VALUE 3\n');
      await watch.line(/built mod armv7m/);
    });
    await rig.isRight(t, 'm');
  }),
);

testInTurn(
  needed,
  'without a cache every file counts too, and a folder outside of the module may go and come back',
  (t) =>
    withRig(async (rig) => {
      write(rig);
      await watching(
        rig,
        async (watch) => {
          rig.write('shared/s.h', '#define VALUE 2\n');
          await watch.line(/built mod armv7m/);
          for (let i = 0; i < 3; i++) {
            rmSync(join(rig.dir, 'shared'), { recursive: true });
            await watch.line(/armv7m: error/);
            rig.write('shared/s.h', `#define VALUE ${10 + i}\n`);
            await watch.line(/fixed mod armv7m/);
            rig.write('shared/s.h', `#define VALUE ${20 + i}\n`);
            await watch.line(/built mod armv7m/);
          }
        },
        '--no-cache',
      );
      await rig.isRight(t, 'm');
    }),
);
