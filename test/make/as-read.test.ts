/** Makefiles that do more than to be read: they write files, make Makefiles, or end make. */
import test from 'ava';
import { archByName } from '../../natmod-rules/arch/index.ts';
import { NatmodError } from '../../natmod-rules/problem.ts';
import { mayWriteAsRead } from '../../tasks/make/as-read.ts';
import { SharedReplies } from '../../tasks/make/in-row.ts';
import { type Probe, probeModule } from '../../tasks/make/probe.ts';
import { moduleIn } from '../../tasks/modules/find.ts';
import { parseOptions } from '../../tasks/options/options.ts';
import { makefile, moduleSource } from '../flow/support/rig.ts';
import { testWith } from '../support/needs.ts';
import { bytesOf, inFolder, join, runNatmod, writeFiles } from './support/doors.ts';

const options = parseOptions([], '/');

/** What make says of a Makefile for two architectures, which it is asked in a row where that goes. */
async function probeBoth(dir: string) {
  const names = ['armv6m', 'armv7m'];
  const together = { arches: names, replies: new SharedReplies() };
  const probes: Probe[] = [];
  // Two makes that write the same files would be in each other's way.
  for (const name of names) probes.push(await probeModule(moduleIn(dir)!, archByName(name), options, { together }));
  return probes;
}

const LISTED = 'SRC = mod.c\ninclude gen.mk';

testWith({ tool: 'make' }, 'Makefiles that rules make come out as they would without us, and are read', (t) =>
  inFolder(async (dir) => {
    const rules: Readonly<Record<string, string>> = {
      'by another make': 'gen.mk: list.mk\n\t$(MAKE) -s -f list.mk > $@\n',
      "by a rule of make's own, with the variables of make": 'gen.mk: gen\n\t./gen $(ARCH) > $@\n',
      'by a recipe that ends its output with no newline':
        'gen.mk:\n\t@printf unended; echo CFLAGS += -DLIM=$(words $(SRC)) > $@\n',
      'with another prefix for recipes': 'gen.mk:\n\techo CFLAGS += -DLIM=1 > $@\n.RECIPEPREFIX = >\nx:\n> echo x\n',
    };
    for (const [what, rule] of Object.entries(rules)) {
      writeFiles(dir, {
        [`${what}/Makefile`]: makefile(LISTED, rule),
        [`${what}/list.mk`]: 'all:\n\t@echo CFLAGS += -DLIM=1\n',
        [`${what}/gen.sh`]: '#!/bin/sh\necho CFLAGS += -DLIM=1 -DOF=$1\n',
      });
      for (const probe of await probeBoth(join(dir, what))) {
        t.regex(probe.get('CFLAGS').value, /-DLIM=1\b/, what);
        t.is(probe.get('MOD').value, 'mod', what);
        t.false(probe.rules.variablePatterns.includes('%'), what);
      }
      t.regex(bytesOf(join(dir, what, 'gen.mk')).toString(), /^CFLAGS \+= -DLIM=1.*\n$/, what);
    }
    const { recipe } = (await probeBoth(join(dir, 'with another prefix for recipes')))[0]!.rules.rules.get('x')!;
    t.is(recipe.trim(), '> echo x');
  }),
);

testWith({ tool: 'make' }, 'a make that a signal ends is told of as that', (t) =>
  inFolder(async (dir) => {
    writeFiles(dir, { Makefile: makefile('SRC = mod.c\n$(shell kill -TERM $$PPID)') });
    const { problems } = (await t.throwsAsync(probeBoth(dir), { instanceOf: NatmodError }))!;
    t.like(problems[0], { code: 'make-failed', hint: 'ended by SIGTERM' });
  }),
);

testWith({ tool: 'make' }, 'a Makefile that opens /dev/stderr, which it cannot here, is told what to write', (t) =>
  inFolder(async (dir) => {
    for (const lines of ['X := $(shell echo x >/dev/stderr || kill $$PPID)', '$(file >/dev/stderr,x)']) {
      writeFiles(dir, { Makefile: makefile(`SRC = mod.c\n${lines}`) });
      const { problems } = (await t.throwsAsync(probeBoth(dir), { instanceOf: NatmodError }))!;
      t.regex(problems[0]!.hint!, /\/dev\/stderr.*\n.*write >&2/s, lines);
    }
  }),
);

const WRITES: readonly string[] = [
  'X := $(shell ./configure)',
  '$(file >a.h,x)',
  'X != ./configure',
  'include gen.mk\ngen.mk: a\n\tcp a gen.mk',
  'include there.mk\n%.mk: %.in\n\tcp $< $@',
  'include nowhere.mk',
  '-include $(BUILD)/deps.mk',
  '$(eval $(X))',
];

const PURE: readonly string[] = [
  'CFLAGS += -DX=$(if $(filter x64,$(ARCH)),1)',
  'include there.mk\nmod.h: x\n\t./configure',
  'ifdef X\ninclude there.mk # as it is\nendif',
];

test('a Makefile that may write files as it is read is known by its text', (t) =>
  inFolder(async (dir) => {
    writeFiles(dir, { 'there.mk': 'SRC += a.c\n', 'writing.mk': 'X := $(shell ./configure)\n' });
    const may = (lines: string) => {
      writeFiles(dir, { Makefile: makefile(`SRC = mod.c\n${lines}`) });
      return mayWriteAsRead({ dir, makefile: 'Makefile' });
    };
    for (const lines of [...WRITES, 'include writing.mk']) t.true(may(lines), lines);
    for (const lines of PURE) t.false(may(lines), lines);
  }));

testWith(
  { tool: 'make', compiler: 'armv7m' },
  'a header that a Makefile writes as it is read is the one of each architecture, however often all are built',
  (t) =>
    inFolder(async (dir) => {
      const limit = '#define LIM $(if $(filter armv6m,$(ARCH)),4,5)';
      const write = (name: string, lines: string) =>
        writeFiles(dir, {
          [`${name}/Makefile`]: makefile(`SRC = mod.c\nMOD = ${name}\n${lines}`),
          [`${name}/mod.c`]: moduleSource('mp_obj_new_int(LIM)', '#include "arch.h"'),
        });
      write('shell', `$(shell echo '${limit}' > arch.h)`);
      write('file', `$(file >arch.h,${limit})`);
      const build = async (out: string, ...words: string[]) => {
        const { exitCode, stderr, stdout } = await runNatmod(dir, ['build', '--out', out, ...words]);
        t.is(exitCode, 0, stderr);
        return stdout;
      };
      for (const arch of ['armv6m', 'armv7m']) await build('alone', '--arch', arch, '--no-cache');
      const check = () => {
        for (const arch of ['armv6m', 'armv7m'])
          for (const name of ['shell', 'file'])
            t.deepEqual(
              bytesOf(join(dir, 'all', arch, `${name}.mpy`)),
              bytesOf(join(dir, 'alone', arch, `${name}.mpy`)),
            );
      };
      for (const more of [[], [], ['--no-cache']]) {
        await build('all', '--arch', 'armv6m,armv7m', ...more);
        check();
      }
    }),
);
