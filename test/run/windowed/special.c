// What is special where functions turn the register window, in functions that give the same numbers on any CPU.

#include <stdarg.h>

#include "py/dynruntime.h"

#define APART __attribute__((noinline, noclone))

typedef struct {
    int words[9];
} large_t;

typedef struct {
    int quotient, rest;
} pair_t;

// Eight arguments, two of them on the stack; deeper than there are registers, so that windows are spilled and filled again.
APART static int deep(int n, int a, int b, int c, int d, int e, int f, int g) {
    if (n == 0) {
        return a + 3 * b + 5 * c + 7 * d + 11 * e + 13 * f + 17 * g;
    }
    int below = deep(n - 1, b, c, d, e, f, g, a + n);
    return below ^ (a * n + g);
}

APART static large_t turn(large_t from, int by) {
    large_t to;
    for (int i = 0; i < 9; ++i) {
        to.words[(i + by) % 9] = from.words[i] * (i + 1);
    }
    return to;
}

APART static pair_t divide(int a, int b) {
    return (pair_t) { a / b, a % b };
}

// Arguments in registers and on the stack, as one row.
APART static int sum(int n, ...) {
    va_list rest;
    va_start(rest, n);
    int all = 0;
    for (int i = 0; i < n; ++i) {
        all = all * 3 + va_arg(rest, int);
    }
    va_end(rest);
    return all;
}

// The stack pointer moves (movsp) while windows of callers may be in registers only.
APART static int room(int n) {
    int *words = __builtin_alloca(n * sizeof(int));
    for (int i = 0; i < n; ++i) {
        words[i] = i * i - n;
    }
    int all = n == 0 ? 0 : room(n - 1);
    for (int i = 0; i < n; ++i) {
        all = all * 5 + words[i];
    }
    return all;
}

// It moves where the windows of callers are in memory.
APART static int late_room(int n) {
    int below = deep(n, 1, 2, 3, 4, 5, 6, 7);
    int *words = __builtin_alloca((n + 1) * sizeof(int));
    for (int i = 0; i <= n; ++i) {
        words[i] = below + i;
    }
    return deep(n, words[0], words[n / 2], words[n], 4, 5, 6, 7) ^ words[n];
}

APART static int add(int a, int b) {
    return a + b;
}

APART static int mix(int a, int b) {
    return deep(9, a, b, a, b, a, b, a);
}

static int (*const chosen[])(int, int) = { add, mix, add };
static int (*changed)(int, int);

APART static int by_pointer(int n) {
    changed = chosen[n % 3];
    return chosen[n % 2](n, 3) ^ changed(n, n + 1);
}

// A table of places in code, which is read as words; and constants of one and two bytes, which must not lie in code.
APART static int pick(int n) {
    static const uint8_t bytes[] = { 3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5 };
    static const int16_t halves[] = { -300, 1000, -7, 32767, -32768 };
    int more = bytes[n % 11] * halves[n % 5];
    switch (n) {
        case 0: return more + add(n, 100);
        case 1: return more ^ 0x12345678;
        case 2: return more - n * n;
        case 3: return mix(more, n);
        case 4: return more << 3;
        case 5: return add(more, more);
        case 6: return more / 7;
        case 7: return ~more;
        default: return more;
    }
}

// Loops with a known count, in a loop: the inner ones become loops without branches where a core has them.
APART static uint32_t loops(const uint8_t *data, int n) {
    uint32_t all = 2166136261u;
    for (int j = 0; j < 20; ++j) {
        for (int i = 0; i < n; ++i) {
            all = (all ^ data[i]) * 16777619u;
        }
        uint32_t low = 0;
        for (int i = 0; i < 33; ++i) {
            low += all >> (i & 31);
        }
        all += low;
    }
    return all;
}

// A loop of each kind: of no, one and several turns, and one that leaves early.
APART static int hardware_loops(int n) {
    int a = 1, b = n, c = 0;
    #if __XTENSA__
    __asm__ volatile ("loopnez %1, 1f\n add %0, %0, %0\n addi %0, %0, 3\n1:" : "+r" (a) : "r" (n));
    __asm__ volatile ("loopgtz %1, 1f\n addi %0, %0, 5\n xor %0, %0, %1\n1:" : "+r" (b) : "r" (n));
    if (n > 0) {
        __asm__ volatile ("loop %1, 1f\n addi %0, %0, 1\n bgei %0, 6, 1f\n nop\n1:" : "+r" (c) : "r" (n));
    }
    #else
    for (int i = 0; i < n; ++i) {
        a = 2 * a + 3;
    }
    for (int i = 0; i < n; ++i) {
        b = (b + 5) ^ n;
    }
    c = n < 6 ? n : 6;
    #endif
    return a * 10000 + b * 100 + c;
}

// 64 bits: divisions and shifts are routines of the compiler's library, or ours.
APART static uint32_t wide(int n) {
    uint64_t a = 0x123456789abcdef1ull * (n + 1), b = (uint64_t)(n + 3) << (n % 40);
    int64_t c = -(int64_t)(a >> (n % 63 + 1)), d = (int64_t)b | 1;
    uint64_t all = (a / (b | 1)) ^ (a % (b | 1)) ^ (uint64_t)(c / d) ^ (uint64_t)(c % d) ^ (a << (n % 64)) ^ (uint64_t)(c >> (n % 64));
    all ^= (uint64_t)(int64_t)((double)c / 3.0) + (uint64_t)((float)n * 1.25f);
    return (uint32_t)(all ^ all >> 32);
}

unsigned far_number(unsigned n);

// The high words of products; elsewhere the compiler knows how.
#if __XTENSA__
int high_signed(int a, int b);
unsigned high_unsigned(unsigned a, unsigned b);
#else
static int high_signed(int a, int b) {
    return (int)((int64_t)a * b >> 32);
}
static unsigned high_unsigned(unsigned a, unsigned b) {
    return (unsigned)((uint64_t)a * b >> 32);
}
#endif

APART static int raising(int n) {
    if (n == 0) {
        mp_raise_ValueError(MP_ERROR_TEXT("deep"));
    }
    return n < 0 ? n : raising(n - 1) + n;
}

static mp_obj_t ask(mp_obj_t what, mp_obj_t number) {
    int n = mp_obj_get_int(number);
    int value = 0;
    switch (mp_obj_get_int(what)) {
        case 0:
            value = deep(n, 1, 2, 3, 4, 5, 6, 7);
            break;
        case 1: {
            large_t large = {{ 1, 2, 3, 4, 5, 6, 7, 8, n }};
            for (int i = 0; i < n; ++i) {
                large = turn(large, i);
            }
            pair_t pair = divide(large.words[4], n + 2);
            value = large.words[0] ^ large.words[8] ^ pair.quotient ^ pair.rest;
            break;
        }
        case 2:
            value = sum(n % 3 + 8, n, 2, 3, 4, 5, 6, 7, 8, 9, 10);
            break;
        case 3:
            value = room(n) ^ late_room(n);
            break;
        case 4:
            value = by_pointer(n);
            break;
        case 5:
            value = pick(n);
            break;
        case 6:
            value = loops((const uint8_t *)"some text to go through", n);
            break;
        case 7:
            value = hardware_loops(n);
            break;
        case 8:
            value = wide(n);
            break;
        case 9:
            value = high_signed(n * 123456789, -987654321 + n) ^ high_unsigned(n * 2654435761u, 0xfedcba98u - n);
            break;
        case 10:
            value = far_number(n);
            break;
        default:
            value = raising(n);
    }
    return mp_obj_new_int(value >> 2);
}
static MP_DEFINE_CONST_FUN_OBJ_2(ask_obj, ask);

mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY
    mp_store_global(MP_QSTR_ask, MP_OBJ_FROM_PTR(&ask_obj));
    MP_DYNRUNTIME_INIT_EXIT
}
