/** A module that crashes when it is told to: in its own code, and in the firmware's. */
import { makefile } from '../../flow/support/rig.ts';

const SOURCE = `#include "py/dynruntime.h"
static int count;
static mp_obj_t peek(mp_obj_t address_obj) {
    uintptr_t address = mp_obj_get_int_truncated(address_obj);
    count += 1;
    return mp_obj_new_int(*(volatile int *)address);
}
static MP_DEFINE_CONST_FUN_OBJ_1(peek_obj, peek);
__attribute__((noinline)) static int wipe(void *where) {
    memset(where, 0, 8);
    return count + 1;
}
static mp_obj_t fill(mp_obj_t address_obj) {
    void *where = (void *)(uintptr_t)mp_obj_get_int_truncated(address_obj);
    return mp_obj_new_int(wipe(where));
}
static MP_DEFINE_CONST_FUN_OBJ_1(fill_obj, fill);
mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY
    mp_store_global(MP_QSTR_peek, MP_OBJ_FROM_PTR(&peek_obj));
    mp_store_global(MP_QSTR_fill, MP_OBJ_FROM_PTR(&fill_obj));
    MP_DYNRUNTIME_INIT_EXIT
}
`;

/** An address that nothing is at, on every CPU and emulated board. */
export const NOWHERE = '0xfffffff0';

/** A module that crashes while it is imported, and so cannot tell where it lies; in few bytes of code. */
export const IMPORT_CRASH_MODULE = {
  Makefile: makefile('SRC = mod.c'),
  'mod.c': `#include "py/dynruntime.h"
static int *volatile table;
__attribute__((noinline)) static void prepare(int n) {
    table[n] = 7;
}
static mp_obj_t get(mp_obj_t n) { return mp_obj_new_int(table[mp_obj_get_int(n)]); }
static MP_DEFINE_CONST_FUN_OBJ_1(get_obj, get);
mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY
    table = (int *)0xffffffe0;
    prepare(4);
    mp_store_global(MP_QSTR_get, MP_OBJ_FROM_PTR(&get_obj));
    MP_DYNRUNTIME_INIT_EXIT
}
`,
  'own.py': 'print("before")\nimport mod\n',
} as const;

/** Files of the module, and of scripts that make it crash. */
export const CRASH_MODULE = {
  Makefile: makefile('SRC = mod.c'),
  'mod.c': SOURCE,
  'own.py': `import mod\nprint("before")\nprint(mod.peek(${NOWHERE}))\n`,
  'firmware.py': `import mod\nprint("before")\nprint(mod.fill(${NOWHERE}))\n`,
} as const;
