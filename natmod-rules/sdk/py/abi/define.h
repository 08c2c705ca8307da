// Objects laid down at compile time. Put `static` in front to keep a name in its file.
//
// What is constant here becomes read-only data of the module; pointers in it are relocated by the loader.
// The linker resolves mp_type_dict, mp_type_fun_builtin_0 to _3 and mp_type_fun_builtin_var. Definitions that
// need another type or a qstr of the module cannot be constant in a native module: fill those in at load time.

#ifndef NATMOD_ABI_DEFINE_H
#define NATMOD_ABI_DEFINE_H

// ---- Functions -----------------------------------------------------------------------------------------------

#define MP_DECLARE_CONST_FUN_OBJ_0(obj_name) extern const mp_obj_fun_builtin_fixed_t obj_name
#define MP_DECLARE_CONST_FUN_OBJ_1(obj_name) extern const mp_obj_fun_builtin_fixed_t obj_name
#define MP_DECLARE_CONST_FUN_OBJ_2(obj_name) extern const mp_obj_fun_builtin_fixed_t obj_name
#define MP_DECLARE_CONST_FUN_OBJ_3(obj_name) extern const mp_obj_fun_builtin_fixed_t obj_name
#define MP_DECLARE_CONST_FUN_OBJ_VAR(obj_name) extern const mp_obj_fun_builtin_var_t obj_name
#define MP_DECLARE_CONST_FUN_OBJ_VAR_BETWEEN(obj_name) extern const mp_obj_fun_builtin_var_t obj_name
#define MP_DECLARE_CONST_FUN_OBJ_KW(obj_name) extern const mp_obj_fun_builtin_var_t obj_name

// Exactly 0, 1, 2, 3 arguments.
#define MP_DEFINE_CONST_FUN_OBJ_0(obj_name, fun_name) \
    const mp_obj_fun_builtin_fixed_t obj_name = {.base = {.type = &mp_type_fun_builtin_0}, .fun = {._0 = fun_name}}
#define MP_DEFINE_CONST_FUN_OBJ_1(obj_name, fun_name) \
    const mp_obj_fun_builtin_fixed_t obj_name = {.base = {.type = &mp_type_fun_builtin_1}, .fun = {._1 = fun_name}}
#define MP_DEFINE_CONST_FUN_OBJ_2(obj_name, fun_name) \
    const mp_obj_fun_builtin_fixed_t obj_name = {.base = {.type = &mp_type_fun_builtin_2}, .fun = {._2 = fun_name}}
#define MP_DEFINE_CONST_FUN_OBJ_3(obj_name, fun_name) \
    const mp_obj_fun_builtin_fixed_t obj_name = {.base = {.type = &mp_type_fun_builtin_3}, .fun = {._3 = fun_name}}
// At least n_args_min arguments; between two numbers of arguments; also with keyword arguments.
#define MP_DEFINE_CONST_FUN_OBJ_VAR(obj_name, n_args_min, fun_name) \
    const mp_obj_fun_builtin_var_t obj_name = {.base = {.type = &mp_type_fun_builtin_var}, \
                                               .sig = MP_OBJ_FUN_MAKE_SIG(n_args_min, MP_OBJ_FUN_ARGS_MAX, false), \
                                               .fun = {.var = fun_name}}
#define MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(obj_name, n_args_min, n_args_max, fun_name) \
    const mp_obj_fun_builtin_var_t obj_name = {.base = {.type = &mp_type_fun_builtin_var}, \
                                               .sig = MP_OBJ_FUN_MAKE_SIG(n_args_min, n_args_max, false), \
                                               .fun = {.var = fun_name}}
#define MP_DEFINE_CONST_FUN_OBJ_KW(obj_name, n_args_min, fun_name) \
    const mp_obj_fun_builtin_var_t obj_name = {.base = {.type = &mp_type_fun_builtin_var}, \
                                               .sig = MP_OBJ_FUN_MAKE_SIG(n_args_min, MP_OBJ_FUN_ARGS_MAX, true), \
                                               .fun = {.kw = fun_name}}

#define MP_DECLARE_CONST_STATICMETHOD_OBJ(obj_name) extern const mp_rom_obj_static_class_method_t obj_name
#define MP_DECLARE_CONST_CLASSMETHOD_OBJ(obj_name) extern const mp_rom_obj_static_class_method_t obj_name
#define MP_DEFINE_CONST_STATICMETHOD_OBJ(obj_name, fun_name) \
    const mp_rom_obj_static_class_method_t obj_name = {{&mp_type_staticmethod}, fun_name}
#define MP_DEFINE_CONST_CLASSMETHOD_OBJ(obj_name, fun_name) \
    const mp_rom_obj_static_class_method_t obj_name = {{&mp_type_classmethod}, fun_name}

// ---- Maps and dictionaries over a table of mp_rom_map_elem_t or mp_map_elem_t --------------------------------

#define MP_DEFINE_CONST_MAP(map_name, table_name) \
    const mp_map_t map_name = { \
        .all_keys_are_qstrs = 1, \
        .is_fixed = 1, \
        .is_ordered = 1, \
        .used = MP_ARRAY_SIZE(table_name), \
        .alloc = MP_ARRAY_SIZE(table_name), \
        .table = (mp_map_elem_t *)(mp_rom_map_elem_t *)table_name, \
    }
#define MP_DEFINE_CONST_DICT_WITH_SIZE(dict_name, table_name, n) \
    const mp_obj_dict_t dict_name = { \
        .base = {&mp_type_dict}, \
        .map = { \
            .all_keys_are_qstrs = 1, \
            .is_fixed = 1, \
            .is_ordered = 1, \
            .used = n, \
            .alloc = n, \
            .table = (mp_map_elem_t *)(mp_rom_map_elem_t *)table_name, \
        }, \
    }
#define MP_DEFINE_CONST_DICT(dict_name, table_name) \
    MP_DEFINE_CONST_DICT_WITH_SIZE(dict_name, table_name, MP_ARRAY_SIZE(table_name))

// ---- Text, bytes, memory views, tuples with attributes -------------------------------------------------------

#define MP_DEFINE_STR_OBJ(obj_name, str) \
    mp_obj_str_t obj_name = {{&mp_type_str}, 0, sizeof(str) - 1, (const byte *)str}
#define MP_DEFINE_BYTES_OBJ(obj_name, target, len) \
    mp_obj_str_t obj_name = {{&mp_type_bytes}, 0, (len), (const byte *)(target)}
#define MP_DEFINE_MEMORYVIEW_OBJ(obj_name, typecode, offset, len, ptr) \
    mp_obj_array_t obj_name = {{&mp_type_memoryview}, (typecode), (offset), (len), (ptr)}
#define MP_DEFINE_ATTRTUPLE(tuple_obj_name, fields, nitems, ...) \
    const mp_rom_obj_tuple_t tuple_obj_name = {.base = {.type = &mp_type_attrtuple}, .len = nitems, \
                                               .items = {__VA_ARGS__, MP_ROM_PTR((void *)fields)}}

// ---- Types ---------------------------------------------------------------------------------------------------

// MP_DEFINE_CONST_OBJ_TYPE(name of the object, qstr, flags, slot, content, slot, content, ...), up to 12 slots.
// For sources shared with a firmware: mp_type_type and a module's own qstrs are no constants in a module.
#define MP_DEFINE_CONST_OBJ_TYPE(...) \
    NATMOD_TYPE_PICK(__VA_ARGS__, 12, NO, 11, NO, 10, NO, 9, NO, 8, NO, 7, NO, 6, NO, 5, NO, 4, NO, 3, NO, 2, NO, 1, \
        NO, 0, NO)(__VA_ARGS__)
// Chooses by the number of arguments: three and two for each slot.
#define NATMOD_TYPE_PICK(a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, a20, \
    a21, a22, a23, a24, a25, a26, a27, count, ...) NATMOD_TYPE_##count

#define NATMOD_TYPE_HEAD(obj_name, qst, type_flags) \
    const mp_obj_type_t obj_name = {.base = {&mp_type_type}, .flags = type_flags, .name = qst
#define NATMOD_TYPE_0(o, q, fl) NATMOD_TYPE_HEAD(o, q, fl)}
#define NATMOD_TYPE_1(o, q, fl, ...) \
    NATMOD_TYPE_HEAD(o, q, fl), NATMOD_INDEX_1(1, __VA_ARGS__), .slots = {NATMOD_CONTENT_1(__VA_ARGS__)}}
#define NATMOD_TYPE_2(o, q, fl, ...) \
    NATMOD_TYPE_HEAD(o, q, fl), NATMOD_INDEX_2(1, __VA_ARGS__), .slots = {NATMOD_CONTENT_2(__VA_ARGS__)}}
#define NATMOD_TYPE_3(o, q, fl, ...) \
    NATMOD_TYPE_HEAD(o, q, fl), NATMOD_INDEX_3(1, __VA_ARGS__), .slots = {NATMOD_CONTENT_3(__VA_ARGS__)}}
#define NATMOD_TYPE_4(o, q, fl, ...) \
    NATMOD_TYPE_HEAD(o, q, fl), NATMOD_INDEX_4(1, __VA_ARGS__), .slots = {NATMOD_CONTENT_4(__VA_ARGS__)}}
#define NATMOD_TYPE_5(o, q, fl, ...) \
    NATMOD_TYPE_HEAD(o, q, fl), NATMOD_INDEX_5(1, __VA_ARGS__), .slots = {NATMOD_CONTENT_5(__VA_ARGS__)}}
#define NATMOD_TYPE_6(o, q, fl, ...) \
    NATMOD_TYPE_HEAD(o, q, fl), NATMOD_INDEX_6(1, __VA_ARGS__), .slots = {NATMOD_CONTENT_6(__VA_ARGS__)}}
#define NATMOD_TYPE_7(o, q, fl, ...) \
    NATMOD_TYPE_HEAD(o, q, fl), NATMOD_INDEX_7(1, __VA_ARGS__), .slots = {NATMOD_CONTENT_7(__VA_ARGS__)}}
#define NATMOD_TYPE_8(o, q, fl, ...) \
    NATMOD_TYPE_HEAD(o, q, fl), NATMOD_INDEX_8(1, __VA_ARGS__), .slots = {NATMOD_CONTENT_8(__VA_ARGS__)}}
#define NATMOD_TYPE_9(o, q, fl, ...) \
    NATMOD_TYPE_HEAD(o, q, fl), NATMOD_INDEX_9(1, __VA_ARGS__), .slots = {NATMOD_CONTENT_9(__VA_ARGS__)}}
#define NATMOD_TYPE_10(o, q, fl, ...) \
    NATMOD_TYPE_HEAD(o, q, fl), NATMOD_INDEX_10(1, __VA_ARGS__), .slots = {NATMOD_CONTENT_10(__VA_ARGS__)}}
#define NATMOD_TYPE_11(o, q, fl, ...) \
    NATMOD_TYPE_HEAD(o, q, fl), NATMOD_INDEX_11(1, __VA_ARGS__), .slots = {NATMOD_CONTENT_11(__VA_ARGS__)}}
#define NATMOD_TYPE_12(o, q, fl, ...) \
    NATMOD_TYPE_HEAD(o, q, fl), NATMOD_INDEX_12(1, __VA_ARGS__), .slots = {NATMOD_CONTENT_12(__VA_ARGS__)}}

#define NATMOD_INDEX_1(i, slot, content) .slot_index_##slot = (i)
#define NATMOD_INDEX_2(i, slot, content, ...) NATMOD_INDEX_1(i, slot, content), NATMOD_INDEX_1(i + 1, __VA_ARGS__)
#define NATMOD_INDEX_3(i, slot, content, ...) NATMOD_INDEX_1(i, slot, content), NATMOD_INDEX_2(i + 1, __VA_ARGS__)
#define NATMOD_INDEX_4(i, slot, content, ...) NATMOD_INDEX_1(i, slot, content), NATMOD_INDEX_3(i + 1, __VA_ARGS__)
#define NATMOD_INDEX_5(i, slot, content, ...) NATMOD_INDEX_1(i, slot, content), NATMOD_INDEX_4(i + 1, __VA_ARGS__)
#define NATMOD_INDEX_6(i, slot, content, ...) NATMOD_INDEX_1(i, slot, content), NATMOD_INDEX_5(i + 1, __VA_ARGS__)
#define NATMOD_INDEX_7(i, slot, content, ...) NATMOD_INDEX_1(i, slot, content), NATMOD_INDEX_6(i + 1, __VA_ARGS__)
#define NATMOD_INDEX_8(i, slot, content, ...) NATMOD_INDEX_1(i, slot, content), NATMOD_INDEX_7(i + 1, __VA_ARGS__)
#define NATMOD_INDEX_9(i, slot, content, ...) NATMOD_INDEX_1(i, slot, content), NATMOD_INDEX_8(i + 1, __VA_ARGS__)
#define NATMOD_INDEX_10(i, slot, content, ...) NATMOD_INDEX_1(i, slot, content), NATMOD_INDEX_9(i + 1, __VA_ARGS__)
#define NATMOD_INDEX_11(i, slot, content, ...) NATMOD_INDEX_1(i, slot, content), NATMOD_INDEX_10(i + 1, __VA_ARGS__)
#define NATMOD_INDEX_12(i, slot, content, ...) NATMOD_INDEX_1(i, slot, content), NATMOD_INDEX_11(i + 1, __VA_ARGS__)

#define NATMOD_CONTENT_1(slot, content) (const void *)_MP_OBJ_TYPE_SLOT_TYPE_##slot(content)
#define NATMOD_CONTENT_2(slot, content, ...) NATMOD_CONTENT_1(slot, content), NATMOD_CONTENT_1(__VA_ARGS__)
#define NATMOD_CONTENT_3(slot, content, ...) NATMOD_CONTENT_1(slot, content), NATMOD_CONTENT_2(__VA_ARGS__)
#define NATMOD_CONTENT_4(slot, content, ...) NATMOD_CONTENT_1(slot, content), NATMOD_CONTENT_3(__VA_ARGS__)
#define NATMOD_CONTENT_5(slot, content, ...) NATMOD_CONTENT_1(slot, content), NATMOD_CONTENT_4(__VA_ARGS__)
#define NATMOD_CONTENT_6(slot, content, ...) NATMOD_CONTENT_1(slot, content), NATMOD_CONTENT_5(__VA_ARGS__)
#define NATMOD_CONTENT_7(slot, content, ...) NATMOD_CONTENT_1(slot, content), NATMOD_CONTENT_6(__VA_ARGS__)
#define NATMOD_CONTENT_8(slot, content, ...) NATMOD_CONTENT_1(slot, content), NATMOD_CONTENT_7(__VA_ARGS__)
#define NATMOD_CONTENT_9(slot, content, ...) NATMOD_CONTENT_1(slot, content), NATMOD_CONTENT_8(__VA_ARGS__)
#define NATMOD_CONTENT_10(slot, content, ...) NATMOD_CONTENT_1(slot, content), NATMOD_CONTENT_9(__VA_ARGS__)
#define NATMOD_CONTENT_11(slot, content, ...) NATMOD_CONTENT_1(slot, content), NATMOD_CONTENT_10(__VA_ARGS__)
#define NATMOD_CONTENT_12(slot, content, ...) NATMOD_CONTENT_1(slot, content), NATMOD_CONTENT_11(__VA_ARGS__)

#define MP_DEFINE_EXCEPTION(exc_name, base_name) \
    MP_DEFINE_CONST_OBJ_TYPE(mp_type_##exc_name, MP_QSTR_##exc_name, MP_TYPE_FLAG_NONE, \
        make_new, mp_obj_exception_make_new, print, mp_obj_exception_print, attr, mp_obj_exception_attr, \
        parent, &mp_type_##base_name);

#endif
