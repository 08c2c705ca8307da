// Calls to QEMU, and memory.

#include "harness.h"

#define HOST_EXIT (1)
#define HOST_WRITE (4)

static int host_call(int what, int a, const void *b, size_t c) {
    register int a2 __asm__("a2") = what;
    register int a3 __asm__("a3") = a;
    register const void *a4 __asm__("a4") = b;
    register size_t a5 __asm__("a5") = c;
    // simcall, which has an operand in the assembler of some cores.
    __asm__ volatile (".byte 0x00, 0x51, 0x00" : "+r"(a2), "+r"(a3) : "r"(a4), "r"(a5) : "memory");
    return a2;
}

void put_n(const char *text, size_t len) {
    host_call(HOST_WRITE, 1, text, len);
}

void put(const char *text) {
    put_n(text, strlen(text));
}

void put_int(mp_int_t value) {
    char digits[12];
    char *at = digits + sizeof(digits);
    mp_uint_t rest = value < 0 ? -(mp_uint_t)value : (mp_uint_t)value;
    do {
        *--at = '0' + rom_modulo_unsigned(rest, 10);
        rest = rom_divide_unsigned(rest, 10);
    } while (rest != 0);
    if (value < 0) {
        *--at = '-';
    }
    put_n(at, digits + sizeof(digits) - at);
}

void stop(int status) {
    for (;;) {
        host_call(HOST_EXIT, status, NULL, 0);
    }
}

void give_up(const char *why) {
    put("harness: ");
    put(why);
    put("\n");
    stop(3);
}

// The compiler is told of the area for code, see Core.
extern char _heap_start[], _heap_end[], _text_start[], _text_end[];

static void *take(char **next, char *end, size_t n_bytes) {
    size_t size = (n_bytes + 15) & ~(size_t)15;
    if (size > (size_t)(end - *next)) {
        give_up("no memory left");
    }
    char *block = *next;
    *next += size;
    return block;
}

void *allocate(size_t n_bytes) {
    static char *next = _heap_start;
    void *block = take(&next, _heap_end, n_bytes);
    memset(block, 0, n_bytes);
    return block;
}

void *allocate_text(size_t n_bytes) {
    static char *next = _text_start;
    return take(&next, _text_end, n_bytes);
}
