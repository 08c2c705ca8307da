import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { testWith } from '../support/needs.ts';
import { runMicroPython } from '../support/run.ts';
import { makefile, moduleSource, withRig } from './support/rig.ts';

/** Functions that end alike, one of which is nothing but that end, as clang's own outlining makes them. */
const WHOLE_TAILS = `
#define CODE(name, code) __attribute__((naked, noinline, used)) static int name(int x) { __asm__(code); }
CODE(last, "adds r0, #16\\nbx lr")
CODE(before, "adds r0, #100\\nadds r0, #1\\nadds r0, #2\\nadds r0, #4\\nb.w last")
CODE(whole, "adds r0, #1\\nadds r0, #2\\nadds r0, #4\\nb.w last")
CODE(behind, "adds r0, #77\\nadds r0, #77\\nb.w last")`;

const arches = ['armv7m', 'armv7emsp'] as const;

testWith(
  { compiler: arches, runtime: arches, tool: 'make' },
  'a function that is kept only as the end of another is called at its start',
  (t) =>
    withRig(async (rig) => {
      const value = 'mp_obj_new_int(before(0) * 1000000 + whole(0) * 1000 + behind(0))';
      const source = moduleSource(value, WHOLE_TAILS);
      const dir = rig.module('m', { Makefile: makefile('SRC = mod.c'), 'mod.c': source });
      const { status, stdout, stderr } = await rig.natmod([
        'build',
        '--arch',
        arches.join(),
        '--module',
        dir,
        '--out',
        rig.out,
      ]);
      t.is(status, 0, stdout + stderr);
      for (const arch of arches) {
        const files = { 'mod.mpy': readFileSync(join(rig.out, arch, 'mod.mpy')) };
        const ran = await runMicroPython(arch, { files, script: 'import mod\nprint(mod.f())' });
        t.is(ran.stdout, `${123 * 1000000 + 23 * 1000 + 170}\n`, `${arch}: ${ran.stderr}`);
      }
    }),
);
