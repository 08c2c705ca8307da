// A <math.h> to compile MicroPython's own mathematical functions (lib/libm, lib/libm_dbl) with, in place of the system's: glibc
// declares names of its own that these define in another way.
#ifndef NATMOD_LIBM_MATH_H
#define NATMOD_LIBM_MATH_H

#include <sys/types.h> // __int32_t and its like, which lib/libm uses

typedef float float_t;
typedef double double_t;

#define INFINITY __builtin_inff()
#define NAN __builtin_nanf("")
#define HUGE_VAL __builtin_inf()
#define HUGE_VALF __builtin_inff()

#define FP_NAN 0
#define FP_INFINITE 1
#define FP_ZERO 2
#define FP_SUBNORMAL 3
#define FP_NORMAL 4

#define fpclassify(x) __builtin_fpclassify(FP_NAN, FP_INFINITE, FP_NORMAL, FP_SUBNORMAL, FP_ZERO, x)
#define isfinite(x) __builtin_isfinite(x)
#define isinf(x) __builtin_isinf_sign(x)
#define isnan(x) __builtin_isnan(x)
#define isnormal(x) __builtin_isnormal(x)
#define signbit(x) __builtin_signbit(x)

// Each for double and, with an f behind the name, for float.
#define NATMOD_ONE(name) \
    double name(double); \
    float name##f(float);
#define NATMOD_TWO(name) \
    double name(double, double); \
    float name##f(float, float);
NATMOD_ONE(acos) NATMOD_ONE(acosh) NATMOD_ONE(asin) NATMOD_ONE(asinh) NATMOD_ONE(atan) NATMOD_ONE(atanh)
NATMOD_ONE(cbrt) NATMOD_ONE(ceil) NATMOD_ONE(cos) NATMOD_ONE(cosh) NATMOD_ONE(erf) NATMOD_ONE(erfc)
NATMOD_ONE(exp) NATMOD_ONE(exp2) NATMOD_ONE(expm1) NATMOD_ONE(fabs) NATMOD_ONE(floor) NATMOD_ONE(lgamma)
NATMOD_ONE(log) NATMOD_ONE(log10) NATMOD_ONE(log1p) NATMOD_ONE(log2) NATMOD_ONE(nearbyint) NATMOD_ONE(rint)
NATMOD_ONE(round) NATMOD_ONE(sin) NATMOD_ONE(sinh) NATMOD_ONE(sqrt) NATMOD_ONE(tan) NATMOD_ONE(tanh)
NATMOD_ONE(tgamma) NATMOD_ONE(trunc)
NATMOD_TWO(atan2) NATMOD_TWO(copysign) NATMOD_TWO(fdim) NATMOD_TWO(fmax) NATMOD_TWO(fmin) NATMOD_TWO(fmod)
NATMOD_TWO(hypot) NATMOD_TWO(nextafter) NATMOD_TWO(pow) NATMOD_TWO(remainder)
double frexp(double, int *);
float frexpf(float, int *);
double ldexp(double, int);
float ldexpf(float, int);
double modf(double, double *);
float modff(float, float *);
double scalbn(double, int);
float scalbnf(float, int);
double nan(const char *);
float nanf(const char *);

#endif
