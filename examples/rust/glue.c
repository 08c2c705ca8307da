// The part of the module that speaks with MicroPython: it turns objects into what C and Rust both know, and back.

#include "py/dynruntime.h"

// src/lib.rs
uint32_t rust_crc32(const uint8_t *data, size_t length);
intptr_t rust_count_words(const uint8_t *data, size_t length);
void rust_sort(intptr_t *values, size_t count);
intptr_t rust_middle(const intptr_t *values, size_t count);
uint32_t rust_calls(void);

// Called by Rust's panic handler.
void rust_panicked(uint32_t line) {
    mp_raise_type_arg(mp_load_global(MP_QSTR_RuntimeError), mp_obj_new_int(line));
}

// crc32(bytes)
static mp_obj_t crc32(mp_obj_t data) {
    mp_buffer_info_t buffer;
    mp_get_buffer_raise(data, &buffer, MP_BUFFER_READ);
    return mp_obj_new_int_from_uint(rust_crc32(buffer.buf, buffer.len));
}
static MP_DEFINE_CONST_FUN_OBJ_1(crc32_obj, crc32);

// count_words(text)
static mp_obj_t count_words(mp_obj_t text) {
    mp_buffer_info_t buffer;
    mp_get_buffer_raise(text, &buffer, MP_BUFFER_READ);
    intptr_t count = rust_count_words(buffer.buf, buffer.len);
    if (count < 0) {
        mp_raise_ValueError("not UTF-8");
    }
    return mp_obj_new_int(count);
}
static MP_DEFINE_CONST_FUN_OBJ_1(count_words_obj, count_words);

static intptr_t *numbers_of(mp_obj_t list, size_t *count) {
    if (!mp_obj_is_type(list, &mp_type_list)) {
        mp_raise_TypeError("a list is needed");
    }
    mp_obj_t *items;
    mp_obj_list_get(list, count, &items);
    intptr_t *values = m_new(intptr_t, *count + 1);
    for (size_t i = 0; i < *count; i++) {
        values[i] = mp_obj_get_int(items[i]);
    }
    return values;
}

// sort(list of int) -> sorted list
static mp_obj_t sort(mp_obj_t list) {
    size_t count;
    intptr_t *values = numbers_of(list, &count);
    rust_sort(values, count);
    mp_obj_t sorted = mp_obj_new_list(0, NULL);
    for (size_t i = 0; i < count; i++) {
        mp_obj_list_append(sorted, mp_obj_new_int(values[i]));
    }
    m_del(intptr_t, values, count + 1);
    return sorted;
}
static MP_DEFINE_CONST_FUN_OBJ_1(sort_obj, sort);

// middle(list of int); RuntimeError(line of the Rust source) for an empty list
static mp_obj_t middle(mp_obj_t list) {
    size_t count;
    intptr_t *values = numbers_of(list, &count);
    return mp_obj_new_int(rust_middle(values, count));
}
static MP_DEFINE_CONST_FUN_OBJ_1(middle_obj, middle);

static mp_obj_t calls(void) {
    return mp_obj_new_int(rust_calls());
}
static MP_DEFINE_CONST_FUN_OBJ_0(calls_obj, calls);

mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY
    mp_store_global(MP_QSTR_crc32, MP_OBJ_FROM_PTR(&crc32_obj));
    mp_store_global(MP_QSTR_count_words, MP_OBJ_FROM_PTR(&count_words_obj));
    mp_store_global(MP_QSTR_sort, MP_OBJ_FROM_PTR(&sort_obj));
    mp_store_global(MP_QSTR_middle, MP_OBJ_FROM_PTR(&middle_obj));
    mp_store_global(MP_QSTR_calls, MP_OBJ_FROM_PTR(&calls_obj));
    MP_DYNRUNTIME_INIT_EXIT
}
