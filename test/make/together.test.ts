/** Make is asked for all architectures of a module at once; nothing of what it says may be another for that. */
import { appendFileSync, writeFileSync } from 'node:fs';
import test from 'ava';
import { ARCHES, archByName } from '../../natmod-rules/arch/index.ts';
import { NatmodError } from '../../natmod-rules/problem.ts';
import { planAhead } from '../../tasks/building/plan-ahead.ts';
import { planModule } from '../../tasks/incremental/plans.ts';
import { openSession } from '../../tasks/incremental/session.ts';
import { type ProbedName, type Together, wanted } from '../../tasks/make/ask.ts';
import { SharedReplies, splitReplies } from '../../tasks/make/in-row.ts';
import { type Probe, probeModule } from '../../tasks/make/probe.ts';
import { moduleIn } from '../../tasks/modules/find.ts';
import { parseOptions } from '../../tasks/options/options.ts';
import { silentReport } from '../../tasks/report/report.ts';
import { settledLook } from '../../tasks/system/file-hashes.ts';
import { createPool } from '../../tasks/system/pool.ts';
import { sdkDir } from '../../tasks/system/project.ts';
import { makefile, moduleSource } from '../flow/support/rig.ts';
import { testWith } from '../support/needs.ts';
import { inFolder, join, writeFiles } from './support/doors.ts';

const options = parseOptions([], '/');
const arches = ['x64', 'armv6m', 'armv7m', 'rv32imc', 'xtensa'].map(archByName);

/** Counts those that wait for their architecture. */
class CountedReplies extends SharedReplies {
  taken = 0;

  override async take(...question: Parameters<SharedReplies['take']>) {
    const reply = await super.take(...question);
    if (reply !== undefined) this.taken += 1;
    return reply;
  }
}

/** A session that remembers for itself, and what it has make asked. */
function sessionIn(dir: string) {
  const asked: string[] = [];
  const report = silentReport();
  report.command = (command) => asked.push(command.join(' '));
  return { session: openSession(join(dir, 'out'), { cache: false, rounds: true }, report), asked };
}

async function said(probe: Promise<Probe>): Promise<unknown> {
  try {
    const { get, isAutomatic, rules, mpyDir, usesSdk, replacedMpyDir } = await probe;
    const values = Object.fromEntries(wanted.map((name: ProbedName) => [name, get(name)]));
    const known = Object.entries(rules).map(([name, value]) => [name, value instanceof Map ? [...value] : value]);
    // The data base has the mark, and how often make has looked at its tables.
    const text = JSON.stringify([known, isAutomatic('CFLAGS'), mpyDir, usesSdk, replacedMpyDir]);
    return { values, known: text.replaceAll(/natmod-[0-9a-f]{18}/g, 'MARK') };
  } catch (error) {
    if (error instanceof NatmodError) return error.problems;
    throw error;
  }
}

const NASTY = `
$(info # Variables)
$(info # Files)
$(info out.o: made-up.c)
$(warning said at every reading)
ASKED := $(origin ARCH) $(flavor ARCH) $(MAKEFLAGS) $(MAKELEVEL) $(PWD) $(SHLVL) $(odd-name.x) $(origin _)
CFLAGS += -DASKED='"$(ASKED)"' -DINPUT='"$(shell cat)"' -DBY='"$(shell env | grep -c .)"' $(if $<,-DFILE)
ifeq ($(ARCH),armv7m)
CFLAGS += -DONLY
MPY_LD_FLAGS += -l$(BUILD)/lib.a
endif
$(BUILD)/x.o: CFLAGS += -DOF=$(ARCH)
vpath %.c $(ARCH) ../of-$(ARCH)
define lines
one
two $(ARCH)
endef
`;

testWith({ tool: 'make' }, 'what make says of all architectures at once is what it says of each', (t) =>
  inFolder(async (dir) => {
    writeFiles(dir, { Makefile: makefile('SRC = mod.c\nARCH ?= x86', `${NASTY}$(BUILD)/lib.a: x.c\n\tar $@ $<\n`) });
    const module = moduleIn(dir)!;
    process.env['odd-name.x'] = 'its value';
    process.env.natmod_lines = 'two\nlines';
    for (const words of [[], ['CFLAGS_EXTRA=-DX="a b"', 'V=1'], ['--cross', 'of $x-']]) {
      const asked = parseOptions(words, '/');
      const replies = new CountedReplies();
      const together: Together = { arches: ARCHES.map(({ name }) => name), replies };
      const all = await Promise.all(ARCHES.map((arch) => said(probeModule(module, arch, asked, { together }))));
      t.is(replies.taken, ARCHES.length);
      for (const [i, arch] of ARCHES.entries())
        t.deepEqual(all[i], await said(probeModule(module, arch, asked)), arch.name);
    }
  }),
);

testWith({ tool: 'make' }, 'a Makefile that refuses one architecture does so for that one alone', (t) =>
  inFolder(async (dir) => {
    const refusal = 'ifeq ($(ARCH),armv7m)\n$(error not for the $(ARCH))\nendif';
    // That of a tree which is not there makes all of them fail once.
    for (const [i, more] of ['', 'MPY_DIR = nowhere', 'MPY_DIR ='].entries()) {
      writeFiles(dir, { [`${i}/Makefile`]: makefile(`SRC = mod.c\n${more}\n${refusal}`) });
      const module = moduleIn(join(dir, `${i}`))!;
      const replies = new CountedReplies();
      const together: Together = { arches: arches.map(({ name }) => name), replies };
      const all = await Promise.all(arches.map((arch) => said(probeModule(module, arch, options, { together }))));
      t.is(replies.taken, arches.length - 1, 'what make said of the others is not asked again');
      for (const [k, arch] of arches.entries())
        t.deepEqual(all[k], await said(probeModule(module, arch, options)), arch.name);
      t.regex(JSON.stringify(all[2]), /make-failed.*not for the armv7m/s);
      t.notRegex(JSON.stringify(all[3]), /make-failed|not for/);
    }
  }),
);

testWith(
  { tool: 'make' },
  'a tree that is offered is taken where it would have been asked for, and nowhere else',
  (t) =>
    inFolder(async (dir) => {
      const tree = join(dir, 'a$tree');
      writeFiles(dir, { 'a$tree/extmod/a.c': '', 'other/extmod/a.c': '' });
      const lines =
        'SRC = mod.c\nMPY_SOURCES = extmod/a.c\nLATE = -I$(MPY_DIR)/late\nCFLAGS += $(LATE) -D$(origin MPY_DIR)';
      const includes = `include ${sdkDir}/py/dynruntime.mk\n`;
      const makefiles = {
        taken: makefile(lines),
        unset: makefile(lines).replace(/^MPY_DIR.*\n/, ''),
        lost: makefile(lines).replace(/^MPY_DIR.*\n/, 'MPY_DIR = nowhere\n'),
        none: makefile('SRC = mod.c'),
        blank: makefile('SRC = mod.c\nMPY_SOURCES = $(filter x,y) '),
        behind: makefile('SRC = mod.c', 'MPY_SOURCES = extmod/a.c\n'),
        other: `MPY_DIR = ${dir.replaceAll(' ', '\\ ')}/other\nMOD = mod\n${lines}\n${includes}`,
      };
      for (const [name, text] of Object.entries(makefiles)) {
        writeFiles(dir, { [`${name}/Makefile`]: `${text}\nshow: ; $(info $(MPY_DIR) $(CFLAGS))\n` });
        const module = moduleIn(join(dir, name))!;
        const probe = await probeModule(module, archByName('armv7m'), options, { offered: tree });
        const isTaken = ['taken', 'unset', 'lost'].includes(name);
        t.is(probe.tree, isTaken ? tree : undefined, name);
        const plain = await probeModule(module, archByName('armv7m'), options, isTaken ? { tree } : {});
        t.is(probe.mpyDir, plain.mpyDir, name);
        t.is(probe.replacedMpyDir, plain.replacedMpyDir, name);
        for (const variable of ['CFLAGS', 'SRC', 'MPY_DIR', 'MPY_SOURCES', 'CC', 'MPY_LD_FLAGS'] as const)
          t.deepEqual(probe.get(variable), plain.get(variable), `${name} ${variable}`);
        // What make does later is told the same.
        const [ours, theirs] = [await probe.make(['show'], ['-n']), await plain.make(['show'], ['-n'])];
        t.regex(theirs.stdout, /-DNO_QSTR/, theirs.output);
        t.is(ours.stdout, theirs.stdout, name);
      }
    }, 'natmod-offered-'),
);

test('parts of a reply that may be of two makes are of none', (t) => {
  const end = '# Finished Make data base on some day\n';
  const one = (arch: string) => `noise\nM ARCH command line\n${arch}\nM end\n# Files\n${end}\n`;
  const said = (arch: string) => `M ARCH command line\n${arch}\nM end\n# Files\n`;
  const [all, none] = [
    ['a', 'b'],
    [undefined, undefined],
  ];
  t.deepEqual(splitReplies(one('a') + one('b'), 'M', all, false), [said('a'), said('b')]);
  t.deepEqual(splitReplies(one('a') + end + one('b'), 'M', all, false), [undefined, said('b')]);
  t.deepEqual(splitReplies(one('a').replace(end, '') + one('b'), 'M', all, false)[0], undefined);
  t.deepEqual(splitReplies(one('a'), 'M', all, false), none);
  t.deepEqual(splitReplies('nothing of it', 'M', all, false), none);
  // One that failed printed a data base and no more.
  const three = ['a', 'b', 'c'];
  t.deepEqual(splitReplies(one('a') + end + one('c'), 'M', three, true), [said('a'), undefined, said('c')]);
  t.deepEqual(splitReplies(end + one('b') + end, 'M', three, true), [undefined, said('b'), undefined]);
  t.deepEqual(splitReplies(one('a') + one('c'), 'M', three, true), [undefined, undefined, said('c')]);
  t.deepEqual(splitReplies(one('a') + one('x') + one('c'), 'M', three, true), [undefined, undefined, said('c')]);
  const overridden = one('a').replace('command line', 'override');
  t.deepEqual(splitReplies(overridden + end + one('c'), 'M', three, true), [undefined, undefined, said('c')]);
});

const changes: Readonly<Record<string, (dir: string) => void>> = {
  'the Makefile': (dir) => appendFileSync(join(dir, 'Makefile'), 'CFLAGS += -DNEWS\n'),
  'a file that it includes where it is there': (dir) => writeFileSync(join(dir, 'more.mk'), 'CFLAGS += -DNEWS\n'),
  'a name in a folder that it lists': (dir) => writeFileSync(join(dir, 'list', 'NEWS.c'), ''),
};

for (const [what, change] of Object.entries(changes)) {
  testWith({ tool: 'make', compiler: 'armv7m' }, `${what}, changed between question and use, is not missed`, (t) =>
    inFolder(async (dir) => {
      const lines = 'SRC = mod.c\n-include more.mk\nCFLAGS += $(patsubst list/%.c,-D%,$(wildcard list/*.c))';
      writeFiles(dir, { Makefile: makefile(lines), 'mod.c': moduleSource('mp_const_none'), 'list/OLD.c': '' });
      const module = moduleIn(dir)!;
      const { session, asked } = sessionIn(dir);
      const [leader, follower] = [archByName('x64'), archByName('armv7m')];
      const plan = async () => {
        const found = await planModule(module, follower, options, session, []);
        return 'skipped' in found ? [] : found.cflags;
      };
      await planModule(module, leader, options, session, [follower]);
      change(dir);
      t.false((await plan()).includes('-DNEWS'), 'it was asked before');
      session.nextRound();
      t.true((await plan()).includes('-DNEWS'), 'what was noted before must not hold');
      session.nextRound();
      asked.length = 0;
      t.true((await plan()).includes('-DNEWS'));
      t.deepEqual(asked, []);
    }),
  );
}

testWith({ tool: 'make', compiler: 'armv7m' }, 'make is asked of the modules that come next while one is built', (t) =>
  inFolder(async (dir) => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    for (const name of names)
      writeFiles(dir, {
        [`${name}/Makefile`]: makefile('SRC = mod.c'),
        [`${name}/mod.c`]: moduleSource('mp_const_none'),
      });
    const { session, asked } = sessionIn(dir);
    const both = [archByName('x64'), archByName('armv7m')];
    const modules = names.map((name) => moduleIn(join(dir, name))!);
    const items = modules.flatMap((module) => both.map((arch) => ({ module, arch })));
    const { of: planOf } = planAhead(items, options, { session, pool: createPool(2) });
    const first = await planOf(items[0]!);
    t.is('skipped' in first ? '' : first.module.dir, join(dir, 'a'));
    while (asked.length < 3 * both.length) await new Promise(setImmediate);
    await planOf(items[1]!);
    t.is(asked.length, 3 * both.length, 'of those behind them nobody has a use yet');
    await Promise.all(items.map(planOf));
    t.is(asked.length, items.length);
  }),
);

testWith({ tool: 'make', compiler: 'armv7m' }, 'what was asked for all is noted for each', (t) =>
  inFolder(async (dir) => {
    writeFiles(dir, { Makefile: makefile('SRC = mod.c'), 'mod.c': moduleSource('mp_const_none') });
    const module = moduleIn(dir)!;
    const { session, asked } = sessionIn(dir);
    const all = [archByName('x64'), archByName('armv7m')];
    // What make was asked about must not be so young that it could change unseen.
    while (settledLook(join(dir, 'mod.c')) === undefined) await new Promise(setImmediate);
    for (const arch of all) await planModule(module, arch, options, session, all);
    t.is(asked.length, 2);
    session.nextRound();
    for (const arch of all) await planModule(module, arch, options, session, all);
    t.is(asked.length, 2);
  }),
);
