import { unscannedVariables } from '../../natmod-rules/link/read/unscanned.ts';
import { buildModule } from '../support/compile.ts';
import { archesWithCompiler, testWith } from '../support/needs.ts';

const SOURCE = `#include "py/dynruntime.h"
  static volatile mp_obj_t cache; static mp_obj_t others[3]; static char small; static short pair[2]; mp_obj_t global; static void *volatile set = &global;
  static mp_obj_t f(mp_obj_t x) { static mp_obj_t last; mp_obj_t was = last; last = x; cache = was; others[small++ & 1] = x;
    pair[0] += 3; global = set == NULL ? was : cache; set = others; return others[pair[0] & 1]; }
  static MP_DEFINE_CONST_FUN_OBJ_1(f_obj, f);
  mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY mp_store_global(MP_QSTR_f, MP_OBJ_FROM_PTR(&f_obj)); MP_DYNRUNTIME_INIT_EXIT }`;

for (const arch of archesWithCompiler(['x64', 'armv7m'])) {
  const isX64 = arch === 'x64';
  testWith(
    { compiler: arch },
    `${arch}: ${isX64 ? 'static variables that may hold objects are named, and no others' : 'the garbage collector sees all variables'}`,
    (t) => {
      const { image } = buildModule(arch, 'm', { 'm.c': SOURCE }, { compact: true });
      const names = [...unscannedVariables(image)].map(
        ([object, found]) => `${object}: ${[...found].sort().join(' ')}`,
      );
      t.deepEqual(names, isX64 ? ['m.o: cache last others set'] : []);
    },
  );
}
