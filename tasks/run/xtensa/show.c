// Prints objects as Python's repr does, but floats with three decimals.

#include "harness.h"

static void show_text(const char *data, size_t len) {
    put("'");
    for (size_t i = 0; i < len; ++i) {
        byte c = data[i];
        if (c >= ' ' && c < 0x7f && c != '\'' && c != '\\') {
            put_n(data + i, 1);
        } else {
            const char *digits = "0123456789abcdef";
            char code[4] = { '\\', 'x', digits[c >> 4], digits[c & 15] };
            put_n(code, 4);
        }
    }
    put("'");
}

static void show_items(size_t n, const mp_obj_t *items, const char *open, const char *close) {
    put(open);
    for (size_t i = 0; i < n; ++i) {
        if (i > 0) {
            put(", ");
        }
        show(items[i]);
    }
    put(close);
}

static void show_float(uint32_t bits) {
    put(bits >> 31 ? "-" : "");
    uint64_t thousandths = rom_extend(rom_multiply_single(bits & 0x7fffffff, 0x447a0000));
    // Half of the last place, which cutting off makes into rounding.
    uint32_t value = rom_double_to_integer(rom_add_double(thousandths, 0x3fe0000000000000));
    uint32_t whole = rom_divide_unsigned(value, 1000);
    put_int(whole);
    char digits[4] = ".000";
    uint32_t rest = value - whole * 1000;
    for (int i = 3; i > 0; --i, rest = rom_divide_unsigned(rest, 10)) {
        digits[i] += rom_modulo_unsigned(rest, 10);
    }
    put_n(digits, 4);
}

void show(mp_obj_t obj) {
    const void *type = type_of(obj);
    const char *data;
    size_t len;
    if (obj == &none_object) {
        put("None");
    } else if (type == &bool_type) {
        put(obj == &true_object ? "True" : "False");
    } else if (type == &int_type) {
        put_int(int_value(obj));
    } else if (type == &float_type) {
        show_float(float_value(obj));
    } else if (text_of(obj, &data, &len)) {
        put(type == &bytes_type ? "b" : type == &bytearray_type ? "bytearray(b" : "");
        show_text(data, len);
        put(type == &bytearray_type ? ")" : "");
    } else if (type == &list_type) {
        show_items(((mp_obj_list_t *)obj)->len, ((mp_obj_list_t *)obj)->items, "[", "]");
    } else if (type == &tuple_type) {
        mp_obj_tuple_t *tuple = obj;
        show_items(tuple->len, tuple->items, "(", tuple->len == 1 ? ",)" : ")");
    } else {
        put("<object>");
    }
}

// printf of a firmware without floating point: of a conversion that it does not know the letter stays.
void print_formatted(const mp_print_t *print, const char *format, ...) {
    for (; *format != '\0'; ++format) {
        if (*format == '%') {
            ++format;
            if (*format < 'e' || *format > 'g') {
                give_up("this format is something that the harness does not have");
            }
        }
        print->print_strn(print->data, format, 1);
    }
}
