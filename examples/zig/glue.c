// The part of the module that speaks with MicroPython: it turns objects into what C and Zig both know, and back.

#include "py/dynruntime.h"

// src/main.zig
bool zig_is_prime(uint32_t n);
bool zig_largest_number(const intptr_t *values, size_t count, intptr_t *result);
int zig_largest_byte(const uint8_t *bytes, size_t count);
void zig_rot13(uint8_t *bytes, size_t count);
uint32_t zig_calls(void);

static mp_obj_t is_prime(mp_obj_t n) {
    return mp_obj_new_bool(zig_is_prime(mp_obj_get_int(n)));
}
static MP_DEFINE_CONST_FUN_OBJ_1(is_prime_obj, is_prime);

// largest(list of int), largest(bytes)
static mp_obj_t largest(mp_obj_t what) {
    if (!mp_obj_is_type(what, &mp_type_list)) {
        mp_buffer_info_t buffer;
        mp_get_buffer_raise(what, &buffer, MP_BUFFER_READ);
        int byte = zig_largest_byte(buffer.buf, buffer.len);
        return byte < 0 ? mp_const_none : mp_obj_new_int(byte);
    }
    size_t count;
    mp_obj_t *items;
    mp_obj_list_get(what, &count, &items);
    intptr_t *values = m_new(intptr_t, count + 1);
    for (size_t i = 0; i < count; i++) {
        values[i] = mp_obj_get_int(items[i]);
    }
    intptr_t result;
    bool found = zig_largest_number(values, count, &result);
    m_del(intptr_t, values, count + 1);
    return found ? mp_obj_new_int(result) : mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(largest_obj, largest);

// rot13(bytearray), in place
static mp_obj_t rot13(mp_obj_t bytes) {
    mp_buffer_info_t buffer;
    mp_get_buffer_raise(bytes, &buffer, MP_BUFFER_WRITE);
    zig_rot13(buffer.buf, buffer.len);
    return bytes;
}
static MP_DEFINE_CONST_FUN_OBJ_1(rot13_obj, rot13);

static mp_obj_t calls(void) {
    return mp_obj_new_int(zig_calls());
}
static MP_DEFINE_CONST_FUN_OBJ_0(calls_obj, calls);

mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY
    mp_store_global(MP_QSTR_is_prime, MP_OBJ_FROM_PTR(&is_prime_obj));
    mp_store_global(MP_QSTR_largest, MP_OBJ_FROM_PTR(&largest_obj));
    mp_store_global(MP_QSTR_rot13, MP_OBJ_FROM_PTR(&rot13_obj));
    mp_store_global(MP_QSTR_calls, MP_OBJ_FROM_PTR(&calls_obj));
    MP_DYNRUNTIME_INIT_EXIT
}
