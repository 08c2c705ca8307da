// Operators, for numbers and text.

#include "harness.h"

static mp_obj_t truth(bool value) {
    return value ? &true_object : &false_object;
}

static bool is_number(mp_obj_t obj) {
    return is_float(obj) || type_of(obj) == (const void *)&int_type || type_of(obj) == (const void *)&bool_type;
}

static mp_obj_t float_op(mp_binary_op_t op, uint32_t a, uint32_t b) {
    switch (op) {
        case MP_BINARY_OP_ADD:
            return new_float(rom_add_single(a, b));
        case MP_BINARY_OP_SUBTRACT:
            return new_float(rom_subtract_single(a, b));
        case MP_BINARY_OP_MULTIPLY:
            return new_float(rom_multiply_single(a, b));
        case MP_BINARY_OP_TRUE_DIVIDE:
            if (b << 1 == 0) {
                raise_named("ZeroDivisionError");
            }
            return new_float(rom_divide_single(a, b));
        default:
            give_up("an operator that the harness does not have");
    }
}

mp_obj_t binary_op(mp_binary_op_t op, mp_obj_t left, mp_obj_t right) {
    if (op == MP_BINARY_OP_EQUAL || op == MP_BINARY_OP_NOT_EQUAL) {
        return truth(is_equal(left, right) == (op == MP_BINARY_OP_EQUAL));
    }
    const char *a, *b;
    size_t a_len, b_len;
    mp_int_t order;
    if (is_number(left) && is_number(right) && (is_float(left) || is_float(right) || op == MP_BINARY_OP_TRUE_DIVIDE)) {
        return float_op(op, float_value(left), float_value(right));
    }
    if (type_of(left) == (const void *)&int_type && type_of(right) == (const void *)&int_type) {
        mp_int_t x = int_value(left), y = int_value(right);
        if (op == MP_BINARY_OP_ADD) {
            return new_int(x + y);
        } else if (op == MP_BINARY_OP_SUBTRACT) {
            return new_int(x - y);
        } else if (op == MP_BINARY_OP_MULTIPLY) {
            return new_int(x * y);
        }
        order = x < y ? -1 : x > y;
    } else if (text_of(left, &a, &a_len) && text_of(right, &b, &b_len)) {
        order = memcmp(a, b, MIN(a_len, b_len));
        order = order != 0 ? order : a_len < b_len ? -1 : a_len > b_len;
    } else {
        raise_named("TypeError");
    }
    switch (op) {
        case MP_BINARY_OP_LESS:
            return truth(order < 0);
        case MP_BINARY_OP_MORE:
            return truth(order > 0);
        case MP_BINARY_OP_LESS_EQUAL:
            return truth(order <= 0);
        case MP_BINARY_OP_MORE_EQUAL:
            return truth(order >= 0);
        default:
            give_up("an operator that the harness does not have");
    }
}
