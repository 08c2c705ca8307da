/** Routines that compilers call by themselves: libgcc's, where the Makefile says nothing of LINK_RUNTIME. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { testWith } from '../support/needs.ts';
import { runMicroPython } from '../support/run.ts';
import { makefile, withRig } from './support/rig.ts';

const DIVIDES = `#include "py/dynruntime.h"
static mp_obj_t divide(mp_obj_t a, mp_obj_t b) { return mp_obj_new_int((unsigned)mp_obj_get_int(a) / (unsigned)mp_obj_get_int(b)); }
static MP_DEFINE_CONST_FUN_OBJ_2(divide_obj, divide);
static mp_obj_t add(mp_obj_t a, mp_obj_t b) { return mp_obj_new_int((int)mp_obj_get_int(a) * 4 + (int)mp_obj_get_int(b)); }
static MP_DEFINE_CONST_FUN_OBJ_2(add_obj, add);
mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY
    mp_store_global(MP_QSTR_divide, MP_OBJ_FROM_PTR(&divide_obj));
    mp_store_global(MP_QSTR_add, MP_OBJ_FROM_PTR(&add_obj));
    MP_DYNRUNTIME_INIT_EXIT
}
`;

/** Overflow of 32 bits, where libgcc calls abort. */
const OVERFLOWS = `import mod
print(mod.divide(1000, 7), mod.add(2, 3))
for _ in range(2):
    try:
        mod.add(0x1fffffff, 0x3fffffff)
    except Exception as error:
        print(type(error), error)
print(mod.add(1, 1))
`;

testWith(
  { compiler: 'armv6m', runtime: 'armv6m', tool: 'make' },
  "armv6m: the compiler's own routines are taken where its code needs them, but none that stops the CPU",
  (t) =>
    withRig(async (rig) => {
      const dir = rig.module('divides', { Makefile: makefile('SRC = mod.c'), 'mod.c': DIVIDES });
      const build = () => rig.gulp(['build', '--arch', 'armv6m', '--module', dir, '--out', rig.out]);
      const built = await build();
      t.regex(
        built.stdout,
        /the compiler's libgcc\.a gives _udivsi3\.o _dvmd_tls\.o, \d+ bytes \(LINK_RUNTIME = 0 refuses them\)/,
      );
      const files = { 'mod.mpy': readFileSync(join(rig.out, 'armv6m/mod.mpy')) };
      const ran = await runMicroPython('armv6m', { files, script: 'import mod\nprint(mod.divide(1000, 7))\n' });
      t.is(ran.stdout + ran.stderr, '142\n');
      rig.module('divides', { Makefile: makefile('SRC = mod.c\nCFLAGS += -ftrapv') });
      const { status, stdout, stderr } = await build();
      t.not(status, 0);
      t.regex(stdout + stderr, /undefined symbol '__addvsi3'[\s\S]*compile without -ftrapv/);
    }),
);

for (const arch of ['x64', 'x86'] as const) {
  testWith(
    { compiler: arch, runtime: arch, tool: 'make' },
    `${arch}: the compiler's own routines are taken where its code needs them, and one that gives up raises an exception`,
    (t) =>
      withRig(async (rig) => {
        const dir = rig.module('divides', {
          Makefile: makefile('SRC = mod.c\nCFLAGS += -ftrapv'),
          'mod.c': DIVIDES,
        });
        const build = (...args: string[]) =>
          rig.gulp(['build', '--arch', arch, '--module', dir, '--out', rig.out, ...args]);
        for (const form of [['--no-optimize'], []]) {
          const { status, stdout, stderr } = await build(...form);
          t.is(status, 0, stderr);
          t.regex(
            stdout,
            /the compiler's libgcc\.a gives .*_addvsi3\.o.*, \d+ bytes \(LINK_RUNTIME = 0 refuses them\)/,
          );
          const files = { 'mod.mpy': readFileSync(join(rig.out, arch, 'mod.mpy')) };
          const ran = await runMicroPython(arch, { files, script: OVERFLOWS });
          const raised = "<class 'Exception'> abort\n";
          t.is(ran.stdout + ran.stderr, `142 11\n${raised}${raised}5\n`);
        }
        rig.module('divides', { Makefile: makefile('SRC = mod.c\nCFLAGS += -ftrapv\nLINK_RUNTIME = 0') });
        const refused = await build();
        t.not(refused.status, 0);
        t.regex(refused.stdout + refused.stderr, /undefined symbol '__addvsi3'[\s\S]*set LINK_RUNTIME = 1/);
        const own = 'int __addvsi3(int a, int b) { return 77; } int __mulvsi3(int a, int b) { return 3; }\n';
        rig.module('divides', { Makefile: makefile('SRC = mod.c own.c\nCFLAGS += -ftrapv'), 'own.c': own });
        t.is((await build()).status, 0);
        const files = { 'mod.mpy': readFileSync(join(rig.out, arch, 'mod.mpy')) };
        const ran = await runMicroPython(arch, { files, script: 'import mod\nprint(mod.add(2, 3))\n' });
        t.is(ran.stdout + ran.stderr, '77\n');
      }),
  );
}
