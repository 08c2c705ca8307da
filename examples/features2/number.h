// One real number, in the way that is cheap on the architecture the module is built for.
//
// With floating point in hardware it is a C float or double. Without, C arithmetic would call the compiler's
// run-time library, so the number stays a Python object and the firmware, which has the routines, calculates.
// This also keeps soft-float modules right on firmware that passes floats in other registers.

#ifndef FEATURES2_NUMBER_H
#define FEATURES2_NUMBER_H

#include "py/dynruntime.h"

#if defined(__x86_64__) || defined(__i386__) || defined(__riscv_float_abi_double) \
    || (defined(__ARM_FP) && (__ARM_FP & 8))
#define NUMBER_BITS 64
#elif defined(__ARM_FP) || defined(__riscv_float_abi_single) \
    || (defined(__XTENSA_WINDOWED_ABI__) && !defined(__XTENSA_SOFT_FLOAT__))
#define NUMBER_BITS 32
#else
#define NUMBER_BITS 0
#endif

#if NUMBER_BITS == 64

typedef double number_t;
#define number_from_obj(obj) mp_obj_get_float_to_d(obj)
#define number_to_obj(number) mp_obj_new_float_from_d(number)

#elif NUMBER_BITS == 32

typedef float number_t;
#define number_from_obj(obj) mp_obj_get_float_to_f(obj)
#define number_to_obj(number) mp_obj_new_float_from_f(number)

#else

typedef mp_obj_t number_t;
#define number_to_obj(number) (number)

// Dividing by one gives a float for any number and TypeError for anything else.
static inline number_t number_from_obj(mp_obj_t obj) {
    return mp_binary_op(MP_BINARY_OP_TRUE_DIVIDE, obj, MP_OBJ_NEW_SMALL_INT(1));
}

#endif

// a * b + c
static inline number_t number_multiply_add(number_t a, number_t b, number_t c) {
    #if NUMBER_BITS
    return a * b + c;
    #else
    return mp_binary_op(MP_BINARY_OP_ADD, mp_binary_op(MP_BINARY_OP_MULTIPLY, a, b), c);
    #endif
}

#endif
