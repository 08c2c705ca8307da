// The values that compilers hand to the routines, and what they write down of their types.

#ifndef NATMOD_SANITIZE_VALUES_H
#define NATMOD_SANITIZE_VALUES_H

#include "text.h"

enum { KIND_INTEGER, KIND_FLOAT };

// Of an integer, bit 0 of `info` says that it is signed, and the bits above are the logarithm of its width; of a float, `info` is the
// width. The name is in quotes.
typedef struct {
    uint16_t kind;
    uint16_t info;
    char name[];
} type_t;

// What fits into a word is in it; of what does not, it is the address.
typedef uintptr_t value_t;

#define WORD_BITS (8 * sizeof(value_t))
#define MOST_WORDS (4)

typedef struct {
    bool is_negative;
    uint32_t words[MOST_WORDS]; // the magnitude, the lowest first
} integer_t;

static unsigned width_of(const type_t *type) {
    return type->kind == KIND_INTEGER ? 1u << (type->info >> 1) : type->kind == KIND_FLOAT ? type->info : WORD_BITS;
}

static bool is_signed(const type_t *type) {
    return type->kind == KIND_INTEGER && (type->info & 1) != 0;
}

// A type that is neither, such as a bool or an enumeration, has its value in the word.
static integer_t integer_of(const type_t *type, value_t value) {
    integer_t integer = {false, {0}};
    unsigned width = width_of(type);
    if (width > 32 * MOST_WORDS) {
        width = 32 * MOST_WORDS;
    }
    const uint8_t *bytes = width <= WORD_BITS ? (const uint8_t *)&value : (const uint8_t *)value;
    unsigned count = (width + 31) / 32;
    for (unsigned bit = 0; bit < width; bit += 8) {
        integer.words[bit / 32] |= (uint32_t)bytes[bit / 8] << bit % 32;
    }
    if (width < 8) {
        integer.words[0] &= (1u << width) - 1;
    }
    unsigned top = (width - 1) % 32;
    integer.is_negative = is_signed(type) && (integer.words[count - 1] >> top & 1) != 0;
    if (integer.is_negative) {
        unsigned carry = 1;
        for (unsigned i = 0; i < count; i++) {
            integer.words[i] = ~integer.words[i] + carry;
            carry = carry != 0 && integer.words[i] == 0;
        }
        if (width < 32) {
            integer.words[0] &= (1u << width) - 1;
        }
    }
    return integer;
}

static void say_integer(text_t *text, const type_t *type, value_t value) {
    integer_t integer = integer_of(type, value);
    if (integer.is_negative) {
        say_character(text, '-');
    }
    say_decimal(text, integer.words, MOST_WORDS);
}

// Whether it is smaller than a number below 2 to the 32nd.
static bool is_below(const integer_t *integer, uint32_t limit) {
    return integer->is_negative ||
        (integer->words[0] < limit && (integer->words[1] | integer->words[2] | integer->words[3]) == 0);
}

static void print_part(void *text, const char *part, size_t length) {
    while (length-- > 0) {
        say_character(text, *part++);
    }
}

// By the firmware, because that has it already. One without floats leaves `g` of the format.
static void say_float(text_t *text, const type_t *type, value_t value) {
    union { value_t word; float narrow; double wide; } bits;
    const void *place = width_of(type) <= WORD_BITS ? &value : (const void *)value;
    size_t start = text->length;
    double number;
    bits.word = value;
    if (width_of(type) == 8 * sizeof(float)) {
        number = bits.narrow;
    } else if (width_of(type) == 8 * sizeof(double)) {
        number = *(const double *)place;
#if defined(__i386__) || defined(__x86_64__)
    } else if (width_of(type) == 8 * sizeof(long double)) {
        number = *(const long double *)place;
#endif
    } else {
        say(text, "the value");
        return;
    }
    mp_print_t print = {text, print_part};
    mp_printf(&print, "%g", number);
    if (text->length == start + 1 && text->bytes[start] == 'g') {
        text->length = start;
        say(text, "the value");
    }
}

#endif
