import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { ARCHES } from '../../natmod-rules/arch/index.ts';
import { flagsFor } from '../../natmod-rules/compile/index.ts';
import { TLS_AS_DATA } from '../../natmod-rules/compile/tls.ts';
import { defineModule } from '../../tasks/modules/config.ts';
import type { ModuleSource } from '../../tasks/modules/find.ts';
import { parseOptions } from '../../tasks/options/options.ts';
import { runBuild } from '../support/build.ts';
import { testWith } from '../support/needs.ts';
import { runMicroPython } from '../support/run.ts';

const folder = mkdtempSync(join(tmpdir(), 'natmod-test-'));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

const SOURCE = `#include "py/dynruntime.h"
__thread int level = 5;
extern _Thread_local int level;
static _Thread_local int count;
static int next(void) { static __thread int inner = 100; return inner++; }
static mp_obj_t f(void) { count++; return mp_obj_new_int(level * 1000 + next() + count); }
static MP_DEFINE_CONST_FUN_OBJ_0(f_obj, f);
mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY
    mp_store_global(MP_QSTR_f, MP_OBJ_FROM_PTR(&f_obj));
    MP_DYNRUNTIME_INIT_EXIT
}
`;
const MAKEFILE = 'MOD = mod\nSRC = mod.c\ninclude $(MPY_DIR)/py/dynruntime.mk\n';

const dir = join(folder, 'mod');
mkdirSync(dir);
writeFileSync(join(dir, 'mod.c'), SOURCE);
writeFileSync(join(dir, 'Makefile'), MAKEFILE);

function build(arch: string, out: string, tlsAsData: boolean | 'make') {
  const config = defineModule({ name: 'mod', sources: ['mod.c'], tlsAsData: tlsAsData === true });
  const module: ModuleSource =
    tlsAsData === 'make'
      ? { name: out, dir, makefile: 'Makefile' }
      : { name: out, dir, makefile: 'natmod.config.ts', config };
  const words = ['--arch', arch, '--out', join(folder, out), ...(tlsAsData === 'make' ? ['MPY_TLS_AS_DATA=1'] : [])];
  return runBuild([module], parseOptions(words, folder));
}

for (const { name: arch } of ARCHES) {
  testWith({ compiler: arch }, `${arch}: thread-local variables become plain ones on request`, async (t) => {
    const { failed } = await build(arch, `plain-${arch}`, true);
    t.deepEqual(failed, []);
  });
}

for (const arch of ['x64', 'armv7m'] as const) {
  testWith({ compiler: arch, runtime: arch, tool: 'make' }, `${arch}: such variables keep their values`, async (t) => {
    const { built } = await build(arch, `made-${arch}`, 'make');
    const script = 'import mod\nprint(mod.f(), mod.f())\n';
    const { stdout, stderr } = await runMicroPython(arch, {
      files: { 'mod.mpy': readFileSync(built[0]!.file) },
      script,
    });
    t.is(stdout, '5101 5103\n', stderr);
  });
}

testWith({ compiler: 'x64' }, 'without the request they are refused, and the request is named', async (t) => {
  const { failed } = await build('x64', 'refused', false);
  const problem = failed[0]?.problems[0];
  t.is(problem?.code, 'thread-local');
  t.regex(problem?.hint ?? '', /MPY_TLS_AS_DATA = 1.*tlsAsData: true/s);
});

test('in C++ only the word that needs another beside it is defined away', (t) => {
  const flags = flagsFor('a.cpp', TLS_AS_DATA);
  t.true(flags.includes('-D__thread='));
  t.false(flags.some((flag) => /hread_local/.test(flag)));
});
