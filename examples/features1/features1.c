// Everyday work: constants, lists, exceptions, memory, and C data that is zero, constant or a constant pointer.

#include "py/dynruntime.h"

// BSS: zero when the module is imported. Not static, because on some architectures code
// reaches a file's own variables in a way that a native module cannot offer.
uint16_t collatz_calls;
uint16_t morse_calls;

// Constants that point to other constants and to BSS: the loader fills in the addresses.
static const char *const letters[] = {
    ".-", "-...", "-.-.", "-..", ".", "..-.", "--.", "....", "..", ".---", "-.-", ".-..", "--",
    "-.", "---", ".--.", "--.-", ".-.", "...", "-", "..-", "...-", ".--", "-..-", "-.--", "--..",
};
static uint16_t *const counters[] = { &collatz_calls, &morse_calls };

// A constant table of plain numbers
static const uint16_t days_before_month[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334 };

// clamp(value, low, high): the value, moved into the range
static mp_obj_t clamp(mp_obj_t value_obj, mp_obj_t low_obj, mp_obj_t high_obj) {
    mp_int_t value = mp_obj_get_int(value_obj);
    mp_int_t low = mp_obj_get_int(low_obj);
    mp_int_t high = mp_obj_get_int(high_obj);
    if (low > high) {
        mp_raise_ValueError(MP_ERROR_TEXT("low is above high"));
    }
    return mp_obj_new_int(value < low ? low : value > high ? high : value);
}
static MP_DEFINE_CONST_FUN_OBJ_3(clamp_obj, clamp);

// A helper that Python does not see
static mp_int_t collatz_next(mp_int_t n) {
    if ((n & 1) == 0) {
        return n >> 1;
    }
    if (n > (INTPTR_MAX - 1) / 3) {
        // An exception type that has no macro is looked up by name.
        mp_raise_msg(MP_OBJ_TO_PTR(mp_load_global(MP_QSTR_OverflowError)), MP_ERROR_TEXT("beyond the machine word"));
    }
    return 3 * n + 1;
}

// collatz(n): the list n ... 1
static mp_obj_t collatz(mp_obj_t n_obj) {
    ++collatz_calls;
    mp_int_t n = mp_obj_get_int(n_obj);
    if (n < 1) {
        mp_raise_ValueError(MP_ERROR_TEXT("n must be at least 1"));
    }
    mp_obj_t sequence = mp_obj_new_list(0, NULL);
    mp_obj_list_append(sequence, mp_obj_new_int(n));
    while (n != 1) {
        n = collatz_next(n);
        mp_obj_list_append(sequence, mp_obj_new_int(n));
    }
    return sequence;
}
static MP_DEFINE_CONST_FUN_OBJ_1(collatz_obj, collatz);

// morse(text): its small letters as dots and dashes, spaces as "/"
static mp_obj_t morse(mp_obj_t text_obj) {
    ++morse_calls;
    size_t length;
    const char *text = mp_obj_str_get_data(text_obj, &length);

    // No letter needs more than four signs and a gap.
    char *out = m_new(char, 5 * length);
    char *end = out;
    for (size_t i = 0; i < length; ++i) {
        if (text[i] == ' ') {
            *end++ = '/';
        } else if ('a' <= text[i] && text[i] <= 'z') {
            for (const char *sign = letters[text[i] - 'a']; *sign != 0; ++sign) {
                *end++ = *sign;
            }
        } else {
            m_del(char, out, 5 * length);
            mp_raise_ValueError(MP_ERROR_TEXT("only a to z and space"));
        }
        *end++ = ' ';
    }
    mp_obj_t result = mp_obj_new_str(out, length == 0 ? 0 : end - out - 1);
    m_del(char, out, 5 * length);
    return result;
}
static MP_DEFINE_CONST_FUN_OBJ_1(morse_obj, morse);

// ordinal(month, day[, leap]): day of the year, from 1
static mp_obj_t ordinal(size_t n_args, const mp_obj_t *args) {
    mp_int_t month = mp_obj_get_int(args[0]);
    mp_int_t day = mp_obj_get_int(args[1]);
    bool leap = n_args > 2 && mp_obj_is_true(args[2]);
    if (month < 1 || month > (mp_int_t)MP_ARRAY_SIZE(days_before_month)) {
        mp_raise_msg(&mp_type_IndexError, MP_ERROR_TEXT("month must be 1 to 12"));
    }
    return mp_obj_new_int(days_before_month[month - 1] + day + (leap && month > 2));
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(ordinal_obj, 2, 3, ordinal);

// ramp(n): a bytearray of n bytes that count up; it takes over the allocated memory
static mp_obj_t ramp(mp_obj_t n_obj) {
    mp_int_t n = mp_obj_get_int(n_obj);
    if (n < 0) {
        mp_raise_ValueError(MP_ERROR_TEXT("n is negative"));
    }
    byte *items = m_new(byte, n);
    for (mp_int_t i = 0; i < n; ++i) {
        items[i] = i;
    }
    return mp_obj_new_bytearray_by_ref(n, items);
}
static MP_DEFINE_CONST_FUN_OBJ_1(ramp_obj, ramp);

// calls(): how often collatz and morse were called since import, as a list
static mp_obj_t calls(void) {
    mp_obj_t counts[MP_ARRAY_SIZE(counters)];
    for (size_t i = 0; i < MP_ARRAY_SIZE(counters); ++i) {
        counts[i] = mp_obj_new_int(*counters[i]);
    }
    return mp_obj_new_list(MP_ARRAY_SIZE(counts), counts);
}
static MP_DEFINE_CONST_FUN_OBJ_0(calls_obj, calls);

mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY

    mp_store_global(MP_QSTR_clamp, MP_OBJ_FROM_PTR(&clamp_obj));
    mp_store_global(MP_QSTR_collatz, MP_OBJ_FROM_PTR(&collatz_obj));
    mp_store_global(MP_QSTR_morse, MP_OBJ_FROM_PTR(&morse_obj));
    mp_store_global(MP_QSTR_ordinal, MP_OBJ_FROM_PTR(&ordinal_obj));
    mp_store_global(MP_QSTR_ramp, MP_OBJ_FROM_PTR(&ramp_obj));
    mp_store_global(MP_QSTR_calls, MP_OBJ_FROM_PTR(&calls_obj));

    // A constant integer and a constant string
    mp_store_global(MP_QSTR_LETTERS, MP_OBJ_NEW_SMALL_INT(MP_ARRAY_SIZE(letters)));
    mp_store_global(MP_QSTR_GREETING, MP_OBJ_NEW_QSTR(MP_QSTR_hello_from_C));

    MP_DYNRUNTIME_INIT_EXIT
}
