// Arithmetic that gives up at an overflow (-ftrapv), by the names of libgcc (GCC Internals, 4.1.3). libgcc's own for bare metal stop
// the CPU. Compiled once for each function that is needed: NEEDS_addvsi3 asks for __addvsi3.

// The linker has it: raises a Python exception.
__attribute__((noreturn)) void __natmod_overflow(void);

typedef int word_si __attribute__((mode(SI)));
typedef int word_di __attribute__((mode(DI)));
typedef unsigned unsigned_si __attribute__((mode(SI)));
typedef unsigned unsigned_di __attribute__((mode(DI)));
#if __SIZEOF_POINTER__ == 8
typedef int word_ti __attribute__((mode(TI)));
typedef unsigned unsigned_ti __attribute__((mode(TI)));
#endif

#define CHECKED(mode, name, builtin) \
    word_##mode name(word_##mode a, word_##mode b) { \
        word_##mode result; \
        if (builtin(a, b, &result)) { \
            __natmod_overflow(); \
        } \
        return result; \
    }

#define ADD(mode) CHECKED(mode, __addv##mode##3, __builtin_add_overflow)
#define SUB(mode) CHECKED(mode, __subv##mode##3, __builtin_sub_overflow)

#define NEG(mode) \
    word_##mode __negv##mode##2(word_##mode a) { \
        word_##mode result; \
        if (__builtin_sub_overflow((word_##mode)0, a, &result)) { \
            __natmod_overflow(); \
        } \
        return result; \
    }

#define ABS(mode) \
    word_##mode __absv##mode##2(word_##mode a) { \
        word_##mode result = a; \
        if (a < 0 && __builtin_sub_overflow((word_##mode)0, a, &result)) { \
            __natmod_overflow(); \
        } \
        return result; \
    }

// By the size of the factors and the sign of the product, with a word of twice the size for every product of halves. Compilers make a
// call of a function that libgcc lacks (__mulodi4) of __builtin_mul_overflow.
#define MUL(mode, half) \
    word_##mode __mulv##mode##3(word_##mode a, word_##mode b) { \
        const int bits = 8 * sizeof(unsigned_##half); \
        unsigned_##mode x = a < 0 ? -(unsigned_##mode)a : (unsigned_##mode)a; \
        unsigned_##mode y = b < 0 ? -(unsigned_##mode)b : (unsigned_##mode)b; \
        unsigned_##half x_high = x >> bits, y_high = y >> bits; \
        unsigned_##mode cross = (unsigned_##mode)x_high * (unsigned_##half)y + (unsigned_##mode)y_high * (unsigned_##half)x; \
        unsigned_##mode low = (unsigned_##mode)(unsigned_##half)x * (unsigned_##half)y; \
        unsigned_##mode product = low + (cross << bits); \
        int negative = (a < 0) != (b < 0); \
        unsigned_##mode most = ((unsigned_##mode)1 << (2 * bits - 1)) - !negative; \
        if ((x_high != 0 && y_high != 0) || cross >> bits != 0 || product < low || product > most) { \
            __natmod_overflow(); \
        } \
        return negative ? -product : product; \
    }

#if defined(NEEDS_addvsi3)
ADD(si)
#elif defined(NEEDS_subvsi3)
SUB(si)
#elif defined(NEEDS_mulvsi3)
word_si __mulvsi3(word_si a, word_si b) {
    word_di product = (word_di)a * b;
    if ((word_si)product != product) {
        __natmod_overflow();
    }
    return product;
}
#elif defined(NEEDS_negvsi2)
NEG(si)
#elif defined(NEEDS_absvsi2)
ABS(si)
#elif defined(NEEDS_addvdi3)
ADD(di)
#elif defined(NEEDS_subvdi3)
SUB(di)
#elif defined(NEEDS_mulvdi3)
MUL(di, si)
#elif defined(NEEDS_negvdi2)
NEG(di)
#elif defined(NEEDS_absvdi2)
ABS(di)
#elif defined(NEEDS_addvti3)
ADD(ti)
#elif defined(NEEDS_subvti3)
SUB(ti)
#elif defined(NEEDS_mulvti3)
MUL(ti, di)
#elif defined(NEEDS_negvti2)
NEG(ti)
#elif defined(NEEDS_absvti2)
ABS(ti)
#endif
