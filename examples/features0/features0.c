// The smallest useful module: one C function that Python can call.

#include "py/dynruntime.h"

// The largest n whose factorial still fits a signed machine word.
#define LARGEST_N (sizeof(mp_int_t) == 8 ? 20 : 12)

static mp_obj_t factorial(mp_obj_t n_obj) {
    // Raises TypeError by itself when the argument is no integer.
    mp_int_t n = mp_obj_get_int(n_obj);
    if (n < 0 || n > (mp_int_t)LARGEST_N) {
        mp_raise_ValueError(MP_ERROR_TEXT("factorial out of range"));
    }

    mp_int_t product = 1;
    for (mp_int_t factor = 2; factor <= n; ++factor) {
        product *= factor;
    }
    return mp_obj_new_int(product);
}
// The Python function object that wraps a C function of one argument.
static MP_DEFINE_CONST_FUN_OBJ_1(factorial_obj, factorial);

// Called once, by the import. What is stored between the two macros becomes the module's contents.
mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY

    mp_store_global(MP_QSTR_factorial, MP_OBJ_FROM_PTR(&factorial_obj));

    MP_DYNRUNTIME_INIT_EXIT
}
