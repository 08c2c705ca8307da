import test from 'ava';
import { explainOldNames } from '../../natmod-rules/compile/old-names.ts';
import { buildModule } from '../support/compile.ts';
import { testWith } from '../support/needs.ts';

/** A module for an older MicroPython, with `body` in its function. */
const module = (body: string) => `#include "py/dynruntime.h"
typedef struct { mp_obj_base_t base; size_t len; int items[]; } row_t;
STATIC mp_obj_t f(mp_obj_t n) { ${body} }
STATIC MP_DEFINE_CONST_FUN_OBJ_1(f_obj, f);
mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY
    mp_store_global(MP_QSTR_f, MP_OBJ_FROM_PTR(&f_obj));
    MP_DYNRUNTIME_INIT_EXIT
}
`;

/** What is said of a source that does not compile; undefined when it does. */
function told(body: string, flags: readonly string[] = []): string | undefined {
  try {
    buildModule('x64', 'old', { 'old.c': module(body) }, { flags });
    return undefined;
  } catch (error) {
    return explainOldNames((error as Error).message) ?? 'nothing';
  }
}

testWith({ compiler: 'x64' }, 'names of older MicroPythons compile, or the error says what they are now', (t) => {
  t.is(told('return n;'), undefined, 'STATIC is known');
  t.is(told('return n;', ['-DSTATIC=static']), undefined);
  t.regex(told('return m_new_obj_var(row_t, int, 4);')!, /^m_new_obj_var has the name .* since MicroPython 1\.22$/);
  t.regex(
    told('return m_new_obj_with_finaliser(row_t);')!,
    /^m_new_obj_with_finaliser is mp_obj_malloc_with_finaliser/,
  );
  t.regex(
    told('return mp_obj_new_float(1);', ['-UMICROPY_FLOAT_IMPL', '-DMICROPY_FLOAT_IMPL=MICROPY_FLOAT_IMPL_NONE'])!,
    /FLOAT_IMPL = float/,
  );
  const type = 'mp_obj_full_type_t type; MP_OBJ_TYPE_SET_SLOT(&type, call, f, 0);';
  t.is(told(`${type} return MP_OBJ_FROM_PTR(&type);`, ['-Wno-error']), undefined);
  t.regex(told('mp_obj_type_t type; type.call = 0; return n;')!, /MP_OBJ_TYPE_SET_SLOT\(&type, make_new/);
  t.regex(told('return n; } void *memmove(void *to, void *from, size_t n) { return to;')!, /includes string\.h since/);
  t.is(told('return unknown(n);'), 'nothing');
});

test('what other headers make of STATIC is explained, too', (t) => {
  for (const line of [
    "mod.c:3:1: error: unknown type name 'STATIC'",
    'mod.c:3:1: error: unknown type name \u2018STATIC\u2019; did you mean \u2018static\u2019?',
  ]) {
    t.regex(explainOldNames(line)!, /CFLAGS \+= -DSTATIC=static$/);
  }
  // GCC names what is behind it, and shows the line.
  const shown = (text: string) =>
    `m.c:2:8: error: expected \u2018;\u2019 before \u2018int\u2019\n    2 | ${text}\n      |       ^~~~`;
  t.regex(explainOldNames(shown('STATIC int q(int a) { return a; }'))!, /DSTATIC=static$/);
  t.is(explainOldNames(shown('MY_STATIC int q;')), undefined);
  t.is(explainOldNames("mod.c:3:1: note: 'STATIC' was here"), undefined);
});
