// Division, which this core and the compiler's library leave to the ROM. Results of 32 bits are those of 64, cut off.

#include "harness.h"

static uint64_t divide(uint64_t value, uint64_t divisor, uint64_t *rest) {
    uint64_t quotient = 0;
    uint64_t remainder = 0;
    for (int bit = 63; bit >= 0; --bit) {
        bool carry = (int64_t)remainder < 0;
        remainder = remainder << 1 | (value >> bit & 1);
        if (carry || remainder >= divisor) {
            remainder -= divisor;
            quotient |= (uint64_t)1 << bit;
        }
    }
    *rest = remainder;
    return quotient;
}

uint64_t rom_divide_wide_unsigned(uint64_t value, uint64_t divisor) {
    uint64_t rest;
    return divide(value, divisor, &rest);
}

uint64_t rom_modulo_wide_unsigned(uint64_t value, uint64_t divisor) {
    uint64_t rest;
    divide(value, divisor, &rest);
    return rest;
}

int64_t rom_divide_wide(int64_t value, int64_t divisor) {
    uint64_t size = rom_divide_wide_unsigned(value < 0 ? -(uint64_t)value : (uint64_t)value,
        divisor < 0 ? -(uint64_t)divisor : (uint64_t)divisor);
    return (value < 0) == (divisor < 0) ? (int64_t)size : (int64_t)-size;
}

uint32_t rom_divide_unsigned(uint32_t value, uint32_t divisor) {
    return (uint32_t)rom_divide_wide_unsigned(value, divisor);
}

uint32_t rom_modulo_unsigned(uint32_t value, uint32_t divisor) {
    return (uint32_t)rom_modulo_wide_unsigned(value, divisor);
}

int32_t rom_divide(int32_t value, int32_t divisor) {
    return (int32_t)rom_divide_wide(value, divisor);
}
