// mp_fun_table: everything that a native module can reach in the firmware, for native ABI 6.3.
//
// The order is the ABI. Entries up to 49 are those that the firmware's own native code generator uses
// (mp_fun_kind_t numbers them), from 50 on they are for modules.

#ifndef NATMOD_ABI_FUN_TABLE_H
#define NATMOD_ABI_FUN_TABLE_H

typedef enum {
    MP_F_CONST_NONE_OBJ, // 0
    MP_F_CONST_FALSE_OBJ,
    MP_F_CONST_TRUE_OBJ,
    MP_F_CONVERT_OBJ_TO_NATIVE,
    MP_F_CONVERT_NATIVE_TO_OBJ,
    MP_F_NATIVE_SWAP_GLOBALS,
    MP_F_LOAD_NAME,
    MP_F_LOAD_GLOBAL,
    MP_F_LOAD_BUILD_CLASS,
    MP_F_LOAD_ATTR,
    MP_F_LOAD_METHOD, // 10
    MP_F_LOAD_SUPER_METHOD,
    MP_F_STORE_NAME,
    MP_F_STORE_GLOBAL,
    MP_F_STORE_ATTR,
    MP_F_OBJ_SUBSCR,
    MP_F_OBJ_IS_TRUE,
    MP_F_UNARY_OP,
    MP_F_BINARY_OP,
    MP_F_BUILD_TUPLE,
    MP_F_BUILD_LIST, // 20
    MP_F_BUILD_MAP,
    MP_F_BUILD_SET,
    MP_F_STORE_SET,
    MP_F_LIST_APPEND,
    MP_F_STORE_MAP,
    MP_F_MAKE_FUNCTION_FROM_PROTO_FUN,
    MP_F_NATIVE_CALL_FUNCTION_N_KW,
    MP_F_CALL_METHOD_N_KW,
    MP_F_CALL_METHOD_N_KW_VAR,
    MP_F_NATIVE_GETITER, // 30
    MP_F_NATIVE_ITERNEXT,
    MP_F_NLR_PUSH,
    MP_F_NLR_POP,
    MP_F_NATIVE_RAISE,
    MP_F_IMPORT_NAME,
    MP_F_IMPORT_FROM,
    MP_F_IMPORT_ALL,
    MP_F_NEW_SLICE,
    MP_F_UNPACK_SEQUENCE,
    MP_F_UNPACK_EX, // 40
    MP_F_DELETE_NAME,
    MP_F_DELETE_GLOBAL,
    MP_F_NEW_CLOSURE,
    MP_F_ARG_CHECK_NUM_SIG,
    MP_F_SETUP_CODE_STATE,
    MP_F_SMALL_INT_FLOOR_DIVIDE,
    MP_F_SMALL_INT_MODULO,
    MP_F_NATIVE_YIELD_FROM,
    MP_F_SETJMP,
    MP_F_NUMBER_OF, // 50
} mp_fun_kind_t;

typedef struct _mp_fun_table_t {
    // 0: constants.
    mp_const_obj_t const_none;
    mp_const_obj_t const_false;
    mp_const_obj_t const_true;

    // 3: between objects and C values; `type` is one of MP_NATIVE_TYPE_*.
    mp_uint_t (*native_from_obj)(mp_obj_t obj, mp_uint_t type);
    mp_obj_t (*native_to_obj)(mp_uint_t val, mp_uint_t type);

    // 5: names and attributes. load_method gives the function in dest[0], and self or MP_OBJ_NULL in dest[1].
    mp_obj_dict_t *(*swap_globals)(mp_obj_dict_t *new_globals);
    mp_obj_t (*load_name)(qstr name);
    mp_obj_t (*load_global)(qstr name);
    mp_obj_t (*load_build_class)(void);
    mp_obj_t (*load_attr)(mp_obj_t obj, qstr attr);
    void (*load_method)(mp_obj_t obj, qstr attr, mp_obj_t *dest);
    void (*load_super_method)(qstr attr, mp_obj_t *dest);
    void (*store_name)(qstr name, mp_obj_t value);
    void (*store_global)(qstr name, mp_obj_t value);
    void (*store_attr)(mp_obj_t obj, qstr attr, mp_obj_t value);

    // 15: operators. A value of MP_OBJ_SENTINEL loads, MP_OBJ_NULL deletes.
    mp_obj_t (*obj_subscr)(mp_obj_t obj, mp_obj_t index, mp_obj_t value);
    bool (*obj_is_true)(mp_obj_t obj);
    mp_obj_t (*unary_op)(mp_unary_op_t op, mp_obj_t arg);
    mp_obj_t (*binary_op)(mp_binary_op_t op, mp_obj_t left, mp_obj_t right);

    // 19: collections.
    mp_obj_t (*new_tuple)(size_t n, const mp_obj_t *items);
    mp_obj_t (*new_list)(size_t n, mp_obj_t *items);
    mp_obj_t (*new_dict)(size_t n_room);
    mp_obj_t (*new_set)(size_t n, mp_obj_t *items);
    void (*set_store)(mp_obj_t set, mp_obj_t item);
    mp_obj_t (*list_append)(mp_obj_t list, mp_obj_t item);
    mp_obj_t (*dict_store)(mp_obj_t dict, mp_obj_t key, mp_obj_t value);

    // 26: functions and calls. In one word, the number of keyword pairs is shifted left by 8.
    mp_obj_t (*make_function_from_proto_fun)(
        mp_proto_fun_t proto_fun, const mp_module_context_t *context, const mp_obj_t *def_args);
    mp_obj_t (*call_function_n_kw)(mp_obj_t fun, size_t n_args_kw, const mp_obj_t *args);
    mp_obj_t (*call_method_n_kw)(size_t n_args, size_t n_kw, const mp_obj_t *fun_self_args);
    mp_obj_t (*call_method_n_kw_var)(bool have_self, size_t n_args_n_kw, const mp_obj_t *fun_self_args);

    // 30: iteration. getiter without a buffer gives the iterator, with one it fills the buffer and gives NULL.
    mp_obj_t (*getiter)(mp_obj_t obj, mp_obj_iter_buf_t *iter);
    mp_obj_t (*iternext)(mp_obj_iter_buf_t *iter);

    // 32: exceptions.
    unsigned int (*nlr_push)(nlr_buf_t *);
    void (*nlr_pop)(void);
    void (*raise)(mp_obj_t exc);

    // 35: imports.
    mp_obj_t (*import_name)(qstr name, mp_obj_t fromlist, mp_obj_t level);
    mp_obj_t (*import_from)(mp_obj_t module, qstr name);
    void (*import_all)(mp_obj_t module);

    // 38: slices, unpacking, deleting, closures.
    mp_obj_t (*new_slice)(mp_obj_t start, mp_obj_t stop, mp_obj_t step);
    void (*unpack_sequence)(mp_obj_t seq, size_t n, mp_obj_t *items);
    void (*unpack_ex)(mp_obj_t seq, size_t n, mp_obj_t *items);
    void (*delete_name)(qstr name);
    void (*delete_global)(qstr name);
    mp_obj_t (*new_closure)(mp_obj_t fun, size_t n_closed_over, const mp_obj_t *closed);

    // 44: for generated code.
    void (*arg_check_num_sig)(size_t n_args, size_t n_kw, uint32_t sig);
    void (*setup_code_state_native)(
        mp_code_state_native_t *code_state, size_t n_args, size_t n_kw, const mp_obj_t *args);
    mp_int_t (*small_int_floor_divide)(mp_int_t num, mp_int_t denom);
    mp_int_t (*small_int_modulo)(mp_int_t dividend, mp_int_t divisor);
    bool (*yield_from)(mp_obj_t gen, mp_obj_t send_value, mp_obj_t *ret_value);
    void *setjmp_;

    // 50: memory. realloc_ allocates when ptr is NULL, frees when n_bytes is 0, and may give NULL.
    void *(*memset_)(void *s, int c, size_t n);
    void *(*memmove_)(void *dest, const void *src, size_t n);
    void *(*realloc_)(void *ptr, size_t n_bytes, bool allow_move);

    // 53: printing.
    int (*printf_)(const mp_print_t *print, const char *fmt, ...);
    int (*vprintf_)(const mp_print_t *print, const char *fmt, va_list args);

    // 55: does not return.
    MP_NORETURN void (*raise_msg)(const mp_obj_type_t *exc_type, mp_rom_error_text_t msg);

    // 56: making objects and looking into them.
    const mp_obj_type_t *(*obj_get_type)(mp_const_obj_t obj);
    mp_obj_t (*obj_new_str)(const char *data, size_t len);
    mp_obj_t (*obj_new_bytes)(const byte *data, size_t len);
    mp_obj_t (*obj_new_bytearray_by_ref)(size_t n, void *items);
    mp_obj_t (*obj_new_float_from_f)(float f);
    mp_obj_t (*obj_new_float_from_d)(double d);
    float (*obj_get_float_to_f)(mp_obj_t obj);
    double (*obj_get_float_to_d)(mp_obj_t obj);
    void (*load_method_maybe)(mp_obj_t obj, qstr attr, mp_obj_t *dest);
    bool (*get_buffer)(mp_obj_t obj, mp_buffer_info_t *bufinfo, mp_uint_t flags);
    const mp_stream_p_t *(*get_stream_raise)(mp_obj_t obj, int flags);

    // 67: arguments.
    void (*arg_parse_all)(size_t n_pos, const mp_obj_t *pos, mp_map_t *kws,
        size_t n_allowed, const mp_arg_t *allowed, mp_arg_val_t *out_vals);
    void (*arg_parse_all_kw_array)(size_t n_pos, size_t n_kw, const mp_obj_t *args,
        size_t n_allowed, const mp_arg_t *allowed, mp_arg_val_t *out_vals);

    // 69: values in binary form.
    size_t (*binary_get_size)(char struct_type, char val_type, size_t *palign);
    mp_obj_t (*binary_get_val_array)(char typecode, void *p, size_t index);
    void (*binary_set_val_array)(char typecode, void *p, size_t index, mp_obj_t val_in);

    // 72: standard output.
    const mp_print_t *plat_print;

    // 73: types and objects that constant data may point to; the linker knows these by name.
    const mp_obj_type_t *type_type;
    const mp_obj_type_t *type_str;
    const mp_obj_type_t *type_list;
    const mp_obj_type_t *type_dict;
    const mp_obj_type_t *type_fun_builtin_0;
    const mp_obj_type_t *type_fun_builtin_1;
    const mp_obj_type_t *type_fun_builtin_2;
    const mp_obj_type_t *type_fun_builtin_3;
    const mp_obj_type_t *type_fun_builtin_var;
    const mp_obj_type_t *type_Exception;
    const mp_obj_fun_builtin_var_t *stream_read_obj;
    const mp_obj_fun_builtin_var_t *stream_readinto_obj;
    const mp_obj_fun_builtin_var_t *stream_unbuffered_readline_obj;
    const mp_obj_fun_builtin_var_t *stream_write_obj;
} mp_fun_table_t;

extern const mp_fun_table_t mp_fun_table;

// A slip in the list above would call the wrong function: 50 entries before the first one for modules, 73 before
// the types, 87 in all.
MP_STATIC_ASSERT(offsetof(mp_fun_table_t, memset_) == MP_F_NUMBER_OF * sizeof(void *));
MP_STATIC_ASSERT(offsetof(mp_fun_table_t, type_type) == 73 * sizeof(void *));
MP_STATIC_ASSERT(sizeof(mp_fun_table_t) == 87 * sizeof(void *));

#endif
