// Arithmetic with 64 bits, and counting of bits, for cores whose functions turn the register window: the library of Debian's compiler
// is for functions that keep it. The names are those of libgcc (GCC Internals, 4.1). Halves are handled apart, because a shift of 64
// bits in C would be a call of these very functions.

#include <stdint.h>

#ifndef NAME
#define NAME(name) __ ## name
#endif

typedef union {
    uint64_t whole;
    struct { uint32_t low, high; };
} halves_t;

uint64_t NAME(ashldi3)(uint64_t value, int n) {
    halves_t v = { value };
    if (n >= 32) {
        v.high = v.low << (n - 32);
        v.low = 0;
    } else if (n > 0) {
        v.high = v.high << n | v.low >> (32 - n);
        v.low <<= n;
    }
    return v.whole;
}

uint64_t NAME(lshrdi3)(uint64_t value, int n) {
    halves_t v = { value };
    if (n >= 32) {
        v.low = v.high >> (n - 32);
        v.high = 0;
    } else if (n > 0) {
        v.low = v.low >> n | v.high << (32 - n);
        v.high >>= n;
    }
    return v.whole;
}

int64_t NAME(ashrdi3)(int64_t value, int n) {
    halves_t v = { value };
    if (n >= 32) {
        v.low = (int32_t)v.high >> (n - 32);
        v.high = (int32_t)v.high >> 31;
    } else if (n > 0) {
        v.low = v.low >> n | v.high << (32 - n);
        v.high = (int32_t)v.high >> n;
    }
    return v.whole;
}

uint64_t NAME(umulsidi3)(uint32_t a, uint32_t b) {
    uint32_t low = (a & 0xffff) * (b & 0xffff);
    uint32_t first = (a >> 16) * (b & 0xffff) + (low >> 16);
    uint32_t second = (a & 0xffff) * (b >> 16) + (first & 0xffff);
    halves_t v = { .low = second << 16 | (low & 0xffff), .high = (a >> 16) * (b >> 16) + (first >> 16) + (second >> 16) };
    return v.whole;
}

int64_t NAME(mulsidi3)(int32_t a, int32_t b) {
    halves_t v = { NAME(umulsidi3)(a, b) };
    v.high -= (a < 0 ? b : 0) + (b < 0 ? a : 0);
    return v.whole;
}

uint64_t NAME(muldi3)(uint64_t a, uint64_t b) {
    halves_t x = { a };
    halves_t y = { b };
    halves_t v = { NAME(umulsidi3)(x.low, y.low) };
    v.high += x.low * y.high + x.high * y.low;
    return v.whole;
}

uint64_t NAME(udivmoddi4)(uint64_t value, uint64_t divisor, uint64_t *rest) {
    halves_t v = { value };
    halves_t q = { 0 };
    halves_t r = { 0 };
    for (int bit = 63; bit >= 0; --bit) {
        uint32_t carry = r.high >> 31;
        uint32_t next = (bit >= 32 ? v.high >> (bit - 32) : v.low >> bit) & 1;
        r.high = r.high << 1 | r.low >> 31;
        r.low = r.low << 1 | next;
        q.high = q.high << 1 | q.low >> 31;
        q.low <<= 1;
        if (carry != 0 || r.whole >= divisor) {
            r.whole -= divisor;
            q.low |= 1;
        }
    }
    if (rest != 0) {
        *rest = r.whole;
    }
    return q.whole;
}

uint64_t NAME(udivdi3)(uint64_t value, uint64_t divisor) {
    return NAME(udivmoddi4)(value, divisor, 0);
}

uint64_t NAME(umoddi3)(uint64_t value, uint64_t divisor) {
    uint64_t rest;
    NAME(udivmoddi4)(value, divisor, &rest);
    return rest;
}

static uint64_t size_of(int64_t value) {
    return value < 0 ? -(uint64_t)value : (uint64_t)value;
}

int64_t NAME(divdi3)(int64_t value, int64_t divisor) {
    uint64_t size = NAME(udivmoddi4)(size_of(value), size_of(divisor), 0);
    return (value < 0) == (divisor < 0) ? size : -size;
}

int64_t NAME(moddi3)(int64_t value, int64_t divisor) {
    uint64_t rest;
    NAME(udivmoddi4)(size_of(value), size_of(divisor), &rest);
    return value < 0 ? -rest : rest;
}

int NAME(popcountsi2)(uint32_t value) {
    int n = 0;
    for (; value != 0; value &= value - 1) {
        ++n;
    }
    return n;
}

int NAME(popcountdi2)(uint64_t value) {
    halves_t v = { value };
    return NAME(popcountsi2)(v.low) + NAME(popcountsi2)(v.high);
}

int NAME(paritysi2)(uint32_t value) {
    return NAME(popcountsi2)(value) & 1;
}

int NAME(paritydi2)(uint64_t value) {
    return NAME(popcountdi2)(value) & 1;
}

int NAME(clzsi2)(uint32_t value) {
    int n = 0;
    for (; n < 32 && (value & 0x80000000u) == 0; value <<= 1) {
        ++n;
    }
    return n;
}

int NAME(clzdi2)(uint64_t value) {
    halves_t v = { value };
    return v.high != 0 ? NAME(clzsi2)(v.high) : 32 + NAME(clzsi2)(v.low);
}

int NAME(ctzsi2)(uint32_t value) {
    int n = 0;
    for (; n < 32 && (value & 1) == 0; value >>= 1) {
        ++n;
    }
    return n;
}

int NAME(ctzdi2)(uint64_t value) {
    halves_t v = { value };
    return v.low != 0 ? NAME(ctzsi2)(v.low) : 32 + NAME(ctzsi2)(v.high);
}

int NAME(ffssi2)(uint32_t value) {
    return value == 0 ? 0 : NAME(ctzsi2)(value) + 1;
}

int NAME(ffsdi2)(uint64_t value) {
    return value == 0 ? 0 : NAME(ctzdi2)(value) + 1;
}

uint32_t NAME(bswapsi2)(uint32_t value) {
    return value >> 24 | (value >> 8 & 0xff00) | (value << 8 & 0xff0000) | value << 24;
}

uint64_t NAME(bswapdi2)(uint64_t value) {
    halves_t v = { value };
    halves_t swapped = { .low = NAME(bswapsi2)(v.high), .high = NAME(bswapsi2)(v.low) };
    return swapped.whole;
}
