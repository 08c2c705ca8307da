// The C half of a module that is C and Python: floating point, in several source files (see vector.c and stats.py).

#include "vector.h"

// dot(a, b): scalar product of two lists or tuples of equal length
static mp_obj_t dot(mp_obj_t a_obj, mp_obj_t b_obj) {
    size_t a_len, b_len;
    mp_obj_t *a, *b;
    mp_obj_get_array(a_obj, &a_len, &a);
    mp_obj_get_array(b_obj, &b_len, &b);
    if (a_len != b_len) {
        mp_raise_ValueError(MP_ERROR_TEXT("lengths differ"));
    }
    return number_to_obj(vector_dot(a_len, a, b));
}
static MP_DEFINE_CONST_FUN_OBJ_2(dot_obj, dot);

// polynomial(coefficients, x): its value at x, highest power first
static mp_obj_t polynomial(mp_obj_t coefficients_obj, mp_obj_t x_obj) {
    size_t n;
    mp_obj_t *coefficients;
    mp_obj_get_array(coefficients_obj, &n, &coefficients);
    return number_to_obj(vector_polynomial(n, coefficients, number_from_obj(x_obj)));
}
static MP_DEFINE_CONST_FUN_OBJ_2(polynomial_obj, polynomial);

// scale(array, factor): multiplies every item of an array in place.
// This is the most general form of a C function, with all arguments as given and the module in self->context.
static mp_obj_t scale(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    mp_arg_check_num(n_args, n_kw, 2, 2, false);
    mp_buffer_info_t array;
    mp_get_buffer_raise(args[0], &array, MP_BUFFER_RW);
    number_t factor = number_from_obj(args[1]);

    if (array.typecode == 'f') {
        #if NUMBER_BITS
        float *items = array.buf;
        for (size_t i = 0; i < array.len / sizeof(float); ++i) {
            items[i] *= (float)factor;
        }
        #else
        for (size_t i = 0; i < array.len / sizeof(float); ++i) {
            mp_obj_t item = mp_binary_get_val_array('f', array.buf, i);
            mp_binary_set_val_array('f', array.buf, i, mp_binary_op(MP_BINARY_OP_MULTIPLY, item, factor));
        }
        #endif
    } else {
        mp_raise_ValueError(MP_ERROR_TEXT("need an array of floats"));
    }
    return mp_const_none;
}

mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY

    mp_store_global(MP_QSTR_dot, MP_OBJ_FROM_PTR(&dot_obj));
    mp_store_global(MP_QSTR_polynomial, MP_OBJ_FROM_PTR(&polynomial_obj));
    mp_store_global(MP_QSTR_scale, MP_DYNRUNTIME_MAKE_FUNCTION(scale));
    mp_store_global(MP_QSTR_C_FLOAT_BITS, MP_OBJ_NEW_SMALL_INT(NUMBER_BITS));

    MP_DYNRUNTIME_INIT_EXIT
}
