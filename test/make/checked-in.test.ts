import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makefile, moduleSource, withRig } from '../flow/support/rig.ts';
import { testWith } from '../support/needs.ts';

const RULES = `SRC = mod.c
mod.c: mod.in
	$(GENERATOR) -DVALUE=$(VALUE) $< > $@.new && mv $@.new $@
`;

testWith(
  { compiler: 'x64', tool: ['make', 'sh'] },
  'a generated source that is checked in is used as it is until make, or another command for it, says otherwise',
  (t) =>
    withRig(async (rig) => {
      const dir = rig.module('m', {
        Makefile: makefile(`GENERATOR ?= no-such-generator\nVALUE = 1\n${RULES}`),
        'mod.in': 'grammar',
        'mod.c': moduleSource('mp_obj_new_int(1)'),
      });
      const build = (...words: string[]) =>
        rig.natmod(['build', '--arch', 'x64', '--module', dir, '--out', rig.out, ...words]);
      const old = Date.now() / 1000 - 100;
      utimesSync(join(dir, 'mod.in'), old, old);
      const before = readFileSync(join(dir, 'mod.c'));
      for (let i = 0; i < 2; i++) {
        const { status, stdout, stderr } = await build();
        t.is(status, 0, stdout + stderr);
        t.deepEqual(readFileSync(join(dir, 'mod.c')), before);
      }
      // A command that has failed has made nothing, however often it is tried.
      for (let i = 0; i < 2; i++) t.not((await build('VALUE=2')).status, 0);
      t.deepEqual(readFileSync(join(dir, 'mod.c')), before);
      const generator = join(dir, 'generator');
      writeFileSync(
        generator,
        `#!/bin/sh\necho '${moduleSource('mp_obj_new_int(22)').replaceAll('\n', "'\necho '")}'\n`,
        {
          mode: 0o755,
        },
      );
      const changed = await build('GENERATOR=./generator', 'VALUE=2');
      t.is(changed.status, 0, changed.stdout + changed.stderr);
      t.regex(readFileSync(join(dir, 'mod.c'), 'utf8'), /22/);
      // What was noted of the commands is believed when it is whole, and only then.
      writeFileSync(generator, readFileSync(generator, 'utf8').replace('22', '33'));
      const again = () => build('GENERATOR=./generator', 'VALUE=2');
      t.is((await again()).status, 0);
      t.regex(readFileSync(join(dir, 'mod.c'), 'utf8'), /22/);
      const names = readdirSync(rig.out, { recursive: true, encoding: 'utf8' });
      const notes = join(rig.out, names.find((name) => name.endsWith('.natmod-commands'))!);
      writeFileSync(
        notes,
        readFileSync(notes).map((byte, i, { length }) => (i === length - 9 ? byte ^ 1 : byte)),
      );
      t.is((await again()).status, 0);
      t.regex(readFileSync(join(dir, 'mod.c'), 'utf8'), /33/);
    }),
);
