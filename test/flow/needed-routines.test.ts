/** Routines that compilers call by themselves: libgcc's, where the Makefile says nothing of LINK_RUNTIME. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import type { ArchName } from '../../natmod-rules/arch/index.ts';
import { testOnFirmware } from '../board/support/firmware.ts';
import { testWith } from '../support/needs.ts';
import { runMicroPython } from '../support/run.ts';
import { makefile, withRig } from './support/rig.ts';

const DIVIDES = `#include "py/dynruntime.h"
static mp_obj_t divide(mp_obj_t a, mp_obj_t b) { return mp_obj_new_int((unsigned)mp_obj_get_int(a) / (unsigned)mp_obj_get_int(b)); }
static MP_DEFINE_CONST_FUN_OBJ_2(divide_obj, divide);
mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY
    mp_store_global(MP_QSTR_divide, MP_OBJ_FROM_PTR(&divide_obj));
    MP_DYNRUNTIME_INIT_EXIT
}
`;

/**
 * Arithmetic of 32 and of 64 bits: f(op, buffer) computes with the two numbers in the buffer and leaves the result
 * there.
 */
const TRAPS = `#include "py/dynruntime.h"
static int32_t narrow(int op, int32_t a, int32_t b) {
    switch (op) { case 0: return a + b; case 1: return a - b; case 2: return a * b; case 3: return -a; default: return __builtin_abs(a); }
}
static int64_t wide(int op, int64_t a, int64_t b) {
    switch (op) { case 0: return a + b; case 1: return a - b; case 2: return a * b; case 3: return -a; default: return __builtin_llabs(a); }
}
static mp_obj_t f(mp_obj_t op_in, mp_obj_t numbers) {
    mp_buffer_info_t info;
    mp_get_buffer_raise(numbers, &info, MP_BUFFER_RW);
    int64_t *n = info.buf;
    int op = mp_obj_get_int(op_in);
    n[0] = op < 5 ? narrow(op, n[0], n[1]) : wide(op - 5, n[0], n[1]);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_2(f_obj, f);
mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY
    mp_store_global(MP_QSTR_f, MP_OBJ_FROM_PTR(&f_obj));
    MP_DYNRUNTIME_INIT_EXIT
}
`;

/** Numbers at the ends of every range and near the roots of them, each with each, against what Python computes. */
const OVERFLOWS = `import mod
def signed(b): return int.from_bytes(b, "little") - ((b[7] >> 7) << 64)
def raw(n): return (n & 0xffffffffffffffff).to_bytes(8, "little")
def true(op, a, b): return (a + b, a - b, a * b, -a, abs(a))[op]
wrong = raised = right = 0
for bits, first in ((32, 0), (64, 5)):
    top = 1 << (bits - 1)
    root = 1 << (bits // 2)
    some = [0, 1, -1, 7, -3, top - 1, -top, 1 - top, root - 1, root, -root, root >> 1, -(root >> 1), root + 1, (top - 1) // 3]
    for op in range(5):
        for a in some:
            for b in some:
                want = true(op, a, b)
                numbers = bytearray(raw(a) + raw(b))
                try:
                    mod.f(first + op, numbers)
                    got = signed(numbers[:8])
                except Exception as error:
                    got = "%s %s" % (type(error), error)
                if -top <= want < top:
                    right += got == want
                    wrong += got != want
                else:
                    raised += got == "<class 'Exception'> integer overflow"
                    wrong += got != "<class 'Exception'> integer overflow"
                if wrong == 1:
                    print(bits, op, a, b, got)
print(wrong, right, raised)
`;

testWith(
  { compiler: 'armv6m', runtime: 'armv6m', tool: 'make' },
  "armv6m: the compiler's own routines are taken where its code needs them",
  (t) =>
    withRig(async (rig) => {
      const dir = rig.module('divides', { Makefile: makefile('SRC = mod.c'), 'mod.c': DIVIDES });
      const built = await rig.natmod(['build', '--arch', 'armv6m', '--module', dir, '--out', rig.out]);
      t.regex(
        built.stdout,
        /the compiler's libgcc\.a gives _udivsi3\.o _dvmd_tls\.o, \d+ bytes \(LINK_RUNTIME = 0 refuses them\)/,
      );
      const files = { 'mod.mpy': readFileSync(join(rig.out, 'armv6m/mod.mpy')) };
      const ran = await runMicroPython('armv6m', { files, script: 'import mod\nprint(mod.divide(1000, 7))\n' });
      t.is(ran.stdout + ran.stderr, '142\n');
    }),
);

const overflows = (arch: ArchName) => async (t: ExecutionContext) =>
  withRig(async (rig) => {
    const dir = rig.module('traps', {
      'mod.c': TRAPS,
      'test_mod.py': OVERFLOWS,
      'test_mod.py.exp': EXPECTED,
    });
    for (const [line, ...options] of [['', '--no-optimize'], arch === 'armv6m' ? ['LINK_RUNTIME = 1'] : ['']]) {
      rig.module('traps', { Makefile: makefile(`SRC = mod.c\nCFLAGS += -ftrapv\n${line}`) });
      const { status, stdout, stderr } = await rig.natmod([
        'test',
        '--arch',
        arch,
        '--dir',
        dir,
        '--out',
        rig.out,
        ...options,
      ]);
      t.is(status, 0, stdout + stderr);
      t.regex(stdout, /1 passed/);
      if (line !== '') continue;
      t.regex(
        stdout,
        /natmod has routines for -ftrapv that raise an exception: .*__addvsi3\.o.*, \d+ bytes.* \(LINK_RUNTIME = 0 refuses them\)/,
      );
    }
  });

/** Wrong ones, right ones, and overflows, as Python counts them. */
const EXPECTED = '0 1838 412\n';

// GCC 12 for ARMv7 checks no subtraction of 32 bits.
for (const arch of ['x64', 'x86', 'armv6m'] as const) {
  testWith(
    { compiler: arch, runtime: arch, tool: 'make' },
    `${arch}: an overflow that -ftrapv finds raises an exception, at the very ends of the ranges`,
    overflows(arch),
  );
}
testOnFirmware(
  'rv32imc',
  'rv32imc: an overflow that -ftrapv finds raises an exception, at the very ends of the ranges',
  overflows('rv32imc'),
);

testWith(
  { compiler: 'armv7m', runtime: 'armv7m', tool: 'make' },
  "armv7m: LINK_RUNTIME = 0 takes no routine of -ftrapv, and the module's own definition wins",
  (t) =>
    withRig(async (rig) => {
      const dir = rig.module('traps', {
        'mod.c': TRAPS,
        'own.c': 'int __addvsi3(int a, int b) { return 77; }\n',
        Makefile: makefile('SRC = mod.c\nCFLAGS += -ftrapv\nLINK_RUNTIME = 0'),
      });
      const refused = await rig.build(dir);
      t.not(refused.status, 0);
      t.regex(refused.stdout + refused.stderr, /undefined symbol '__addv[sd]i3'[\s\S]*set LINK_RUNTIME = 1/);
      rig.module('traps', { Makefile: makefile('SRC = mod.c own.c\nCFLAGS += -ftrapv') });
      t.is((await rig.build(dir)).status, 0);
      const script = 'import mod\nb = bytearray(16)\nmod.f(0, b)\nprint(b[0])\n';
      const files = { 'mod.mpy': readFileSync(join(rig.out, 'armv7m/mod.mpy')) };
      const ran = await runMicroPython('armv7m', { files, script });
      t.is(ran.stdout + ran.stderr, '77\n');
    }),
);
