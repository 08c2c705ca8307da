#include "vector.h"

number_t vector_dot(size_t n, const mp_obj_t *a, const mp_obj_t *b) {
    number_t sum = number_from_obj(MP_OBJ_NEW_SMALL_INT(0));
    for (size_t i = 0; i < n; ++i) {
        sum = number_multiply_add(number_from_obj(a[i]), number_from_obj(b[i]), sum);
    }
    return sum;
}

number_t vector_polynomial(size_t n, const mp_obj_t *coefficients, number_t x) {
    number_t value = number_from_obj(MP_OBJ_NEW_SMALL_INT(0));
    for (size_t i = 0; i < n; ++i) {
        value = number_multiply_add(value, x, number_from_obj(coefficients[i]));
    }
    return value;
}
