// Calls a module's entry point with a function table of stubs. Each stub prints its number and its arguments, and returns a number
// made of them, so that the same module for another CPU must print the same lines.
//
// What to do: a count byte and so many entries of the table (byte: its number; length byte and kinds of its arguments); a byte that is
// 1 when the entry point takes two blocks of memory, and 0 when it takes numbers; a count byte and so many calls, each of 4-byte numbers:
// n_args, n_kw and N_WORDS arguments. Kinds are w a number, s a string, q an interned string, t an entry of the table, b a block,
// f an object of two words: an entry of the table and a function, which is called.

#include "harness.h"

#define N_WORDS (5)
#define BLOCK_SIZE (160)
#define SELF (0x12345678)
#define N_ENTRIES (sizeof(table) / sizeof(void *))
#define N_STUBS (100)
#define NUMBER(field) (offsetof(mp_fun_table_t, field) / sizeof(void *))

typedef uintptr_t (*stub_t)(uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d);

static struct { const byte *kinds; size_t n; } entries[N_STUBS];

static uint32_t mix(uint32_t sum, uint32_t value) {
    for (int i = 0; i < 4; ++i) {
        sum = (sum ^ (value >> 8 * i & 0xff)) * 16777619u;
    }
    return sum;
}

static uint32_t mix_bytes(const void *data, size_t len) {
    uint32_t sum = 2166136261u;
    for (size_t i = 0; i < len; ++i) {
        sum = mix(sum, ((const byte *)data)[i]);
    }
    return sum;
}

static uint32_t number_of(const void *entry) {
    for (size_t i = 0; i < N_ENTRIES; ++i) {
        if (((const void **)&table)[i] == entry) {
            return i;
        }
    }
    give_up("a pointer that should lead to an entry of the function table does not");
}

static uint32_t value_of(byte kind, uintptr_t arg) {
    switch (kind) {
        case 'w':
            return arg;
        case 's':
            return mix_bytes((const void *)arg, strlen((const char *)arg));
        case 'q':
            return mix_bytes(name_text(arg), name_len(arg));
        case 't':
            return number_of((const void *)arg);
        case 'b':
            return mix_bytes((const void *)arg, BLOCK_SIZE);
        case 'f':
            return mix(number_of(((const void **)arg)[0]), ((const stub_t *)arg)[1](100, 200, 0, 0));
        default:
            give_up("an unknown kind of argument");
    }
}

static uintptr_t answer(size_t number, uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d) {
    uintptr_t args[] = { a, b, c, d };
    uint32_t sum = mix(2166136261u, number);
    uint32_t values[4];
    // All of them before the first is printed: an object's function makes calls, which have lines of their own.
    for (size_t i = 0; i < entries[number].n; ++i) {
        values[i] = value_of(entries[number].kinds[i], args[i]);
        sum = mix(sum, values[i]);
    }
    put_int(number);
    for (size_t i = 0; i < entries[number].n; ++i) {
        put(" ");
        put_int((int32_t)values[i]);
    }
    put("\n");
    return sum;
}

#define STUB(tens, ones) \
    static uintptr_t stub_##tens##ones(uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d) { \
        return answer(tens * 10 + ones, a, b, c, d); \
    }
#define NAME(tens, ones) stub_##tens##ones,
#define TEN(EACH, tens) \
    EACH(tens, 0) EACH(tens, 1) EACH(tens, 2) EACH(tens, 3) EACH(tens, 4) \
    EACH(tens, 5) EACH(tens, 6) EACH(tens, 7) EACH(tens, 8) EACH(tens, 9)
#define ALL(EACH) \
    TEN(EACH, 0) TEN(EACH, 1) TEN(EACH, 2) TEN(EACH, 3) TEN(EACH, 4) \
    TEN(EACH, 5) TEN(EACH, 6) TEN(EACH, 7) TEN(EACH, 8) TEN(EACH, 9)

ALL(STUB)

static const stub_t stubs[N_STUBS] = { ALL(NAME) };

MP_STATIC_ASSERT(N_ENTRIES <= N_STUBS);

static const byte *at;

static uint32_t next_word(void) {
    uint32_t word = at[0] | at[1] << 8 | at[2] << 16 | (uint32_t)at[3] << 24;
    at += 4;
    return word;
}

static void call_with_blocks(entry_t entry, uint32_t n, uint32_t m, const uintptr_t *seeds) {
    static uint32_t blocks[2][BLOCK_SIZE / 4];
    for (size_t i = 0; i < BLOCK_SIZE / 4; ++i) {
        blocks[0][i] = mix(seeds[0], i);
        blocks[1][i] = mix(seeds[1], i);
    }
    uintptr_t result = (uintptr_t)entry(blocks[0], n, m, (void *)blocks[1]);
    put("= ");
    put_int((int32_t)result);
    put(" ");
    put_int((int32_t)value_of('b', (uintptr_t)blocks[0]));
    put(" ");
    put_int((int32_t)value_of('b', (uintptr_t)blocks[1]));
    put("\n");
}

void call_with_stubs(const byte *calls) {
    at = calls;
    for (size_t left = *at++; left > 0; --left) {
        size_t number = *at++;
        if (number >= N_STUBS || *at > 4) {
            give_up("no such entry");
        }
        entries[number].n = *at++;
        entries[number].kinds = at;
        at += entries[number].n;
    }
    memcpy(&table, stubs, sizeof(table));
    // The compiler's own calls need these two, unless the module calls them by number.
    if (entries[NUMBER(memset_)].n == 0) {
        table.memset_ = memset;
    }
    if (entries[NUMBER(memmove_)].n == 0) {
        table.memmove_ = memmove;
    }
    entry_t entry = load_module();
    bool has_blocks = *at++ != 0;
    for (size_t left = *at++; left > 0; --left) {
        uintptr_t args[N_WORDS + 1] = { 0 };
        uint32_t n_args = next_word();
        uint32_t n_kw = next_word();
        for (size_t i = 0; i < N_WORDS; ++i) {
            args[i] = next_word();
        }
        if (has_blocks) {
            call_with_blocks(entry, n_args, n_kw, args);
        } else {
            uintptr_t result = (uintptr_t)entry((void *)SELF, n_args, n_kw, (void *)args);
            put("= ");
            put_int((int32_t)result);
            put("\n");
        }
    }
}
