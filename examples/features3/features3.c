// Types, constant objects and dictionaries.

#include "py/dynruntime.h"

// types(): the built-in types a module reaches without an import
static mp_obj_t types(void) {
    mp_obj_t items[] = {
        MP_OBJ_FROM_PTR(&mp_type_type),
        MP_OBJ_FROM_PTR(&mp_type_NoneType),
        MP_OBJ_FROM_PTR(&mp_type_bool),
        MP_OBJ_FROM_PTR(&mp_type_int),
        MP_OBJ_FROM_PTR(&mp_type_str),
        MP_OBJ_FROM_PTR(&mp_type_bytes),
        MP_OBJ_FROM_PTR(&mp_type_bytearray),
        MP_OBJ_FROM_PTR(&mp_type_tuple),
        MP_OBJ_FROM_PTR(&mp_type_list),
        MP_OBJ_FROM_PTR(&mp_type_dict),
        MP_OBJ_FROM_PTR(&mp_type_Exception),
    };
    return mp_obj_new_tuple(MP_ARRAY_SIZE(items), items);
}
static MP_DEFINE_CONST_FUN_OBJ_0(types_obj, types);

// constants(): objects that exist only once, or might as well
static mp_obj_t constants(void) {
    mp_obj_t items[] = { mp_const_none, mp_const_false, mp_const_true, mp_const_empty_bytes, mp_const_empty_tuple };
    return mp_obj_new_tuple(MP_ARRAY_SIZE(items), items);
}
static MP_DEFINE_CONST_FUN_OBJ_0(constants_obj, constants);

// kind(value): a word for what the value can be used as.
static mp_obj_t kind(mp_obj_t value) {
    const mp_obj_type_t *type = mp_obj_get_type(value);
    mp_buffer_info_t buffer;
    qstr name = MP_QSTR_other;
    if (value == mp_const_none) {
        name = MP_QSTR_nothing;
    } else if (type == &mp_type_str) {
        name = MP_QSTR_text;
    } else if (type == &mp_type_list || type == &mp_type_tuple) {
        name = MP_QSTR_sequence;
    } else if (mp_get_buffer(value, &buffer, MP_BUFFER_READ)) {
        name = MP_QSTR_memory;
    }
    return MP_OBJ_NEW_QSTR(name);
}
static MP_DEFINE_CONST_FUN_OBJ_1(kind_obj, kind);

// record(key, value, ...): a dictionary of the pairs
static mp_obj_t record(size_t n_args, const mp_obj_t *args) {
    if (n_args & 1) {
        mp_raise_TypeError(MP_ERROR_TEXT("a key without a value"));
    }
    mp_obj_t dict = mp_obj_new_dict(n_args / 2);
    for (size_t i = 0; i < n_args; i += 2) {
        mp_obj_dict_store(dict, args[i], args[i + 1]);
    }
    return dict;
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(record_obj, 0, MP_OBJ_FUN_ARGS_MAX, record);

// count(items): a dictionary that says how often each item occurs
static mp_obj_t count(mp_obj_t items_obj) {
    size_t n;
    mp_obj_t *items;
    mp_obj_get_array(items_obj, &n, &items);
    mp_obj_t counts = mp_obj_new_dict(0);
    for (size_t i = 0; i < n; ++i) {
        mp_obj_t seen = MP_OBJ_NEW_SMALL_INT(0);
        if (mp_binary_op(MP_BINARY_OP_IN, items[i], counts) == mp_const_true) {
            seen = mp_obj_subscr(counts, items[i], MP_OBJ_SENTINEL);
        }
        mp_obj_dict_store(counts, items[i], mp_binary_op(MP_BINARY_OP_ADD, seen, MP_OBJ_NEW_SMALL_INT(1)));
    }
    return counts;
}
static MP_DEFINE_CONST_FUN_OBJ_1(count_obj, count);

// invert(dict): keys and values exchanged, by walking the dictionary's own table
static mp_obj_t invert(mp_obj_t dict_obj) {
    if (mp_obj_get_type(dict_obj) != &mp_type_dict) {
        mp_raise_TypeError(MP_ERROR_TEXT("need a dict"));
    }
    const mp_map_t *map = &((mp_obj_dict_t *)MP_OBJ_TO_PTR(dict_obj))->map;
    mp_obj_t inverse = mp_obj_new_dict(map->used);
    for (size_t i = 0; i < map->alloc; ++i) {
        if (mp_map_slot_is_filled(map, i)) {
            mp_obj_dict_store(inverse, map->table[i].value, map->table[i].key);
        }
    }
    return inverse;
}
static MP_DEFINE_CONST_FUN_OBJ_1(invert_obj, invert);

mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY

    mp_store_global(MP_QSTR_types, MP_OBJ_FROM_PTR(&types_obj));
    mp_store_global(MP_QSTR_constants, MP_OBJ_FROM_PTR(&constants_obj));
    mp_store_global(MP_QSTR_kind, MP_OBJ_FROM_PTR(&kind_obj));
    mp_store_global(MP_QSTR_record, MP_OBJ_FROM_PTR(&record_obj));
    mp_store_global(MP_QSTR_count, MP_OBJ_FROM_PTR(&count_obj));
    mp_store_global(MP_QSTR_invert, MP_OBJ_FROM_PTR(&invert_obj));

    MP_DYNRUNTIME_INIT_EXIT
}
