import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { ArchName } from '../../natmod-rules/arch/index.ts';
import { cacheDir } from '../../tasks/bootstrap/paths.cjs';
import { cachedTrees } from '../../tasks/bootstrap/provide.mjs';
import { testWith } from '../support/needs.ts';
import { runMicroPython } from '../support/run.ts';
import { makefile, type Rig, withRig } from './support/rig.ts';

const ONE = ['sinf', 'sqrtf', 'expf', 'logf', 'floorf'];
const TWO = ['powf', 'atan2f'];

/**
 * Arguments and results are in a buffer: how floats are passed in registers differs between a module and the
 * MicroPython that stands in for a board here.
 */
const SOURCE = `#include "py/dynruntime.h"
#include <math.h>

static mp_obj_t floats(mp_obj_t which, mp_obj_t buffer) {
    mp_buffer_info_t info;
    mp_get_buffer_raise(buffer, &info, MP_BUFFER_RW);
    float *v = info.buf;
    switch (mp_obj_get_int(which)) {
${[...ONE.map((name) => `${name}(v[0])`), ...TWO.map((name) => `${name}(v[0], v[1])`)]
  .map((call, i) => `        case ${i}: v[0] = ${call}; break;`)
  .join('\n')}
    }
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_2(floats_obj, floats);

static mp_obj_t doubles(mp_obj_t which, mp_obj_t buffer) {
    mp_buffer_info_t info;
    mp_get_buffer_raise(buffer, &info, MP_BUFFER_RW);
    double *v = info.buf;
    switch (mp_obj_get_int(which)) {
        case 0: v[0] = sin(v[0]); break;
        case 1: v[0] = exp(v[0]); break;
        case 2: v[0] = pow(v[0], v[1]); break;
    }
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_2(doubles_obj, doubles);

mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY
    mp_store_global(MP_QSTR_floats, MP_OBJ_FROM_PTR(&floats_obj));
    mp_store_global(MP_QSTR_doubles, MP_OBJ_FROM_PTR(&doubles_obj));
    MP_DYNRUNTIME_INIT_EXIT
}
`;

/** Compares with the math module, which computes with doubles; distances are in units of the last place. */
const SCRIPT = `
import math, struct
from array import array
import mod

def ordered(value, code, integer):
    bits = struct.unpack(integer, struct.pack(code, value))[0]
    return bits if bits >= 0 else -(bits & (0x7fffffff if integer == 'i' else 0x7fffffffffffffff))

def check(name, call, which, code, integer, arguments, expected):
    buffer = array(code, list(arguments) + [0.0])
    arguments = list(buffer)
    call(which, buffer)
    want = expected(*arguments[:2]) if name in ('powf', 'atan2f', 'pow') else expected(arguments[0])
    away = abs(ordered(buffer[0], code, integer) - ordered(want, code, integer))
    if away > 1:
        print(name, arguments, buffer[0], 'instead of', want, away)

plain = [0.0, 1.0, -1.0, 0.5, 1e-3, -0.75, 2.0, 3.14159, 7.25, -9.5, 42.0, 80.0, 1e-20]
positive = [1e-30, 1e-3, 0.5, 1.0, 1.5, 2.0, 3.14159, 10.0, 12345.678, 1e30]
floats = ('sinf', math.sin, plain + [1000.0, -123456.0, 1e7]), ('sqrtf', math.sqrt, positive), \\
    ('expf', math.exp, plain), ('logf', math.log, positive), \\
    ('floorf', lambda x: float(math.floor(x)), plain + [1e9, -0.0001, 123.999]), \\
    ('powf', math.pow, positive), ('atan2f', math.atan2, plain)
for which, (name, expected, arguments) in enumerate(floats):
    for a in arguments:
        for b in ([0.0, 0.5, -1.0, 1.0, 1.25, -0.1] if which > 4 else [0.0]):
            check(name, mod.floats, which, 'f', 'i', (a, b), expected)
doubles = ('sin', math.sin, plain + [1e7, 1e15]), ('exp', math.exp, plain), ('pow', math.pow, positive)
for which, (name, expected, arguments) in enumerate(doubles):
    for a in arguments:
        for b in ([0.0, 0.5, -1.0, 3.75, -0.1] if name == 'pow' else [0.0]):
            check(name, mod.doubles, which, 'd', 'q', (a, b), expected)
print('done')
`;

const FILES = { Makefile: makefile('SRC = mod.c\nLINK_RUNTIME = 1\nMICROPY_FLOAT_IMPL = double'), 'mod.c': SOURCE };

async function build(t: ExecutionContext, rig: Rig, arch: ArchName, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const dir = rig.module('mathematics', FILES);
  const run = await rig.natmod(['build', '--arch', arch, '--module', dir, '--out', rig.out], env);
  t.is(run.status, 0, run.stderr);
  t.true(existsSync(join(rig.out, arch, 'mod.mpy')));
  return run.stdout;
}

async function compare(t: ExecutionContext, rig: Rig, arch: ArchName): Promise<void> {
  const files = { 'mod.mpy': readFileSync(join(rig.out, arch, 'mod.mpy')) };
  const { stdout, stderr } = await runMicroPython(arch, { script: SCRIPT, files });
  t.is(stdout + stderr, 'done\n');
}

for (const arch of ['x64', 'x86', 'armv6m', 'armv7m', 'armv7emsp', 'armv7emdp'] as const) {
  testWith(
    { compiler: arch, runtime: arch, tool: 'make' },
    `${arch}: mathematical functions of a library give the right values`,
    (t) =>
      withRig(async (rig) => {
        const said = await build(t, rig, arch);
        if (arch === 'x64' || arch === 'x86') t.regex(said, /mathematical functions are those of \S+, not of glibc/);
        await compare(t, rig, arch);
      }),
  );
}

for (const arch of ['rv32imc', 'rv64imc', 'xtensa'] as const) {
  testWith({ compiler: arch, tool: 'make' }, `${arch}: mathematical functions of a library are linked`, (t) =>
    withRig(async (rig) => void (await build(t, rig, arch))),
  );
}

// Systems with a musl of their own are left alone: what is there is taken.
for (const [arch, musl] of [
  ['x86', '/usr/lib/i386-linux-musl'],
  ['x64', '/usr/lib/x86_64-linux-musl'],
] as const) {
  const title = `${arch}: without musl the mathematical functions are those of MicroPython's sources`;
  const isInstalled = existsSync(musl) || existsSync('/usr/local/musl');
  if (isInstalled || cachedTrees().length === 0) {
    test.skip(`${title} [skipped: ${isInstalled ? 'musl is installed' : 'no sources in the cache'}]`, (t) => t.pass());
    continue;
  }
  testWith({ compiler: arch, runtime: arch, source: true, tool: 'make' }, title, (t) =>
    withRig(async (rig) => {
      const cache = join(rig.dir, 'cache');
      mkdirSync(cache);
      symlinkSync(join(cacheDir(), 'sources'), join(cache, 'sources'));
      t.regex(await build(t, rig, arch, { NATMOD_CACHE: cache }), /those of .*\/lib\/libm, not of glibc/);
      await compare(t, rig, arch);
      t.regex(await build(t, rig, arch, { NATMOD_CACHE: cache }), /built|up to date/);
    }),
  );
}

const ROUND = `#include "py/dynruntime.h"
#include <math.h>
static mp_obj_t f(mp_obj_t halves) { return mp_obj_new_int((int)roundf((mp_int_t)mp_obj_get_int(halves) * 0.5f)); }
static MP_DEFINE_CONST_FUN_OBJ_1(f_obj, f);
mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY
    mp_store_global(MP_QSTR_f, MP_OBJ_FROM_PTR(&f_obj));
    MP_DYNRUNTIME_INIT_EXIT
}
`;

for (const arch of ['x64', 'x86'] as const) {
  testWith(
    { compiler: arch, runtime: arch, tool: 'make' },
    `${arch}: a function of glibc that is plain code is taken as it is, for it is shorter than what would take its place`,
    (t) =>
      withRig(async (rig) => {
        const files = { Makefile: makefile('SRC = mod.c\nLINK_RUNTIME = 1'), 'mod.c': ROUND };
        const words = ['--arch', arch, '--module', rig.module('round', files), '--out', rig.out];
        const run = await rig.natmod(['build', ...words]);
        t.is(run.status, 0, run.stderr);
        t.notRegex(run.stdout, /not of glibc/);
        const module = readFileSync(join(rig.out, arch, 'mod.mpy'));
        t.true(module.length < 400, `${module.length}`);
        const script = 'import mod\nprint([mod.f(n) for n in (-5, -3, -1, 0, 1, 2, 3, 33)])';
        const { stdout, stderr } = await runMicroPython(arch, { script, files: { 'mod.mpy': module } });
        t.is(stdout, '[-3, -2, -1, 0, 1, 1, 2, 17]\n', stderr);
      }),
  );
}
