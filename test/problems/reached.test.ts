/** Problems of machines and projects that are rare: each is reached once, in the way a user would. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import test from 'ava';
import { natmod } from '../../gulpfile.ts';
import { openSerialPort } from '../../tasks/board/serial-port.ts';
import { checkParts, markOf } from '../../tasks/cli/lost-part.ts';
import { connectToStub } from '../../tasks/debugger/stub-client.ts';
import { describeModule } from '../../tasks/modules/describe-module.ts';
import type { ModuleSource } from '../../tasks/modules/find.ts';
import { parseOptions } from '../../tasks/options/options.ts';
import { silentReport } from '../../tasks/report/report.ts';
import { sources } from '../../tasks/sources.ts';
import { inFolder, runNatmod } from '../make/support/doors.ts';
import { problemOf } from '../support/problem-of.ts';

const MODULE =
  '#include "py/dynruntime.h"\nmp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n, size_t k, mp_obj_t *a) {\n  MP_DYNRUNTIME_INIT_ENTRY MP_DYNRUNTIME_INIT_EXIT\n}\n';

/** The events of `natmod build --log json` in a folder with these files. */
async function buildOf(files: Readonly<Record<string, string>>, words: readonly string[] = []) {
  return inFolder(async (dir) => {
    for (const [name, text] of Object.entries({ 'm.c': MODULE, ...files })) writeFileSync(join(dir, name), text);
    const { stdout, exitCode } = await runNatmod(dir, ['build', '--arch', 'x64', '--log', 'json', ...words]);
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { kind: string; code?: string; message?: string; severity?: string });
    return { exitCode, problems: events.filter(({ kind }) => kind === 'problem') };
  });
}

test('a rule that makes nothing is told with the file it promised', async (t) => {
  const { exitCode, problems } = await buildOf({
    Makefile: 'MOD = m\nSRC = m.c\nSRC_O += helper.o\ninclude $(MPY_DIR)/py/dynruntime.mk\nhelper.o:\n\t@true\n',
  });
  t.is(exitCode, 1);
  t.is(problems[0]?.code, 'missing-object');
  t.regex(problems[0]!.message!, /'helper\.o'/);
});

test('a Makefile that asks for MicroPython itself is built with our headers, and that is said', async (t) => {
  const asks =
    'ifeq ($(wildcard $(MPY_DIR)/py/dynruntime.mk),)\n$(error set MPY_DIR to where py/dynruntime.mk is)\nendif\n';
  const { exitCode, problems } = await buildOf({
    Makefile: `MOD = m\nSRC = m.c\n${asks}include $(MPY_DIR)/py/dynruntime.mk\n`,
  });
  t.is(exitCode, 0);
  t.deepEqual(
    problems.map(({ code }) => code),
    ['mpy-dir-unclear'],
  );
});

test.serial('on a machine that MicroPython has no name for, an architecture has to be named', async (t) => {
  const arch = Object.getOwnPropertyDescriptor(process, 'arch')!;
  await inFolder(async (dir) => {
    try {
      // As on Apple Silicon and on a 64-bit Raspberry Pi.
      Object.defineProperty(process, 'arch', { ...arch, value: 'arm64' });
      writeFileSync(join(dir, 'Makefile'), 'MOD = m\nSRC = m.c\ninclude $(MPY_DIR)/py/dynruntime.mk\n');
      const modules: ModuleSource[] = [
        { name: 'm', dir, makefile: 'Makefile' },
        // Read already: the bundler that reads such files has programs for the real machine only.
        { name: 'm', dir, makefile: 'natmod.config.ts', config: { name: 'm', sources: ['m.c'] } },
      ];
      for (const module of modules) {
        const problem = await problemOf(() => describeModule(module, undefined, parseOptions([], dir)));
        t.is(problem?.code, 'no-arch', module.makefile);
        t.is(problem?.hint, 'name one with --arch NAME');
      }
    } finally {
      Object.defineProperty(process, 'arch', arch);
    }
  });
});

test("a Python part that MicroPython's own rules would overwrite is told when the native part is linked", async (t) => {
  const note = markOf(['main.c', 'm.py'], 'build/m.config.h');
  const check = (output: string) => () => checkParts(`#define X\n${note}`, 'build/m.config.h', output);
  const problem = await problemOf(check('build/m.mpy'));
  t.is(problem?.code, 'lost-part');
  t.is(problem?.where?.file, 'm.py');
  t.is(await problemOf(check('build/m.native.mpy')), undefined);
  t.is(markOf(['main.c', 'other.py'], 'build/m.config.h'), '');
});

test('an emulator that ends while natmod speaks with it, or before, is told', async (t) => {
  await inFolder(async (dir) => {
    const path = join(dir, 'stub');
    t.is((await problemOf(() => connectToStub(path, () => true)))?.code, 'stub-gone');
    const server = createServer((socket) => socket.once('data', () => socket.destroy()));
    await new Promise<void>((resolve) => server.listen(path, resolve));
    try {
      const stub = await connectToStub(path, () => false);
      t.is((await problemOf(() => stub.ask('?')))?.code, 'stub-gone');
    } finally {
      server.close();
    }
  }, 'natmod-stub-');
});

test('a port that is no file needs a package, and its name is told', async (t) => {
  const problem = await problemOf(() => openSerialPort('COM3', 115200));
  t.is(problem?.code, 'no-serialport');
  t.is(problem?.hint, 'npm install serialport');
});

test.serial('sources of MicroPython, without git, apt or the network', async (t) => {
  const { PATH, NATMOD_CACHE } = process.env;
  await inFolder(async (dir) => {
    try {
      mkdirSync(join(dir, 'bin'));
      process.env.PATH = join(dir, 'bin');
      process.env.NATMOD_CACHE = join(dir, 'cache');
      const context = { report: silentReport(), flow: natmod.flow };
      const problem = await problemOf(() => sources(parseOptions([], dir), context));
      t.is(problem?.code, 'no-sources-had');
      t.regex(problem!.hint!, /--mpy-dir DIR/);
    } finally {
      process.env.PATH = PATH;
      if (NATMOD_CACHE === undefined) delete process.env.NATMOD_CACHE;
      else process.env.NATMOD_CACHE = NATMOD_CACHE;
    }
  });
});
