#define MICROPY_PY_RANDOM (1)
#define MICROPY_PY_RANDOM_EXTRA_FUNCS (1)

#include "py/dynruntime.h"

// The generator's state. The original leaves it to the module: initialised data is not to be had here.
uint32_t yasmarang_pad, yasmarang_n, yasmarang_d;
uint8_t yasmarang_dat;

#include "extmod/modrandom.c"

#if !MICROPY_PY_BUILTINS_FLOAT

// The two functions that return floats, with the arithmetic left to the firmware: no run-time library, and right
// whatever registers the firmware passes floats in. random() has 23 bits, as the original has with C's float.

static mp_obj_t mod_random_random(void) {
    mp_obj_t numerator = MP_OBJ_NEW_SMALL_INT(yasmarang() & 0x7fffff);
    return mp_binary_op(MP_BINARY_OP_TRUE_DIVIDE, numerator, MP_OBJ_NEW_SMALL_INT(0x800000));
}
static MP_DEFINE_CONST_FUN_OBJ_0(mod_random_random_obj, mod_random_random);

static mp_obj_t mod_random_uniform(mp_obj_t low, mp_obj_t high) {
    mp_obj_t width = mp_binary_op(MP_BINARY_OP_SUBTRACT, high, low);
    return mp_binary_op(MP_BINARY_OP_ADD, low, mp_binary_op(MP_BINARY_OP_MULTIPLY, width, mod_random_random()));
}
static MP_DEFINE_CONST_FUN_OBJ_2(mod_random_uniform_obj, mod_random_uniform);

#endif

mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY

    // What the original starts with, so that an unseeded module gives the same numbers.
    yasmarang_pad = 0xeda4baba;
    yasmarang_n = 69;
    yasmarang_d = 233;

    mp_store_global(MP_QSTR___name__, MP_OBJ_NEW_QSTR(MP_QSTR_random));
    mp_store_global(MP_QSTR_seed, MP_OBJ_FROM_PTR(&mod_random_seed_obj));
    mp_store_global(MP_QSTR_getrandbits, MP_OBJ_FROM_PTR(&mod_random_getrandbits_obj));
    mp_store_global(MP_QSTR_randrange, MP_OBJ_FROM_PTR(&mod_random_randrange_obj));
    mp_store_global(MP_QSTR_randint, MP_OBJ_FROM_PTR(&mod_random_randint_obj));
    mp_store_global(MP_QSTR_choice, MP_OBJ_FROM_PTR(&mod_random_choice_obj));
    mp_store_global(MP_QSTR_random, MP_OBJ_FROM_PTR(&mod_random_random_obj));
    mp_store_global(MP_QSTR_uniform, MP_OBJ_FROM_PTR(&mod_random_uniform_obj));

    MP_DYNRUNTIME_INIT_EXIT
}
