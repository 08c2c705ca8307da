// Arithmetic of IEEE 754 in binary32 and binary64, which this core and the compiler's library leave to the ROM. Results are rounded to
// nearest, ties to even. A number is mantissa * 2^(exponent - 63), with the mantissa's highest bit set; its lowest bits are beyond
// both precisions, and the last of them is set when something below was cut off.

#include "harness.h"

typedef struct { enum { ZERO, FINITE, INFINITE, NOTHING } kind; bool negative; int exponent; uint64_t mantissa; } number_t;
typedef struct { int bits; int exponent_bits; } format_t;

static const format_t single = { 32, 8 };
static const format_t wide = { 64, 11 };

static int fraction_bits(format_t format) {
    return format.bits - 1 - format.exponent_bits;
}

static int bias(format_t format) {
    return (1 << (format.exponent_bits - 1)) - 1;
}

// Shifts to the right; what falls out is told by the last bit.
static uint64_t shift_right(uint64_t value, int by) {
    if (by <= 0) {
        return value;
    }
    return by > 63 ? value != 0 : value >> by | ((value << (64 - by)) != 0);
}

static number_t normalise(bool negative, int exponent, uint64_t mantissa) {
    if (mantissa == 0) {
        return (number_t) { ZERO, negative, 0, 0 };
    }
    while ((int64_t)mantissa >= 0) {
        mantissa <<= 1;
        exponent -= 1;
    }
    return (number_t) { FINITE, negative, exponent, mantissa };
}

static number_t unpack(format_t format, uint64_t bits) {
    int n = fraction_bits(format);
    int exponent = bits >> n & ((1 << format.exponent_bits) - 1);
    uint64_t fraction = bits & (((uint64_t)1 << n) - 1);
    bool negative = bits >> (format.bits - 1) & 1;
    if (exponent == (1 << format.exponent_bits) - 1) {
        return (number_t) { fraction == 0 ? INFINITE : NOTHING, negative, 0, 0 };
    }
    if (exponent == 0) {
        return normalise(negative, 1 - bias(format) + 63 - n, fraction);
    }
    return normalise(negative, exponent - bias(format) + 63 - n, fraction | (uint64_t)1 << n);
}

static uint64_t pack(format_t format, number_t x) {
    int n = fraction_bits(format);
    uint64_t sign = (uint64_t)x.negative << (format.bits - 1);
    uint64_t infinite = (((uint64_t)1 << format.exponent_bits) - 1) << n;
    if (x.kind == NOTHING) {
        return infinite | (uint64_t)1 << (n - 1);
    }
    if (x.kind == ZERO || x.kind == INFINITE) {
        return sign | (x.kind == INFINITE ? infinite : 0);
    }
    int exponent = x.exponent + bias(format);
    if (exponent >= (1 << format.exponent_bits) - 1) {
        return sign | infinite;
    }
    // Numbers below the least exponent lose bits.
    uint64_t mantissa = shift_right(x.mantissa, exponent < 1 ? 1 - exponent : 0);
    int cut = 63 - n;
    uint64_t rest = mantissa & (((uint64_t)1 << cut) - 1);
    uint64_t half = (uint64_t)1 << (cut - 1);
    uint64_t kept = mantissa >> cut;
    kept += rest > half || (rest == half && (kept & 1));
    // The fraction's highest bit, which is not written, adds one to the exponent.
    return sign | (((uint64_t)(exponent < 1 ? 0 : exponent - 1) << n) + kept);
}

static number_t nothing(void) {
    return (number_t) { NOTHING, false, 0, 0 };
}

static number_t add(number_t a, number_t b) {
    if (a.kind == NOTHING || b.kind == NOTHING || (a.kind == INFINITE && b.kind == INFINITE && a.negative != b.negative)) {
        return nothing();
    }
    if (a.kind == INFINITE || (b.kind == ZERO && a.kind != ZERO)) {
        return a;
    }
    if (b.kind == INFINITE || (a.kind == ZERO && b.kind != ZERO)) {
        return b;
    }
    if (a.kind == ZERO) {
        return (number_t) { ZERO, a.negative && b.negative, 0, 0 };
    }
    if (a.exponent < b.exponent || (a.exponent == b.exponent && a.mantissa < b.mantissa)) {
        number_t other = a;
        a = b;
        b = other;
    }
    // One bit of room for the carry.
    uint64_t large = a.mantissa >> 1;
    uint64_t small = shift_right(b.mantissa, 1 + a.exponent - b.exponent);
    bool same = a.negative == b.negative;
    number_t sum = normalise(a.negative, a.exponent + 1, same ? large + small : large - small);
    sum.negative = sum.kind != ZERO && sum.negative;
    return sum;
}

static uint64_t multiply_words(uint32_t a, uint32_t b) {
    uint32_t low = (a & 0xffff) * (b & 0xffff);
    uint32_t middle = (a >> 16) * (b & 0xffff) + (low >> 16);
    uint32_t other = (a & 0xffff) * (b >> 16) + (middle & 0xffff);
    return (uint64_t)((a >> 16) * (b >> 16) + (middle >> 16) + (other >> 16)) << 32 | other << 16 | (low & 0xffff);
}

static number_t multiply(number_t a, number_t b) {
    bool negative = a.negative != b.negative;
    if (a.kind == NOTHING || b.kind == NOTHING || a.kind + b.kind == ZERO + INFINITE) {
        if (a.kind != FINITE || b.kind != FINITE) {
            return nothing();
        }
    }
    if (a.kind != FINITE || b.kind != FINITE) {
        return (number_t) { a.kind == INFINITE || b.kind == INFINITE ? INFINITE : ZERO, negative, 0, 0 };
    }
    uint32_t al = a.mantissa, ah = a.mantissa >> 32, bl = b.mantissa, bh = b.mantissa >> 32;
    uint64_t low = multiply_words(al, bl);
    uint64_t one = multiply_words(ah, bl) + (low >> 32);
    uint64_t two = multiply_words(al, bh) + (uint32_t)one;
    uint64_t high = multiply_words(ah, bh) + (one >> 32) + (two >> 32);
    return normalise(negative, a.exponent + b.exponent + 1, high | ((two << 32 | (uint32_t)low) != 0));
}

static number_t divide(number_t a, number_t b) {
    bool negative = a.negative != b.negative;
    if (a.kind == NOTHING || b.kind == NOTHING || (a.kind == b.kind && a.kind != FINITE)) {
        return nothing();
    }
    if (a.kind != FINITE || b.kind != FINITE) {
        return (number_t) { a.kind == INFINITE || b.kind == ZERO ? INFINITE : ZERO, negative, 0, 0 };
    }
    // Bit by bit, the remainder always less than the divisor.
    uint64_t rest = a.mantissa;
    uint64_t quotient = 0;
    bool carry = false;
    for (int i = 0; i < 63; ++i) {
        bool fits = carry || rest >= b.mantissa;
        rest -= fits ? b.mantissa : 0;
        quotient = quotient << 1 | fits;
        carry = (int64_t)rest < 0;
        rest <<= 1;
    }
    return normalise(negative, a.exponent - b.exponent, quotient << 1 | (rest != 0 || carry));
}

// The integer towards zero, as 64 bits.
static uint64_t integer(number_t x) {
    uint64_t size = x.kind != FINITE || x.exponent < 0 ? 0 : x.exponent > 63 ? ~(uint64_t)0 : x.mantissa >> (63 - x.exponent);
    return x.negative ? -size : size;
}

static uint64_t negate_wide(uint64_t bits) {
    return bits ^ (uint64_t)1 << 63;
}

#define BINARY(name, type, format, operation, of_b) \
    type name(type a, type b) { \
        return pack(format, operation(unpack(format, a), unpack(format, of_b))); \
    }

BINARY(rom_add_single, uint32_t, single, add, b)
BINARY(rom_subtract_single, uint32_t, single, add, b ^ 0x80000000)
BINARY(rom_multiply_single, uint32_t, single, multiply, b)
BINARY(rom_divide_single, uint32_t, single, divide, b)
BINARY(rom_add_double, uint64_t, wide, add, b)
BINARY(rom_subtract_double, uint64_t, wide, add, negate_wide(b))
BINARY(rom_multiply_double, uint64_t, wide, multiply, b)
BINARY(rom_divide_double, uint64_t, wide, divide, b)

uint32_t rom_truncate(uint64_t a) {
    return pack(single, unpack(wide, a));
}

uint64_t rom_extend(uint32_t a) {
    return pack(wide, unpack(single, a));
}

uint32_t rom_single_to_unsigned(uint32_t a) {
    return integer(unpack(single, a));
}

uint32_t rom_double_to_integer(uint64_t a) {
    return integer(unpack(wide, a));
}

static number_t from_integer(bool negative, uint32_t size) {
    return normalise(negative, 63, size);
}

uint32_t rom_unsigned_to_single(uint32_t value) {
    return pack(single, from_integer(false, value));
}

uint32_t rom_signed_to_single(int32_t value) {
    return pack(single, from_integer(value < 0, value < 0 ? -(uint32_t)value : (uint32_t)value));
}

uint64_t rom_unsigned_to_double(uint32_t value) {
    return pack(wide, from_integer(false, value));
}

uint64_t rom_signed_to_double(int32_t value) {
    return pack(wide, from_integer(value < 0, value < 0 ? -(uint32_t)value : (uint32_t)value));
}

uint64_t rom_multiply_unsigned(uint32_t a, uint32_t b) {
    return multiply_words(a, b);
}

uint64_t rom_multiply_wide(uint64_t a, uint64_t b) {
    uint32_t high = (uint32_t)(a >> 32) * (uint32_t)b + (uint32_t)a * (uint32_t)(b >> 32);
    return multiply_words(a, b) + ((uint64_t)high << 32);
}
