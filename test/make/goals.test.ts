/** Makefiles in which MicroPython's rules are there for one goal, or where a goal prepares something first. */
import { readFileSync } from 'node:fs';
import { moduleSource } from '../flow/support/rig.ts';
import { testWith } from '../support/needs.ts';
import { bytesOf, existsSync, type Files, inFolder, join, runNatmod, writeFiles } from './support/doors.ts';

const needed = { compiler: 'x64', tool: 'make' } as const;
const INCLUDE = 'include $(MPY_DIR)/py/dynruntime.mk\n';
const SOURCE = moduleSource('mp_obj_new_str(TEXT, 3)');
const HELP = 'help:\n\t@echo usage >&2; false\n';

function goalTest(title: string, files: Files, body: GoalBody): void {
  testWith(needed, title, (t) =>
    inFolder((dir) => {
      writeFiles(dir, files);
      return body(t, dir, async (...words) => {
        const { exitCode, stdout, stderr } = await runNatmod(dir, ['build', '--arch', 'x64', ...words]);
        const module = join(dir, 'mod.mpy');
        return { exitCode, said: stdout + stderr, text: existsSync(module) ? bytesOf(module).toString('latin1') : '' };
      });
    }),
  );
}

type Build = (...words: string[]) => Promise<{ exitCode: number | undefined; said: string; text: string }>;
type GoalBody = (t: import('ava').ExecutionContext, dir: string, build: Build) => Promise<void>;

goalTest(
  'rules that are there for one goal only',
  {
    Makefile: `${HELP}MOD = mod\nSRC = mod.c\nCFLAGS += -DTEXT='"one"'\nifneq ($(filter mpy,$(MAKECMDGOALS)),)\n${INCLUDE}endif\n`,
    'mod.c': SOURCE,
  },
  async (t, _dir, build) => {
    const first = await build();
    t.is(first.exitCode, 0, first.said);
    t.regex(first.said, /Makefile: MicroPython's rules are there for the goal mpy, which is taken/);
    t.true(first.text.includes('one'));
    const named = await build('--goal', 'mpy');
    t.is(named.exitCode, 0, named.said);
    t.notRegex(named.said, /which is taken/);
  },
);

goalTest(
  'a goal that calls make again',
  {
    Makefile:
      `${HELP}TEXT ?= two\nmpy:\n\t@touch made\n\t@$(MAKE) --no-print-directory inner TEXT=six ARCH=$(ARCH)\n` +
      `ifeq ($(MAKECMDGOALS),inner)\nifdef MPY_DIR\nMOD = mod\nSRC = mod.c\nCFLAGS += -DTEXT='"$(TEXT)"'\n${INCLUDE}endif\nendif\n`,
    'mod.c': SOURCE,
  },
  async (t, dir, build) => {
    const outer = await build('--goal', 'mpy');
    t.is(outer.exitCode, 0, outer.said);
    t.true(outer.text.includes('six'));
    t.false(existsSync(join(dir, 'made')));
    const found = await build();
    t.is(found.exitCode, 0, found.said);
    t.regex(found.said, /goal inner, which is taken/);
    t.true(found.text.includes('two'));
  },
);

goalTest(
  'rules for two goals',
  {
    Makefile: `${HELP}ifneq ($(filter small large,$(MAKECMDGOALS)),)\nMOD = mod\nSRC = mod.c\nCFLAGS += -DTEXT='"$(MAKECMDGOALS)"'\n${INCLUDE}endif\n`,
    'mod.c': SOURCE,
  },
  async (t, _dir, build) => {
    const unclear = await build();
    t.is(unclear.exitCode, 1);
    t.regex(unclear.said, /rules for some goals only\n.*name one: --goal small, --goal large/);
    const large = await build('--goal=large');
    t.is(large.exitCode, 0, large.said);
    t.true(large.text.includes('large'.slice(0, 3)));
    const other = await build('--goal', 'help');
    t.is(other.exitCode, 1);
    t.regex(other.said, /this is not the Makefile of a native module/);
  },
);

goalTest(
  'a goal that prepares sources before the module is made',
  {
    Makefile:
      'MOD = mod\nSRC = mod.c\ndist: dist/x/mod.mpy\ndist/x/mod.mpy: mod.c.done mod.mpy\n\tfalse\n' +
      `mod.c.done: fix\n\techo done >>log; sed -i 's/bad/$(shell cat fix)/' mod.c; touch $@\n${INCLUDE}`,
    'mod.c': moduleSource('mp_obj_new_str("bad", 3)'),
    fix: 'mended\n',
  },
  async (t, dir, build) => {
    for (const words of [[], ['--goal', 'dist'], []]) {
      const { exitCode, said, text } = await build(...words);
      t.is(exitCode, 0, said);
      t.true(text.includes('men') && !text.includes('bad'), text);
    }
    t.is(readFileSync(join(dir, 'log'), 'utf8'), 'done\n');
  },
);

goalTest(
  'a goal that has make work in another folder',
  { Makefile: `# dynruntime.mk\n${HELP}mpy:\n\t$(MAKE) -C natmod all\n` },
  async (t, _dir, build) => {
    const { exitCode, said } = await build('--goal', 'mpy');
    t.is(exitCode, 1);
    t.regex(said, /this goal has make work in natmod\n.*natmod build --module \.\/natmod/);
  },
);
