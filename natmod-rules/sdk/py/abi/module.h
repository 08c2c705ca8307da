// The rest of the functions: exceptions, printing, floating point, and the frame of mpy_init.

#ifndef NATMOD_ABI_MODULE_H
#define NATMOD_ABI_MODULE_H

// ---- Exceptions ----------------------------------------------------------------------------------------------

#define mp_raise_msg(type, msg) (mp_fun_table.raise_msg((type), (msg)))
#define mp_raise_type(exc_type) mp_raise_msg(exc_type, NULL)
#define mp_raise_type_arg(type, arg) (mp_raise_dyn(mp_obj_new_exception_arg1_dyn((type), (arg))))
#define mp_raise_NotImplementedError(msg) (mp_raise_msg(&mp_type_NotImplementedError, (msg)))
#define mp_raise_TypeError(msg) (mp_raise_msg(&mp_type_TypeError, (msg)))
#define mp_raise_ValueError(msg) (mp_raise_msg(&mp_type_ValueError, (msg)))
#define mp_raise_OSError(er) (mp_raise_OSError_dyn(er))
#define nlr_raise(o) (mp_raise_dyn(o))

// Gives the exception's type: raising that makes an instance.
#define mp_obj_new_exception(o) ((mp_obj_t)(o))
#define mp_obj_new_exception_arg1(e_type, arg) (mp_obj_new_exception_arg1_dyn((e_type), (arg)))

// For types of exceptions that a module makes.
#define mp_obj_exception_make_new (MP_OBJ_TYPE_GET_SLOT(&mp_type_Exception, make_new))
#define mp_obj_exception_print (MP_OBJ_TYPE_GET_SLOT(&mp_type_Exception, print))
#define mp_obj_exception_attr (MP_OBJ_TYPE_GET_SLOT(&mp_type_Exception, attr))

static inline mp_obj_t mp_obj_new_exception_arg1_dyn(const mp_obj_type_t *exc_type, mp_obj_t arg) {
    return mp_call_function_n_kw(MP_OBJ_FROM_PTR(exc_type), 1, 0, &arg);
}
static MP_NORETURN inline void mp_raise_dyn(mp_obj_t o) {
    mp_fun_table.raise(o);
    for (;;) {
    }
}
static inline void mp_raise_OSError_dyn(int er) {
    mp_obj_t number = MP_OBJ_NEW_SMALL_INT(er);
    mp_raise_dyn(mp_call_function_n_kw(mp_load_global(MP_QSTR_OSError), 1, 0, &number));
}
// Fills in a new type of exceptions: `class name(base): pass`.
static inline void mp_obj_exception_init(mp_obj_full_type_t *exc, qstr name, const mp_obj_type_t *base) {
    exc->base.type = &mp_type_type;
    exc->flags = MP_TYPE_FLAG_NONE;
    exc->name = (uint16_t)name;
    MP_OBJ_TYPE_SET_SLOT(exc, make_new, mp_obj_exception_make_new, 0);
    MP_OBJ_TYPE_SET_SLOT(exc, print, mp_obj_exception_print, 1);
    MP_OBJ_TYPE_SET_SLOT(exc, attr, mp_obj_exception_attr, 2);
    MP_OBJ_TYPE_SET_SLOT(exc, parent, base, 3);
}

// ---- Items of a tuple or list --------------------------------------------------------------------------------

// They stay where they are only as long as the object does.
#define mp_obj_get_array(o, len, items) (mp_obj_get_array_dyn((o), (len), (items)))
static inline void mp_obj_get_array_dyn(mp_obj_t o, size_t *len, mp_obj_t **items) {
    const mp_obj_type_t *type = mp_obj_get_type(o);
    if (type == &mp_type_tuple) {
        mp_obj_tuple_get(o, len, items);
    } else if (type == &mp_type_list) {
        mp_obj_list_get(o, len, items);
    } else {
        mp_raise_TypeError("expected tuple/list");
    }
}

// ---- Printing ------------------------------------------------------------------------------------------------

#define mp_plat_print (*mp_fun_table.plat_print) // standard output
#define mp_printf(p, ...) (mp_fun_table.printf_((p), __VA_ARGS__))
#define mp_vprintf(p, fmt, args) (mp_fun_table.vprintf_((p), (fmt), (args)))

// ---- Floating point ------------------------------------------------------------------------------------------

// Through a float or a double, whatever the firmware itself computes with.
#define mp_obj_new_float_from_f(f) (mp_fun_table.obj_new_float_from_f((f)))
#define mp_obj_new_float_from_d(d) (mp_fun_table.obj_new_float_from_d((d)))
#define mp_obj_get_float_to_f(o) (mp_fun_table.obj_get_float_to_f((o)))
#define mp_obj_get_float_to_d(o) (mp_fun_table.obj_get_float_to_d((o)))

// In the module's mp_float_t.
#if MICROPY_FLOAT_IMPL == MICROPY_FLOAT_IMPL_FLOAT
#define mp_obj_new_float(f) (mp_obj_new_float_from_f((f)))
#define mp_obj_get_float(o) (mp_obj_get_float_to_f((o)))
#elif MICROPY_FLOAT_IMPL == MICROPY_FLOAT_IMPL_DOUBLE
#define mp_obj_new_float(f) (mp_obj_new_float_from_d((f)))
#define mp_obj_get_float(o) (mp_obj_get_float_to_d((o)))
#endif
#if MICROPY_PY_BUILTINS_FLOAT
static inline mp_int_t mp_float_hash(mp_float_t val) {
    return (mp_int_t)val;
}
#endif

// ---- Stack depth ---------------------------------------------------------------------------------------------

// A module cannot see the firmware's limit. With MICROPY_STACK_CHECK it brings its own mp_cstack_check.
#if MICROPY_STACK_CHECK
void mp_cstack_check(void);
#else
static inline void mp_cstack_check(void) {
}
#endif

// ---- Body of mpy_init ----------------------------------------------------------------------------------------

// The loader calls
//
//     mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
//         MP_DYNRUNTIME_INIT_ENTRY
//         mp_store_global(MP_QSTR_answer, MP_OBJ_NEW_SMALL_INT(42));
//         MP_DYNRUNTIME_INIT_EXIT
//     }
//
// Between the two, names stored are the module's, and MP_DYNRUNTIME_MAKE_FUNCTION(f) makes a function object of
// a C function that has mpy_init's own parameters.
#ifdef __cplusplus
// An mp_obj_t does not become a pointer by itself, nor a function a pointer to data.
#define MP_DYNRUNTIME_INIT_ENTRY \
    mp_obj_dict_t *old_globals = mp_fun_table.swap_globals(self->context->module.globals); \
    mp_raw_code_truncated_t rc; \
    rc.proto_fun_indicator[0] = MP_PROTO_FUN_INDICATOR_RAW_CODE_0; \
    rc.proto_fun_indicator[1] = MP_PROTO_FUN_INDICATOR_RAW_CODE_1; \
    rc.kind = MP_CODE_NATIVE_VIPER; \
    rc.is_generator = 0; \
    (void)rc;
#define MP_DYNRUNTIME_MAKE_FUNCTION(f) \
    (mp_make_function_from_proto_fun( \
        (rc.fun_data = (const void *)(f), (const mp_raw_code_t *)&rc), self->context, NULL))
#else
#define MP_DYNRUNTIME_INIT_ENTRY \
    mp_obj_t old_globals = mp_fun_table.swap_globals(self->context->module.globals); \
    mp_raw_code_truncated_t rc; \
    rc.proto_fun_indicator[0] = MP_PROTO_FUN_INDICATOR_RAW_CODE_0; \
    rc.proto_fun_indicator[1] = MP_PROTO_FUN_INDICATOR_RAW_CODE_1; \
    rc.kind = MP_CODE_NATIVE_VIPER; \
    rc.is_generator = 0; \
    (void)rc;
#define MP_DYNRUNTIME_MAKE_FUNCTION(f) \
    (mp_make_function_from_proto_fun((rc.fun_data = (f), (const mp_raw_code_t *)&rc), self->context, NULL))
#endif
#define MP_DYNRUNTIME_INIT_EXIT \
    mp_fun_table.swap_globals(old_globals); \
    return mp_const_none;

#endif
