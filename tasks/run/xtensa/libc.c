// What the harness uses of a C library: Debian has none for functions that turn the register window, and the one for lx106 reads single bytes
// where the chip cannot. MicroPython has its own there, too (shared/libc/string0.c).

#include <stddef.h>

void *memcpy(void *to, const void *from, size_t n) {
    char *t = to;
    const char *f = from;
    while (n-- > 0) {
        *t++ = *f++;
    }
    return to;
}

void *memmove(void *to, const void *from, size_t n) {
    char *t = to;
    const char *f = from;
    if (t <= f) {
        return memcpy(to, from, n);
    }
    while (n-- > 0) {
        t[n] = f[n];
    }
    return to;
}

void *memset(void *to, int value, size_t n) {
    char *t = to;
    while (n-- > 0) {
        *t++ = value;
    }
    return to;
}

int memcmp(const void *left, const void *right, size_t n) {
    const unsigned char *l = left;
    const unsigned char *r = right;
    for (; n > 0; ++l, ++r, --n) {
        if (*l != *r) {
            return *l - *r;
        }
    }
    return 0;
}

size_t strlen(const char *text) {
    size_t n = 0;
    while (text[n] != 0) {
        ++n;
    }
    return n;
}

int strcmp(const char *left, const char *right) {
    while (*left != 0 && *left == *right) {
        ++left;
        ++right;
    }
    return *(const unsigned char *)left - *(const unsigned char *)right;
}
