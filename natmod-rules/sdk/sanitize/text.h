// The text of an exception, put together without anything of a C library. Numbers are written without a division, which small CPUs
// take from a library, and may have up to 128 bits.

#ifndef NATMOD_SANITIZE_TEXT_H
#define NATMOD_SANITIZE_TEXT_H

#include "py/dynruntime.h"

// It is on the stack while it grows; what is longer is cut off.
#define TEXT_BYTES (200)
// Of the name of a source as much as says which one it is.
#define NAME_BYTES (64)
#define DECIMAL_DIGITS (39)

typedef struct {
    size_t length;
    char bytes[TEXT_BYTES];
} text_t;

// What compilers write down of a place in a source, in this order; line and column are 0 where they know none.
typedef struct {
    const char *file;
    uint32_t line;
    uint32_t column;
} place_t;

static void say_character(text_t *text, char character) {
    if (text->length < TEXT_BYTES) {
        text->bytes[text->length++] = character;
    }
}

static void say(text_t *text, const char *words) {
    while (*words != '\0') {
        say_character(text, *words++);
    }
}

// A number of 32-bit words, the lowest first. Each bit from the top doubles the digits that there are and is added to them.
static void say_decimal(text_t *text, const uint32_t *words, size_t count) {
    uint8_t digits[DECIMAL_DIGITS] = {0};
    size_t used = 1;
    for (size_t bit = 32 * count; bit-- > 0;) {
        unsigned carry = words[bit / 32] >> bit % 32 & 1;
        for (size_t i = 0; i < used || (carry != 0 && i < DECIMAL_DIGITS); i++) {
            unsigned digit = 2 * digits[i] + carry;
            carry = digit > 9;
            digits[i] = digit - (carry != 0 ? 10 : 0);
            used = i < used ? used : i + 1;
        }
    }
    while (used-- > 0) {
        say_character(text, '0' + digits[used]);
    }
}

static void say_number(text_t *text, uint32_t number) {
    say_decimal(text, &number, 1);
}

static void say_address(text_t *text, uintptr_t address) {
    int shift = 8 * sizeof address - 4;
    say(text, "0x");
    while (shift > 0 && address >> shift == 0) {
        shift -= 4;
    }
    for (; shift >= 0; shift -= 4) {
        say_character(text, "0123456789abcdef"[address >> shift & 15]);
    }
}

// Begins a text with `features1.c:42:17: `.
static void say_place(text_t *text, const place_t *place) {
    text->length = 0;
    if (place->file == NULL) {
        return;
    }
    const char *end_of_name = place->file;
    size_t length = 0;
    for (const char *c = place->file; *c != '\0'; c++) {
        if (++length > NAME_BYTES) {
            end_of_name++;
        }
    }
    say(text, length > NAME_BYTES ? "..." : "");
    say(text, end_of_name);
    if (place->line != 0) {
        say_character(text, ':');
        say_number(text, place->line);
        if (place->column != 0) {
            say_character(text, ':');
            say_number(text, place->column);
        }
    }
    say(text, ": ");
}

#endif
