// A class with everything a class usually has, and an exception of its own.
//
//     >>> from features4 import Point
//     >>> Point(3, 4) + Point(y=1)
//     Point(3, 5)

#include "py/dynruntime.h"

// Coordinates stay within this, so that no sum or product of two overflows.
#define LIMIT 10000

typedef struct {
    mp_obj_base_t base;
    mp_int_t x, y;
} point_t;

// The types live in BSS and are filled in by mpy_init.
mp_obj_full_type_t point_type;
mp_obj_full_type_t range_error_type;

static mp_obj_t point_new(mp_int_t x, mp_int_t y) {
    if (x < -LIMIT || x > LIMIT || y < -LIMIT || y > LIMIT) {
        mp_raise_msg((const mp_obj_type_t *)&range_error_type, MP_ERROR_TEXT("coordinate beyond 10000"));
    }
    point_t *point = mp_obj_malloc(point_t, (const mp_obj_type_t *)&point_type);
    point->x = x;
    point->y = y;
    return MP_OBJ_FROM_PTR(point);
}

// Point(x=0, y=0)
static mp_obj_t point_make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw, const mp_obj_t *args) {
    enum { ARG_x, ARG_y, ARG_COUNT };
    // Qstrs get their numbers when the module is loaded, so the table cannot be a constant.
    mp_arg_t allowed[ARG_COUNT];
    allowed[ARG_x] = (mp_arg_t) { MP_QSTR_x, MP_ARG_INT, { .u_int = 0 } };
    allowed[ARG_y] = (mp_arg_t) { MP_QSTR_y, MP_ARG_INT, { .u_int = 0 } };
    mp_arg_val_t values[ARG_COUNT];
    mp_arg_parse_all_kw_array(n_args, n_kw, args, ARG_COUNT, allowed, values);
    return point_new(values[ARG_x].u_int, values[ARG_y].u_int);
}

static void point_print(const mp_print_t *print, mp_obj_t self_obj, mp_print_kind_t kind) {
    const point_t *self = MP_OBJ_TO_PTR(self_obj);
    mp_printf(print, kind == PRINT_STR ? "(%d, %d)" : "Point(%d, %d)", (int)self->x, (int)self->y);
}

// Reads x and y; writes x and y; leaves every other name to the methods.
static void point_attr(mp_obj_t self_obj, qstr attr, mp_obj_t *dest) {
    point_t *self = MP_OBJ_TO_PTR(self_obj);
    mp_int_t *field = attr == MP_QSTR_x ? &self->x : attr == MP_QSTR_y ? &self->y : NULL;
    if (dest[0] == MP_OBJ_NULL) {
        if (field != NULL) {
            dest[0] = mp_obj_new_int(*field);
        } else {
            dest[1] = MP_OBJ_SENTINEL; // go on with the table of methods
        }
    } else if (field != NULL && dest[1] != MP_OBJ_NULL) {
        mp_int_t value = mp_obj_get_int(dest[1]);
        point_new(value, 0); // checks the range
        *field = value;
        dest[0] = MP_OBJ_NULL; // done
    }
}

static mp_obj_t point_unary_op(mp_unary_op_t op, mp_obj_t self_obj) {
    const point_t *self = MP_OBJ_TO_PTR(self_obj);
    switch (op) {
        case MP_UNARY_OP_BOOL:
            return mp_obj_new_bool(self->x != 0 || self->y != 0);
        case MP_UNARY_OP_HASH:
            return MP_OBJ_NEW_SMALL_INT((self->x * 256) ^ self->y);
        case MP_UNARY_OP_LEN:
            return MP_OBJ_NEW_SMALL_INT(2);
        case MP_UNARY_OP_NEGATIVE:
            return point_new(-self->x, -self->y);
        default:
            return MP_OBJ_NULL; // not supported
    }
}

static mp_obj_t point_binary_op(mp_binary_op_t op, mp_obj_t left_obj, mp_obj_t right_obj) {
    const point_t *left = MP_OBJ_TO_PTR(left_obj);
    if (op == MP_BINARY_OP_MULTIPLY && mp_obj_is_small_int(right_obj)) {
        // A factor that is too large is too large with any point but (0, 0).
        mp_int_t factor = MP_OBJ_SMALL_INT_VALUE(right_obj);
        factor = factor > LIMIT ? LIMIT + 1 : factor < -LIMIT ? -LIMIT - 1 : factor;
        return point_new(left->x * factor, left->y * factor);
    }
    if (mp_obj_get_type(right_obj) != (const mp_obj_type_t *)&point_type) {
        return MP_OBJ_NULL;
    }
    const point_t *right = MP_OBJ_TO_PTR(right_obj);
    switch (op) {
        case MP_BINARY_OP_EQUAL:
            return mp_obj_new_bool(left->x == right->x && left->y == right->y);
        case MP_BINARY_OP_ADD:
            return point_new(left->x + right->x, left->y + right->y);
        case MP_BINARY_OP_SUBTRACT:
            return point_new(left->x - right->x, left->y - right->y);
        default:
            return MP_OBJ_NULL;
    }
}

static mp_obj_t point_to_tuple(const point_t *self) {
    mp_obj_t items[] = { mp_obj_new_int(self->x), mp_obj_new_int(self->y) };
    return mp_obj_new_tuple(MP_ARRAY_SIZE(items), items);
}

// point[index], read only
static mp_obj_t point_subscr(mp_obj_t self_obj, mp_obj_t index, mp_obj_t value) {
    if (value != MP_OBJ_SENTINEL) {
        return MP_OBJ_NULL;
    }
    return mp_obj_subscr(point_to_tuple(MP_OBJ_TO_PTR(self_obj)), index, value);
}

// An iterator over x and y: the tuple's iterator does it. Without a buffer the firmware allocates one.
static mp_obj_t point_iter(mp_obj_t self_obj, mp_obj_iter_buf_t *buffer) {
    (void)buffer;
    return mp_fun_table.getiter(point_to_tuple(MP_OBJ_TO_PTR(self_obj)), NULL);
}

// point.dot(other)
static mp_obj_t point_dot(mp_obj_t self_obj, mp_obj_t other_obj) {
    if (mp_obj_get_type(other_obj) != (const mp_obj_type_t *)&point_type) {
        mp_raise_TypeError(MP_ERROR_TEXT("need a Point"));
    }
    const point_t *self = MP_OBJ_TO_PTR(self_obj);
    const point_t *other = MP_OBJ_TO_PTR(other_obj);
    return mp_obj_new_int(self->x * other->x + self->y * other->y);
}
static MP_DEFINE_CONST_FUN_OBJ_2(point_dot_obj, point_dot);

// point.move(dx, dy): changes the point and returns it
static mp_obj_t point_move(mp_obj_t self_obj, mp_obj_t dx, mp_obj_t dy) {
    mp_obj_t step_obj = point_new(mp_obj_get_int(dx), mp_obj_get_int(dy));
    const point_t *moved = MP_OBJ_TO_PTR(point_binary_op(MP_BINARY_OP_ADD, self_obj, step_obj));
    point_t *self = MP_OBJ_TO_PTR(self_obj);
    self->x = moved->x;
    self->y = moved->y;
    return self_obj;
}
static MP_DEFINE_CONST_FUN_OBJ_3(point_move_obj, point_move);

mp_map_elem_t point_methods_table[2];
static MP_DEFINE_CONST_DICT(point_methods, point_methods_table);

mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY

    point_methods_table[0].key = MP_OBJ_NEW_QSTR(MP_QSTR_dot);
    point_methods_table[0].value = MP_OBJ_FROM_PTR(&point_dot_obj);
    point_methods_table[1].key = MP_OBJ_NEW_QSTR(MP_QSTR_move);
    point_methods_table[1].value = MP_OBJ_FROM_PTR(&point_move_obj);

    point_type.base.type = &mp_type_type;
    point_type.flags = MP_TYPE_FLAG_NONE;
    point_type.name = MP_QSTR_Point;
    MP_OBJ_TYPE_SET_SLOT(&point_type, make_new, point_make_new, 0);
    MP_OBJ_TYPE_SET_SLOT(&point_type, print, point_print, 1);
    MP_OBJ_TYPE_SET_SLOT(&point_type, unary_op, point_unary_op, 2);
    MP_OBJ_TYPE_SET_SLOT(&point_type, binary_op, point_binary_op, 3);
    MP_OBJ_TYPE_SET_SLOT(&point_type, attr, point_attr, 4);
    MP_OBJ_TYPE_SET_SLOT(&point_type, subscr, point_subscr, 5);
    MP_OBJ_TYPE_SET_SLOT(&point_type, iter, point_iter, 6);
    MP_OBJ_TYPE_SET_SLOT(&point_type, locals_dict, (void *)&point_methods, 7);
    mp_store_global(MP_QSTR_Point, MP_OBJ_FROM_PTR(&point_type));

    // class RangeError(ValueError)
    mp_obj_exception_init(&range_error_type, MP_QSTR_RangeError, &mp_type_ValueError);
    mp_store_global(MP_QSTR_RangeError, MP_OBJ_FROM_PTR(&range_error_type));

    MP_DYNRUNTIME_INIT_EXIT
}
