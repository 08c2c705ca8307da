#ifndef FEATURES2_VECTOR_H
#define FEATURES2_VECTOR_H

#include "number.h"

// Sum of a[i] * b[i] over n Python numbers; TypeError if one of them is none.
number_t vector_dot(size_t n, const mp_obj_t *a, const mp_obj_t *b);

// coefficients[0] * x^(n-1) + ... + coefficients[n-1]
number_t vector_polynomial(size_t n, const mp_obj_t *coefficients, number_t x);

#endif
