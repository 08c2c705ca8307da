// The few kinds of objects that calls from outside bring and get.

#include "harness.h"

mp_obj_full_type_t type_type, none_type, bool_type, int_type, float_type, str_type, bytes_type, bytearray_type, tuple_type, list_type,
    dict_type, module_type, exception_type, function_type, fun_0_type, fun_1_type, fun_2_type, fun_3_type, fun_var_type;
mp_obj_base_t none_object = { (void *)&none_type };
mp_obj_base_t true_object = { (void *)&bool_type };
mp_obj_base_t false_object = { (void *)&bool_type };
jmp_buf raised;
const mp_obj_type_t *raised_type;
mp_obj_t raised_value;

typedef struct { mp_obj_base_t base; mp_int_t value; } int_object_t;
typedef struct { mp_obj_base_t base; uint32_t bits; } float_object_t;

static void init_type(mp_obj_full_type_t *type, const char *name) {
    type->base.type = (void *)&type_type;
    type->name = intern(name, strlen(name));
}

// bytes(), which modules call for the empty one.
static mp_obj_t make_bytes(const mp_obj_type_t *type, size_t n_args, size_t n_kw, const mp_obj_t *args) {
    (void)type;
    (void)args;
    if (n_args != 0 || n_kw != 0) {
        give_up("making bytes of something is what the harness does not have");
    }
    return new_str_object(&bytes_type, "", 0);
}

void init_types(void) {
    static const struct { mp_obj_full_type_t *type; const char *name; } all[] = {
        { &type_type, "type" }, { &none_type, "NoneType" }, { &bool_type, "bool" }, { &int_type, "int" },
        { &float_type, "float" },
        { &str_type, "str" }, { &bytes_type, "bytes" }, { &bytearray_type, "bytearray" }, { &tuple_type, "tuple" },
        { &list_type, "list" }, { &dict_type, "dict" }, { &module_type, "module" }, { &exception_type, "Exception" },
        { &function_type, "function" }, { &fun_0_type, "function" }, { &fun_1_type, "function" },
        { &fun_2_type, "function" }, { &fun_3_type, "function" }, { &fun_var_type, "function" },
    };
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); ++i) {
        init_type(all[i].type, all[i].name);
    }
    // Modules tell str and bytes from others by this slot; nobody calls it.
    MP_OBJ_TYPE_SET_SLOT(&str_type, binary_op, &str_type, 0);
    MP_OBJ_TYPE_SET_SLOT(&bytes_type, binary_op, &str_type, 0);
    MP_OBJ_TYPE_SET_SLOT(&bytes_type, make_new, make_bytes, 1);
}

const mp_obj_type_t *type_of(mp_const_obj_t obj) {
    if (mp_obj_is_small_int(obj)) {
        return (void *)&int_type;
    }
    return mp_obj_is_qstr(obj) ? (void *)&str_type : ((const mp_obj_base_t *)obj)->type;
}

static bool is_a(mp_const_obj_t obj, const mp_obj_full_type_t *type) {
    return type_of(obj) == (const void *)type;
}

mp_obj_t new_str_object(const mp_obj_full_type_t *type, const void *data, size_t len) {
    // A bytearray has the same layout.
    mp_obj_str_t *str = allocate(sizeof(mp_obj_str_t));
    byte *copy = allocate(len + 1);
    memcpy(copy, data, len);
    str->base.type = (const void *)type;
    str->hash = type == &bytearray_type ? BYTEARRAY_TYPECODE : 0;
    str->len = len;
    str->data = copy;
    return str;
}

mp_obj_t new_int(mp_int_t value) {
    mp_obj_t small = MP_OBJ_NEW_SMALL_INT(value);
    if (MP_OBJ_SMALL_INT_VALUE(small) == value) {
        return small;
    }
    int_object_t *big = allocate(sizeof(int_object_t));
    big->base.type = (void *)&int_type;
    big->value = value;
    return big;
}

mp_int_t int_value(mp_obj_t obj) {
    if (mp_obj_is_small_int(obj)) {
        return MP_OBJ_SMALL_INT_VALUE(obj);
    }
    if (obj == &true_object || obj == &false_object) {
        return obj == &true_object;
    }
    if (!is_a(obj, &int_type)) {
        raise_named("TypeError");
    }
    return ((int_object_t *)obj)->value;
}

mp_obj_t new_float(uint32_t bits) {
    float_object_t *object = allocate(sizeof(float_object_t));
    object->base.type = (void *)&float_type;
    object->bits = bits;
    return object;
}

bool is_float(mp_obj_t obj) {
    return is_a(obj, &float_type);
}

uint32_t float_value(mp_obj_t obj) {
    return is_float(obj) ? ((float_object_t *)obj)->bits : rom_signed_to_single(int_value(obj));
}

mp_obj_t new_list(size_t n, mp_obj_t *items) {
    mp_obj_list_t *list = allocate(sizeof(mp_obj_list_t));
    list->base.type = (void *)&list_type;
    list->alloc = n < 4 ? 4 : n;
    list->len = n;
    list->items = allocate(list->alloc * sizeof(mp_obj_t));
    if (items != NULL) {
        memcpy(list->items, items, n * sizeof(mp_obj_t));
    }
    return list;
}

mp_obj_t new_tuple(size_t n, const mp_obj_t *items) {
    mp_obj_tuple_t *tuple = allocate(sizeof(mp_obj_tuple_t) + n * sizeof(mp_obj_t));
    tuple->base.type = (void *)&tuple_type;
    tuple->len = n;
    if (items != NULL) {
        memcpy(tuple->items, items, n * sizeof(mp_obj_t));
    }
    return tuple;
}

mp_obj_t list_append(mp_obj_t obj, mp_obj_t item) {
    mp_obj_list_t *list = obj;
    if (list->len == list->alloc) {
        mp_obj_t *items = allocate(2 * list->alloc * sizeof(mp_obj_t));
        memcpy(items, list->items, list->len * sizeof(mp_obj_t));
        list->items = items;
        list->alloc *= 2;
    }
    list->items[list->len++] = item;
    return &none_object;
}

mp_obj_t new_dict(size_t n_room) {
    mp_obj_dict_t *dict = allocate(sizeof(mp_obj_dict_t));
    dict->base.type = (void *)&dict_type;
    dict->map.is_ordered = 1;
    dict->map.alloc = n_room < 16 ? 16 : n_room;
    dict->map.table = allocate(dict->map.alloc * sizeof(mp_map_elem_t));
    return dict;
}

mp_obj_t dict_store(mp_obj_t obj, mp_obj_t key, mp_obj_t value) {
    mp_map_t *map = &((mp_obj_dict_t *)obj)->map;
    size_t i = 0;
    while (i < map->used && !is_equal(map->table[i].key, key)) {
        ++i;
    }
    if (i == map->alloc) {
        give_up("a dictionary is full");
    }
    map->used += i == map->used;
    map->table[i].key = key;
    map->table[i].value = value;
    return obj;
}

mp_obj_t dict_get(mp_obj_dict_t *dict, mp_obj_t key) {
    for (size_t i = 0; i < dict->map.alloc; ++i) {
        if (mp_map_slot_is_filled(&dict->map, i) && is_equal(dict->map.table[i].key, key)) {
            return dict->map.table[i].value;
        }
    }
    return MP_OBJ_NULL;
}

bool text_of(mp_obj_t obj, const char **data, size_t *len) {
    if (mp_obj_is_qstr(obj)) {
        qstr name = (mp_uint_t)obj >> 3;
        *data = name_text(name);
        *len = name_len(name);
        return true;
    }
    if (mp_obj_is_small_int(obj) || !(is_a(obj, &str_type) || is_a(obj, &bytes_type) || is_a(obj, &bytearray_type))) {
        return false;
    }
    *data = (const char *)((mp_obj_str_t *)obj)->data;
    *len = ((mp_obj_str_t *)obj)->len;
    return true;
}

bool is_equal(mp_obj_t a, mp_obj_t b) {
    const char *a_text, *b_text;
    size_t a_len, b_len;
    if (a == b) {
        return true;
    }
    if (text_of(a, &a_text, &a_len) && text_of(b, &b_text, &b_len)) {
        return type_of(a) == type_of(b) && a_len == b_len && memcmp(a_text, b_text, a_len) == 0;
    }
    return is_a(a, &int_type) && is_a(b, &int_type) && int_value(a) == int_value(b);
}

// A type that modules know by name only, such as ValueError.
mp_obj_t named_type(qstr name) {
    static mp_obj_full_type_t *made[64];
    mp_obj_full_type_t *known[] = { &int_type, &str_type, &bytes_type, &bytearray_type, &tuple_type, &list_type };
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); ++i) {
        if (known[i]->name == name) {
            return known[i];
        }
    }
    size_t i = 0;
    for (; i < 64 && made[i] != NULL; ++i) {
        if (made[i]->name == name) {
            return made[i];
        }
    }
    if (i == 64) {
        give_up("too many types");
    }
    made[i] = allocate(sizeof(mp_obj_full_type_t));
    init_type(made[i], name_text(name));
    return made[i];
}

void raise_named(const char *name) {
    raised_type = named_type(intern(name, strlen(name)));
    raised_value = &none_object;
    longjmp(raised, 1);
}
