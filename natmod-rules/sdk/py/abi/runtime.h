// The functions of the firmware, each a call through mp_fun_table.
//
// Most are macros. Where more than an expression is needed an inline function of the same name with _dyn does
// the work. Functions that raise do not return.

#ifndef NATMOD_ABI_RUNTIME_H
#define NATMOD_ABI_RUNTIME_H

// ---- Constants and types -------------------------------------------------------------------------------------

#define mp_const_none ((mp_obj_t)mp_fun_table.const_none)
#define mp_const_false ((mp_obj_t)mp_fun_table.const_false)
#define mp_const_true ((mp_obj_t)mp_fun_table.const_true)
#define mp_const_empty_tuple (mp_fun_table.new_tuple(0, NULL))
#define mp_const_empty_bytes (MP_OBJ_TYPE_GET_SLOT(&mp_type_bytes, make_new)(NULL, 0, 0, NULL))

// In the table.
#define mp_type_type (*mp_fun_table.type_type)
#define mp_type_str (*mp_fun_table.type_str)
#define mp_type_list (*mp_fun_table.type_list)
#define mp_type_Exception (*mp_fun_table.type_Exception)
#define mp_stream_read_obj (*mp_fun_table.stream_read_obj)
#define mp_stream_readinto_obj (*mp_fun_table.stream_readinto_obj)
#define mp_stream_unbuffered_readline_obj (*mp_fun_table.stream_unbuffered_readline_obj)
#define mp_stream_write_obj (*mp_fun_table.stream_write_obj)
// Types of objects that are in the table.
#define mp_type_NoneType (*mp_obj_get_type(mp_const_none))
#define mp_type_bool (*mp_obj_get_type(mp_const_false))
#define mp_type_tuple (*((mp_obj_base_t *)mp_const_empty_tuple)->type)
// Looked up by name each time: in a loop, keep the address in a variable.
#define mp_type_int (*(mp_obj_type_t *)(mp_load_global(MP_QSTR_int)))
#define mp_type_bytes (*(mp_obj_type_t *)(mp_load_global(MP_QSTR_bytes)))
#define mp_type_bytearray (*(mp_obj_type_t *)(mp_load_global(MP_QSTR_bytearray)))
#define mp_type_EOFError (*(mp_obj_type_t *)(mp_load_global(MP_QSTR_EOFError)))
#define mp_type_IndexError (*(mp_obj_type_t *)(mp_load_global(MP_QSTR_IndexError)))
#define mp_type_KeyError (*(mp_obj_type_t *)(mp_load_global(MP_QSTR_KeyError)))
#define mp_type_NotImplementedError (*(mp_obj_type_t *)(mp_load_global(MP_QSTR_NotImplementedError)))
#define mp_type_RuntimeError (*(mp_obj_type_t *)(mp_load_global(MP_QSTR_RuntimeError)))
#define mp_type_TypeError (*(mp_obj_type_t *)(mp_load_global(MP_QSTR_TypeError)))
#define mp_type_ValueError (*(mp_obj_type_t *)(mp_load_global(MP_QSTR_ValueError)))

// ---- Names, attributes, operators, imports -------------------------------------------------------------------

#define mp_load_name(qst) (mp_fun_table.load_name((qst)))
#define mp_load_global(qst) (mp_fun_table.load_global((qst)))
#define mp_load_attr(base, attr) (mp_fun_table.load_attr((base), (attr)))
#define mp_load_method(base, attr, dest) (mp_fun_table.load_method((base), (attr), (dest)))
#define mp_load_method_maybe(base, attr, dest) (mp_fun_table.load_method_maybe((base), (attr), (dest)))
#define mp_load_super_method(attr, dest) (mp_fun_table.load_super_method((attr), (dest)))
#define mp_store_name(qst, obj) (mp_fun_table.store_name((qst), (obj)))
#define mp_store_global(qst, obj) (mp_fun_table.store_global((qst), (obj)))
#define mp_store_attr(base, attr, val) (mp_fun_table.store_attr((base), (attr), (val)))

#define mp_unary_op(op, obj) (mp_fun_table.unary_op((op), (obj)))
#define mp_binary_op(op, lhs, rhs) (mp_fun_table.binary_op((op), (lhs), (rhs)))
#define mp_obj_is_true(o) (mp_fun_table.native_from_obj(o, MP_NATIVE_TYPE_BOOL))
#define mp_obj_len(o) (mp_obj_len_dyn(o))
#define mp_obj_subscr(base, index, val) (mp_fun_table.obj_subscr((base), (index), (val)))

#define mp_import_name(name, fromlist, level) (mp_fun_table.import_name((name), (fromlist), (level)))
#define mp_import_from(module, name) (mp_fun_table.import_from((module), (name)))
#define mp_import_all(module) (mp_fun_table.import_all((module)))

// By calling Python's len(), because not every type with a length answers MP_UNARY_OP_LEN.
static inline mp_obj_t mp_obj_len_dyn(mp_obj_t o) {
    return mp_fun_table.call_function_n_kw(mp_fun_table.load_name(MP_QSTR_len), 1, &o);
}

// ---- What is this object? ------------------------------------------------------------------------------------

#define mp_obj_get_type(o) (mp_fun_table.obj_get_type((o)))
#define mp_obj_is_exact_type(o, t) (mp_obj_is_obj(o) && (((mp_obj_base_t *)MP_OBJ_TO_PTR(o))->type == (t)))
// Not for bool, int, str and None, which are not always pointers: they have functions of their own.
#define mp_obj_is_type(o, t) mp_obj_is_exact_type(o, t)
#define mp_type_assert_not_bool_int_str_nonetype(t) (1)
#define mp_type_assert_not_float(t) (1)
#define mp_obj_is_bool(o) ((o) == mp_const_false || (o) == mp_const_true)
#define mp_obj_is_int(o) (mp_obj_is_small_int(o) || mp_obj_is_exact_type(o, &mp_type_int))
#define mp_obj_is_str(o) (mp_obj_is_qstr(o) || mp_obj_is_exact_type(o, &mp_type_str))
#define mp_obj_is_str_or_bytes(o) \
    (mp_obj_is_qstr(o) || (mp_obj_is_obj(o) && MP_OBJ_TYPE_GET_SLOT_OR_NULL( \
        ((mp_obj_base_t *)MP_OBJ_TO_PTR(o))->type, binary_op) == mp_obj_str_binary_op))
#define mp_obj_is_fun(o) \
    (mp_obj_is_obj(o) && (((mp_obj_base_t *)MP_OBJ_TO_PTR(o))->type->name == MP_QSTR_function))
#define mp_obj_is_tuple_compatible(o) \
    (MP_OBJ_TYPE_GET_SLOT_OR_NULL(mp_obj_get_type(o), iter) == (const void *)mp_obj_tuple_getiter)
#if MICROPY_PY_BUILTINS_FLOAT
#define mp_obj_is_float(o) mp_obj_is_exact_type((o), &mp_type_float)
#define mp_const_float_e MP_ROM_PTR(&mp_const_float_e_obj)
#define mp_const_float_pi MP_ROM_PTR(&mp_const_float_pi_obj)
#else
#define mp_obj_is_float(o) (false)
#endif
static inline bool mp_obj_is_integer(mp_const_obj_t o) {
    return mp_obj_is_int(o) || mp_obj_is_bool(o);
}

// ---- Memory on the garbage-collected heap --------------------------------------------------------------------

#define m_malloc_fail(num_bytes) (m_malloc_fail_dyn((num_bytes)))
#define m_malloc(n) (m_malloc_dyn((n)))
#define m_free(ptr) (m_free_dyn((ptr)))
#define m_realloc(ptr, new_num_bytes) (m_realloc_dyn((ptr), (new_num_bytes)))
#define m_realloc_maybe(ptr, new_num_bytes, allow_move) (m_realloc_maybe_dyn((ptr), (new_num_bytes), (allow_move)))
#define mp_obj_malloc_helper(n, t) (mp_obj_malloc_helper_dyn(n, t))

// A structure that begins with mp_obj_base_t, with its type filled in. The finaliser forms do not call __del__
// in a module.
#define mp_obj_malloc(struct_type, obj_type) ((struct_type *)mp_obj_malloc_helper(sizeof(struct_type), obj_type))
#define mp_obj_malloc_var(struct_type, var_field, var_type, var_num, obj_type) \
    ((struct_type *)mp_obj_malloc_helper( \
        offsetof(struct_type, var_field) + sizeof(var_type) * (var_num), obj_type))
#define mp_obj_malloc_with_finaliser(struct_type, obj_type) mp_obj_malloc(struct_type, obj_type)
#define mp_obj_malloc_var_with_finaliser(struct_type, var_field, var_type, var_num, obj_type) \
    mp_obj_malloc_var(struct_type, var_field, var_type, var_num, obj_type)

static MP_NORETURN inline void m_malloc_fail_dyn(size_t num_bytes) {
    (void)num_bytes;
    mp_fun_table.raise_msg(
        (const mp_obj_type_t *)mp_fun_table.load_global(MP_QSTR_MemoryError), "memory allocation failed");
}
static inline void *m_realloc_maybe_dyn(void *ptr, size_t new_num_bytes, bool allow_move) {
    return mp_fun_table.realloc_(ptr, new_num_bytes, allow_move);
}
static inline void *m_realloc_checked_dyn(void *ptr, size_t new_num_bytes, bool allow_move) {
    void *moved = m_realloc_maybe_dyn(ptr, new_num_bytes, allow_move);
    if (moved == NULL && new_num_bytes > 0) {
        m_malloc_fail_dyn(new_num_bytes);
    }
    return moved;
}
static inline void *m_malloc_dyn(size_t n) {
    return m_realloc_checked_dyn(NULL, n, false);
}
static inline void *m_realloc_dyn(void *ptr, size_t new_num_bytes) {
    return m_realloc_checked_dyn(ptr, new_num_bytes, true);
}
static inline void m_free_dyn(void *ptr) {
    (void)mp_fun_table.realloc_(ptr, 0, false);
}
static inline void *mp_obj_malloc_helper_dyn(size_t num_bytes, const mp_obj_type_t *type) {
    mp_obj_base_t *obj = (mp_obj_base_t *)m_malloc_dyn(num_bytes);
    obj->type = type;
    return obj;
}

static inline void *mp_nonlocal_alloc(size_t n_bytes) {
    return m_malloc_dyn(n_bytes);
}
static inline void *mp_nonlocal_realloc(void *ptr, size_t old_n_bytes, size_t new_n_bytes) {
    (void)old_n_bytes;
    return m_realloc_dyn(ptr, new_n_bytes);
}
static inline void mp_nonlocal_free(void *ptr, size_t n_bytes) {
    (void)n_bytes;
    m_free_dyn(ptr);
}

// ---- Calling -------------------------------------------------------------------------------------------------

// `args` holds the positional arguments, then keyword names and values in turn.
#define mp_call_function_n_kw(fun, n_args, n_kw, args) \
    (mp_fun_table.call_function_n_kw((fun), (n_args) | ((n_kw) << 8), args))
#define mp_make_function_from_proto_fun(rc, context, def_args) \
    (mp_fun_table.make_function_from_proto_fun((rc), (context), (def_args)))

#define mp_arg_check_num(n_args, n_kw, n_args_min, n_args_max, takes_kw) \
    (mp_fun_table.arg_check_num_sig((n_args), (n_kw), MP_OBJ_FUN_MAKE_SIG((n_args_min), (n_args_max), (takes_kw))))
#define mp_arg_parse_all(n_pos, pos, kws, n_allowed, allowed, out_vals) \
    (mp_fun_table.arg_parse_all((n_pos), (pos), (kws), (n_allowed), (allowed), (out_vals)))
#define mp_arg_parse_all_kw_array(n_pos, n_kw, args, n_allowed, allowed, out_vals) \
    (mp_fun_table.arg_parse_all_kw_array((n_pos), (n_kw), (args), (n_allowed), (allowed), (out_vals)))

// ---- Making objects ------------------------------------------------------------------------------------------

#define MP_OBJ_NEW_QSTR(x) (mp_fun_table.native_to_obj(x, MP_NATIVE_TYPE_QSTR))
#define mp_obj_new_bool(b) ((b) ? (mp_obj_t)mp_fun_table.const_true : (mp_obj_t)mp_fun_table.const_false)
#define mp_obj_new_int(i) (mp_fun_table.native_to_obj(i, MP_NATIVE_TYPE_INT))
#define mp_obj_new_int_from_uint(i) (mp_fun_table.native_to_obj(i, MP_NATIVE_TYPE_UINT))
#define mp_obj_new_str(data, len) (mp_fun_table.obj_new_str((data), (len)))
#define mp_obj_new_str_of_type(t, d, l) (mp_obj_new_str_of_type_dyn((t), (d), (l)))
#define mp_obj_new_bytes(data, len) (mp_fun_table.obj_new_bytes((data), (len)))
#define mp_obj_new_bytearray_by_ref(n, i) (mp_fun_table.obj_new_bytearray_by_ref((n), (i)))
#define mp_obj_new_tuple(n, items) (mp_fun_table.new_tuple((n), (items)))
#define mp_obj_new_list(n, items) (mp_fun_table.new_list((n), (items)))
#define mp_obj_new_dict(n) (mp_fun_table.new_dict((n)))
#define mp_obj_new_str_from_utf8_vstr mp_obj_new_str_from_vstr

static inline mp_obj_t mp_obj_new_str_of_type_dyn(const mp_obj_type_t *type, const byte *data, size_t len) {
    return type == &mp_type_str ? mp_obj_new_str((const char *)data, len) : mp_obj_new_bytes(data, len);
}

// ---- Reading objects -----------------------------------------------------------------------------------------

// The value has type mp_uint_t: store it in an mp_int_t before comparing it or dividing it as a signed number.
#define mp_obj_get_int(o) (mp_fun_table.native_from_obj(o, MP_NATIVE_TYPE_INT))
#define mp_obj_get_int_truncated(o) (mp_fun_table.native_from_obj(o, MP_NATIVE_TYPE_UINT))
// The text of a str, or the bytes of anything with a buffer. `void *`, without a zero byte at the end in general.
// C++ does not turn that into another pointer by itself, so there it is the type that MicroPython's own function has.
#ifdef __cplusplus
#define mp_obj_str_get_str(s) ((const char *)mp_obj_str_get_data_dyn((s), NULL))
#define mp_obj_str_get_data(o, len) ((const char *)mp_obj_str_get_data_dyn((o), (len)))
#else
#define mp_obj_str_get_str(s) (mp_obj_str_get_data_dyn((s), NULL))
#define mp_obj_str_get_data(o, len) (mp_obj_str_get_data_dyn((o), (len)))
#endif
#define mp_get_buffer(o, bufinfo, fl) (mp_fun_table.get_buffer((o), (bufinfo), (fl)))
#define mp_get_buffer_raise(o, bufinfo, fl) \
    (mp_fun_table.get_buffer((o), (bufinfo), (fl) | MP_BUFFER_RAISE_IF_UNSUPPORTED))
#define mp_get_stream_raise(s, flags) (mp_fun_table.get_stream_raise((s), (flags)))
#define mp_obj_list_append(list, item) (mp_fun_table.list_append((list), (item)))
#define mp_obj_dict_store(dict, key, val) (mp_fun_table.dict_store((dict), (key), (val)))
// The part of an instance that belongs to a native base class, or MP_OBJ_NULL. Only a direct base is found.
#define mp_obj_cast_to_native_base(o, t) (mp_obj_cast_to_native_base_dyn((o), (t)))

#define mp_binary_get_size(struct_type, val_type, palign) \
    (mp_fun_table.binary_get_size((struct_type), (val_type), (palign)))
#define mp_binary_get_val_array(typecode, p, index) (mp_fun_table.binary_get_val_array((typecode), (p), (index)))
#define mp_binary_set_val_array(typecode, p, index, val_in) \
    (mp_fun_table.binary_set_val_array((typecode), (p), (index), (val_in)))

static inline void *mp_obj_str_get_data_dyn(mp_obj_t o, size_t *l) {
    mp_buffer_info_t info;
    (void)mp_get_buffer_raise(o, &info, MP_BUFFER_READ);
    if (l != NULL) {
        *l = info.len;
    }
    return info.buf;
}
static inline mp_obj_t mp_obj_cast_to_native_base_dyn(mp_obj_t self_in, mp_const_obj_t native_type) {
    const mp_obj_type_t *type = mp_obj_get_type(self_in);
    if ((mp_const_obj_t)type == native_type) {
        return self_in;
    }
    if (MP_OBJ_TYPE_GET_SLOT_OR_NULL(type, parent) != native_type) {
        return MP_OBJ_NULL;
    }
    return ((mp_obj_instance_t *)MP_OBJ_TO_PTR(self_in))->subobj[0];
}
static inline void mp_obj_list_store(mp_obj_t self_in, mp_obj_t index, mp_obj_t value) {
    mp_obj_list_t *list = (mp_obj_list_t *)MP_OBJ_TO_PTR(self_in);
    size_t i = mp_get_index(list->base.type, list->len, index, false);
    list->items[i] = value;
}

// Declare variables with hash, length or text of a str or bytes object. They use qstr_hash, qstr_len, qstr_data
// of the firmware; mp_obj_str_get_data needs none of them.
#define GET_STR_HASH(str_obj_in, str_hash) \
    size_t str_hash = mp_obj_is_qstr(str_obj_in) \
        ? qstr_hash(natmod_qstr_of(str_obj_in)) : ((mp_obj_str_t *)MP_OBJ_TO_PTR(str_obj_in))->hash;
#define GET_STR_LEN(str_obj_in, str_len) \
    size_t str_len = mp_obj_is_qstr(str_obj_in) \
        ? qstr_len(natmod_qstr_of(str_obj_in)) : ((mp_obj_str_t *)MP_OBJ_TO_PTR(str_obj_in))->len;
#define GET_STR_DATA_LEN(str_obj_in, str_data, str_len) \
    size_t str_len; \
    const byte *str_data = natmod_str_data(str_obj_in, &str_len);
static inline qstr natmod_qstr_of(mp_const_obj_t o) {
    return (mp_uint_t)o >> 3;
}
static inline const byte *natmod_str_data(mp_const_obj_t o, size_t *len) {
    if (mp_obj_is_qstr(o)) {
        return qstr_data(natmod_qstr_of(o), len);
    }
    *len = ((const mp_obj_str_t *)o)->len;
    return ((const mp_obj_str_t *)o)->data;
}

#endif
