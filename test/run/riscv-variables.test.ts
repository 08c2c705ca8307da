import test from 'ava';
import { archByName } from '../../natmod-rules/arch/index.ts';
import { runOnLink } from '../../tasks/board/run-board.ts';
import { firmwarePlace } from '../../tasks/run/places.ts';
import { findToolchain } from '../../tasks/toolchain/find.ts';
import { buildModule } from '../support/compile.ts';
import { testWith } from '../support/needs.ts';

/** Ordinary C with variables of all kinds, which the garbage collector and the loader must treat well. */
const MODULE = `#include "py/dynruntime.h"
static int counter = 5, zero;
static char name[] = "made here";
static short halfs[4];
static long long wide = 1LL << 40;
static int a = 1, b = 2;
static void *table[] = {&a, &b};
static mp_obj_t kept;
static int numbers[200];
static mp_obj_t bump(mp_obj_t by_in) {
    static int calls;
    int by = mp_obj_get_int(by_in);
    counter += by;
    zero -= by;
    name[0] = 'M';
    halfs[by & 3] += by;
    wide += (long long)by << 32;
    *(int *)table[by & 1] += 10;
    numbers[by % 200] = numbers[(by + 1) % 200] + ++calls;
    mp_obj_t items[] = {
        mp_obj_new_int(counter), mp_obj_new_int(zero), mp_obj_new_str(name, sizeof name - 1), mp_obj_new_int(halfs[2]),
        mp_obj_new_int((int)(wide >> 32)), mp_obj_new_int(a * 100 + b), mp_obj_new_int(numbers[by % 200]),
    };
    return mp_obj_new_tuple(7, items);
}
static MP_DEFINE_CONST_FUN_OBJ_1(bump_obj, bump);
static mp_obj_t keep(mp_obj_t value) {
    mp_obj_t before = kept;
    kept = value;
    return before == MP_OBJ_NULL ? mp_const_none : before;
}
static MP_DEFINE_CONST_FUN_OBJ_1(keep_obj, keep);
mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY
    mp_store_global(MP_QSTR_bump, MP_OBJ_FROM_PTR(&bump_obj));
    mp_store_global(MP_QSTR_keep, MP_OBJ_FROM_PTR(&keep_obj));
    MP_DYNRUNTIME_INIT_EXIT
}
`;
const SCRIPT = `import gc, made
print(made.bump(1), made.bump(2))
made.keep(["kept", 1 << 70])
gc.collect()
rubbish = [bytearray(100) for _ in range(50)]
del rubbish
gc.collect()
print(made.keep(None), made.bump(3))
`;
const SAID = [
  "(6, -1, 'Made here', 0, 257, 112, 1) (8, -3, 'Made here', 2, 259, 1112, 2)",
  "['kept', 1180591620717411303424] (11, -6, 'Made here', 2, 262, 1122, 3)",
  '',
].join('\n');

for (const arch of ['rv32imc', 'rv64imc'] as const) {
  const title = `${arch}: a module with static variables keeps them in real MicroPython`;
  const place = firmwarePlace(arch);
  if ('missing' in place || place.kind !== 'board') {
    test.skip(`${title} [skipped: ${'missing' in place ? place.missing : place.kind}]`, () => {});
    continue;
  }
  testWith({ compiler: arch }, title, async (t) => {
    const { flags } = await findToolchain(archByName(arch), { cwd: '/' });
    const { mpy } = buildModule(arch, 'made', { 'made.c': MODULE }, { compact: true, flags });
    const modules = new Map([['made.mpy', mpy]]);
    const job = { modules, scriptName: 'script.py', script: Buffer.from(SCRIPT), timeoutMs: 60_000 };
    const { ok, reason, output } = await runOnLink(place.open, job);
    t.true(ok, reason);
    t.is(output.replaceAll('\r', ''), SAID);
  });
}
