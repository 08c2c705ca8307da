// What code that is compiled with -fsanitize=undefined calls where it finds undefined behaviour: each routine raises RuntimeError with the
// place in the source and what was wrong. The names, the records and the arguments are those that GCC and clang use for their own
// run-time library. This source becomes part of the modules that are built with checks; it is compiled without any, and what of it no
// code calls is left out.
//
// All of them raise. So there is no difference between a routine after which the program goes on and its twin with `_abort` in its name.

#include "values.h"

#define CHECK(name, ...) \
    MP_NORETURN void __ubsan_handle_##name(__VA_ARGS__); \
    MP_NORETURN void __ubsan_handle_##name##_abort(__VA_ARGS__) __attribute__((alias("__ubsan_handle_" #name))); \
    MP_NORETURN void __ubsan_handle_##name(__VA_ARGS__)

// Here and in no header, because qstrs are looked for in sources.
static MP_NORETURN void raise(const text_t *text) {
    mp_obj_t words = mp_obj_new_str(text->bytes, text->length);
    nlr_raise(mp_call_function_n_kw(mp_load_global(MP_QSTR_RuntimeError), 1, 0, &words));
}

static MP_NORETURN void raise_words(const place_t *place, const char *words) {
    text_t text;
    say_place(&text, place);
    say(&text, words);
    raise(&text);
}

// ---- Arithmetic ----------------------------------------------------------------------------------------------

typedef struct { place_t place; const type_t *type; } typed_t;

static void say_overflow(text_t *text, const typed_t *record) {
    say_place(text, &record->place);
    say(text, is_signed(record->type) ? "signed" : "unsigned");
    say(text, " integer overflow: ");
}

static MP_NORETURN void raise_overflow(const typed_t *record, value_t left, const char *operator, value_t right) {
    text_t text;
    say_overflow(&text, record);
    say_integer(&text, record->type, left);
    say(&text, operator);
    say_integer(&text, record->type, right);
    raise(&text);
}

CHECK(add_overflow, const typed_t *record, value_t left, value_t right) {
    raise_overflow(record, left, " + ", right);
}

CHECK(sub_overflow, const typed_t *record, value_t left, value_t right) {
    raise_overflow(record, left, " - ", right);
}

CHECK(mul_overflow, const typed_t *record, value_t left, value_t right) {
    raise_overflow(record, left, " * ", right);
}

CHECK(negate_overflow, const typed_t *record, value_t value) {
    text_t text;
    say_overflow(&text, record);
    say(&text, "-(");
    say_integer(&text, record->type, value);
    say(&text, ")");
    raise(&text);
}

CHECK(divrem_overflow, const typed_t *record, value_t left, value_t right) {
    if (record->type->kind == KIND_INTEGER) {
        integer_t divisor = integer_of(record->type, right);
        if (divisor.is_negative) {
            raise_overflow(record, left, " / ", right);
        }
    }
    raise_words(&record->place, "division by zero");
}

typedef struct { place_t place; const type_t *left; const type_t *right; } shift_t;

CHECK(shift_out_of_bounds, const shift_t *record, value_t left, value_t right) {
    text_t text;
    integer_t places = integer_of(record->right, right);
    say_place(&text, &record->place);
    if (places.is_negative || !is_below(&places, width_of(record->left))) {
        say(&text, "shift exponent ");
        say_integer(&text, record->right, right);
        say(&text, places.is_negative ? " is negative" : " is too large for type ");
        say(&text, places.is_negative ? "" : record->left->name);
    } else if (integer_of(record->left, left).is_negative) {
        say(&text, "left shift of negative value ");
        say_integer(&text, record->left, left);
    } else {
        say(&text, "left shift of ");
        say_integer(&text, record->left, left);
        say(&text, " by ");
        say_integer(&text, record->right, right);
        say(&text, " places does not fit into type ");
        say(&text, record->left->name);
    }
    raise(&text);
}

typedef struct { place_t place; const type_t *from; const type_t *to; } conversion_t;

// Older compilers leave out the place, so that the record begins with a type: what they say of that in place of an address is small, or
// all ones.
static bool has_place(const void *record) {
    const uint8_t *start = *(const uint8_t *const *)record;
    return start[0] + start[1] >= 2 && start[0] != 0xff && start[1] != 0xff;
}

CHECK(float_cast_overflow, const void *data, value_t value) {
    static const place_t nowhere = {NULL, 0, 0};
    const conversion_t *record = has_place(data) ? data : NULL;
    const type_t *const *types = record == NULL ? data : &record->from;
    text_t text;
    say_place(&text, record == NULL ? &nowhere : &record->place);
    if (types[0]->kind == KIND_FLOAT) {
        say_float(&text, types[0], value);
    } else {
        say_integer(&text, types[0], value);
    }
    say(&text, " is outside the range of type ");
    say(&text, types[1]->name);
    raise(&text);
}

CHECK(implicit_conversion, const conversion_t *record, value_t from, value_t to) {
    text_t text;
    say_place(&text, &record->place);
    say(&text, "implicit conversion from type ");
    say(&text, record->from->name);
    say(&text, " of value ");
    say_integer(&text, record->from, from);
    say(&text, " to type ");
    say(&text, record->to->name);
    say(&text, " changed it to ");
    say_integer(&text, record->to, to);
    raise(&text);
}

typedef struct { place_t place; uint8_t kind; } builtin_t;

CHECK(invalid_builtin, const builtin_t *record) {
    static const char *const words[] = {
        "passing zero to __builtin_ctz()", "passing zero to __builtin_clz()", "what __builtin_assume() says is not so",
    };
    raise_words(&record->place, words[record->kind > 2 ? 0 : record->kind]);
}

// ---- Memory --------------------------------------------------------------------------------------------------

typedef struct { place_t place; const type_t *array; const type_t *index; } index_t;

CHECK(out_of_bounds, const index_t *record, value_t index) {
    text_t text;
    say_place(&text, &record->place);
    say(&text, "index ");
    say_integer(&text, record->index, index);
    say(&text, " out of bounds for type ");
    say(&text, record->array->name);
    raise(&text);
}

typedef struct { place_t place; const type_t *type; uint8_t align_log2; uint8_t kind; } access_t;

CHECK(type_mismatch_v1, const access_t *record, uintptr_t address) {
    static const char *const kinds[] = {
        "load of", "store to", "reference binding to", "member access within", "member call on", "constructor call on",
        "downcast of", "downcast of", "upcast of", "cast to virtual base of", "_Nonnull binding to", "dynamic operation on",
    };
    const char *what = record->kind < MP_ARRAY_SIZE(kinds) ? kinds[record->kind] : "use of";
    text_t text;
    say_place(&text, &record->place);
    say(&text, what);
    if (address == 0) {
        say(&text, " null pointer of type ");
    } else if ((address & (((uintptr_t)1 << record->align_log2) - 1)) != 0) {
        say(&text, " misaligned address ");
        say_address(&text, address);
        say(&text, " for type ");
    } else {
        say(&text, " address ");
        say_address(&text, address);
        say(&text, " without the space for type ");
    }
    say(&text, record->type->name);
    raise(&text);
}

typedef struct { place_t place; place_t assumption; const type_t *type; } assumption_t;

CHECK(alignment_assumption, const assumption_t *record, uintptr_t address, uintptr_t align, uintptr_t offset) {
    text_t text;
    (void)offset;
    say_place(&text, &record->place);
    say(&text, "address ");
    say_address(&text, address);
    say(&text, " of type ");
    say(&text, record->type->name);
    say(&text, " is not aligned to ");
    say_number(&text, align);
    say(&text, " bytes");
    raise(&text);
}

CHECK(pointer_overflow, const place_t *record, uintptr_t base, uintptr_t result) {
    text_t text;
    say_place(&text, record);
    if (base == 0) {
        say(&text, "offset to null pointer");
    } else if (result == 0) {
        say(&text, "pointer arithmetic gives a null pointer");
    } else {
        say(&text, "pointer overflow: from ");
        say_address(&text, base);
        say(&text, " to ");
        say_address(&text, result);
    }
    raise(&text);
}

CHECK(vla_bound_not_positive, const typed_t *record, value_t bound) {
    text_t text;
    say_place(&text, &record->place);
    say(&text, "array of ");
    say_integer(&text, record->type, bound);
    say(&text, " elements");
    raise(&text);
}

CHECK(load_invalid_value, const typed_t *record, value_t value) {
    text_t text;
    say_place(&text, &record->place);
    say(&text, "load of value ");
    say_integer(&text, record->type, value);
    say(&text, ", which type ");
    say(&text, record->type->name);
    say(&text, " does not have");
    raise(&text);
}

// ---- Functions -----------------------------------------------------------------------------------------------

CHECK(builtin_unreachable, const place_t *record) {
    raise_words(record, "execution reached __builtin_unreachable()");
}

CHECK(missing_return, const place_t *record) {
    raise_words(record, "end of a function that returns a value reached without one");
}

typedef struct { place_t place; place_t attribute; int index; } argument_t;

CHECK(nonnull_arg, const argument_t *record) {
    text_t text;
    say_place(&text, &record->place);
    say(&text, "null pointer as argument ");
    say_number(&text, record->index);
    say(&text, ", which is declared never to be one");
    raise(&text);
}

CHECK(nullability_arg, const argument_t *record) {
    __ubsan_handle_nonnull_arg(record);
}

CHECK(nonnull_return_v1, const place_t *attribute, const place_t *place) {
    (void)attribute;
    raise_words(place, "null pointer returned from a function that is declared never to return one");
}

CHECK(nullability_return_v1, const place_t *attribute, const place_t *place) {
    __ubsan_handle_nonnull_return_v1(attribute, place);
}

CHECK(function_type_mismatch, const typed_t *record, uintptr_t function) {
    text_t text;
    (void)function;
    say_place(&text, &record->place);
    say(&text, "call of a function of another type than ");
    say(&text, record->type->name);
    raise(&text);
}
