// Floating point in software, by the names of libgcc (GCC Internals, 4.2).

#include <stdint.h>

#ifndef NAME
#define NAME(name) __ ## name
#endif

static uint32_t multiply_single(uint32_t a, uint32_t b) {
    uint64_t product = (uint64_t)a * b;
    return (uint32_t)(product >> 20) | ((product & 0xfffff) != 0);
}

static uint64_t multiply_double(uint64_t a, uint64_t b) {
    uint32_t a0 = a, a1 = a >> 32, b0 = b, b1 = b >> 32;
    uint64_t low = (uint64_t)a0 * b0;
    uint64_t middle = (uint64_t)a1 * b0 + (low >> 32);
    uint64_t other = (uint64_t)a0 * b1 + (uint32_t)middle;
    uint64_t high = (uint64_t)a1 * b1 + (middle >> 32) + (other >> 32);
    low = other << 32 | (uint32_t)low;
    return high << 15 | low >> 49 | ((low & 0x1ffffffffffff) != 0);
}

#define VALUE float
#define REP uint32_t
#define SIG 23
#define EXPONENT 8
#define F(name) single_ ## name
#define MULTIPLY multiply_single
#include "soft-float.h"
#undef VALUE
#undef REP
#undef SIG
#undef EXPONENT
#undef F
#undef MULTIPLY

#define VALUE double
#define REP uint64_t
#define SIG 52
#define EXPONENT 11
#define F(name) double_ ## name
#define MULTIPLY multiply_double
#include "soft-float.h"

#define FORMAT(type, mode, f) \
    type NAME(add ## mode ## 3)(type a, type b) { return f ## add(a, b); } \
    type NAME(sub ## mode ## 3)(type a, type b) { return f ## sub(a, b); } \
    type NAME(mul ## mode ## 3)(type a, type b) { return f ## mul(a, b); } \
    type NAME(div ## mode ## 3)(type a, type b) { return f ## div(a, b); } \
    type NAME(neg ## mode ## 2)(type a) { return f ## neg(a); } \
    int NAME(unord ## mode ## 2)(type a, type b) { return f ## unord(a, b); } \
    int NAME(eq ## mode ## 2)(type a, type b) { return f ## eq(a, b); } \
    int NAME(ne ## mode ## 2)(type a, type b) { return f ## ne(a, b); } \
    int NAME(lt ## mode ## 2)(type a, type b) { return f ## lt(a, b); } \
    int NAME(le ## mode ## 2)(type a, type b) { return f ## le(a, b); } \
    int NAME(gt ## mode ## 2)(type a, type b) { return f ## gt(a, b); } \
    int NAME(ge ## mode ## 2)(type a, type b) { return f ## ge(a, b); } \
    int32_t NAME(fix ## mode ## si)(type a) { return f ## to_i64(a, INT32_MAX); } \
    uint32_t NAME(fixuns ## mode ## si)(type a) { return f ## to_u64(a, UINT32_MAX); } \
    int64_t NAME(fix ## mode ## di)(type a) { return f ## to_i64(a, INT64_MAX); } \
    uint64_t NAME(fixuns ## mode ## di)(type a) { return f ## to_u64(a, UINT64_MAX); } \
    type NAME(floatsi ## mode)(int32_t n) { return f ## from_i64(n); } \
    type NAME(floatunsi ## mode)(uint32_t n) { return f ## from_u64(n, 0); } \
    type NAME(floatdi ## mode)(int64_t n) { return f ## from_i64(n); } \
    type NAME(floatundi ## mode)(uint64_t n) { return f ## from_u64(n, 0); }

FORMAT(float, sf, single_)
FORMAT(double, df, double_)

double NAME(extendsfdf2)(float value) {
    uint32_t bits = single_bits(value);
    uint64_t sign = (uint64_t)(bits & 0x80000000u) << 32;
    bits &= 0x7fffffff;
    if (bits == 0) {
        return double_value(sign);
    }
    if (bits >= 0x7f800000) {
        uint64_t quiet = bits > 0x7f800000 ? 0x8000000000000 : 0;
        return double_value(sign | 0x7ff0000000000000 | (uint64_t)(bits & 0x7fffff) << 29 | quiet);
    }
    int exponent;
    uint64_t sig = single_unpack(bits, &exponent);
    return double_normal(sign, exponent + 1023 - 127, sig << 32);
}

float NAME(truncdfsf2)(double value) {
    uint64_t bits = double_bits(value);
    uint32_t sign = bits >> 32 & 0x80000000u;
    bits &= 0x7fffffffffffffff;
    if (bits == 0) {
        return single_value(sign);
    }
    if (bits >= 0x7ff0000000000000) {
        uint32_t quiet = bits > 0x7ff0000000000000 ? 0x400000 : 0;
        return single_value(sign | 0x7f800000 | (uint32_t)(bits >> 29 & 0x7fffff) | quiet);
    }
    int exponent;
    uint64_t sig = double_unpack(bits, &exponent);
    return single_normal(sign, exponent - 1023 + 127, (uint32_t)(sig >> 26) | ((sig & 0x3ffffff) != 0));
}
