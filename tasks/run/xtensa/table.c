// The function table: what the modules of the tests use of it. All other entries say so and end the program.

#include "harness.h"

mp_fun_table_t table;
mp_obj_dict_t *globals;

typedef struct { mp_obj_base_t base; entry_t code; void *self; } function_t;

static void unsupported(void) {
    give_up("the module calls an entry of the function table that the harness does not have");
}

static mp_uint_t native_from_obj(mp_obj_t obj, mp_uint_t type) {
    const char *data;
    size_t len;
    switch (type) {
        case MP_NATIVE_TYPE_BOOL:
            if (obj == &none_object || obj == &false_object) {
                return 0;
            }
            if (type_of(obj) == (const void *)&int_type) {
                return int_value(obj) != 0;
            }
            return text_of(obj, &data, &len) ? len != 0 : 1;
        case MP_NATIVE_TYPE_INT:
        case MP_NATIVE_TYPE_UINT:
            return int_value(obj);
        case MP_NATIVE_TYPE_QSTR:
            if (!text_of(obj, &data, &len)) {
                raise_named("TypeError");
            }
            return intern(data, len);
        case MP_NATIVE_TYPE_OBJ:
            return (mp_uint_t)obj;
        default:
            if (!text_of(obj, &data, &len)) {
                raise_named("TypeError");
            }
            return (mp_uint_t)data;
    }
}

static mp_obj_t native_to_obj(mp_uint_t value, mp_uint_t type) {
    switch (type) {
        case MP_NATIVE_TYPE_OBJ:
            return (mp_obj_t)value;
        case MP_NATIVE_TYPE_BOOL:
            return value ? &true_object : &false_object;
        case MP_NATIVE_TYPE_QSTR:
            return (mp_obj_t)(value << 3 | 2);
        default:
            return new_int(value);
    }
}

static mp_obj_dict_t *swap_globals(mp_obj_dict_t *other) {
    mp_obj_dict_t *old = globals;
    globals = other;
    return old;
}

static mp_obj_t name_object(qstr name) {
    return (mp_obj_t)(name << 3 | 2);
}

static mp_obj_t builtin_len(mp_obj_t obj) {
    const char *data;
    size_t len;
    if (text_of(obj, &data, &len)) {
        return new_int(len);
    }
    const void *type = type_of(obj);
    return new_int(type == &list_type ? ((mp_obj_list_t *)obj)->len : ((mp_obj_tuple_t *)obj)->len);
}

// One item of a list or tuple: loaded, or stored into a list.
static mp_obj_t subscript(mp_obj_t base, mp_obj_t index, mp_obj_t value) {
    const void *type = type_of(base);
    mp_obj_t *items;
    mp_int_t len;
    if (type == &list_type) {
        items = ((mp_obj_list_t *)base)->items;
        len = ((mp_obj_list_t *)base)->len;
    } else if (type == &tuple_type) {
        items = ((mp_obj_tuple_t *)base)->items;
        len = ((mp_obj_tuple_t *)base)->len;
    } else {
        give_up("this kind of subscript is something that the harness does not have");
    }
    mp_int_t at = int_value(index);
    at += at < 0 ? len : 0;
    if (at < 0 || at >= len) {
        raise_named("IndexError");
    }
    if (value == MP_OBJ_SENTINEL) {
        return items[at];
    }
    if (type != &list_type || value == MP_OBJ_NULL) {
        raise_named("TypeError");
    }
    items[at] = value;
    return &none_object;
}

static mp_obj_t load_global(qstr name) {
    static mp_obj_fun_builtin_fixed_t len_function = { { (void *)&fun_1_type }, { ._1 = builtin_len } };
    mp_obj_t found = globals == NULL ? MP_OBJ_NULL : dict_get(globals, name_object(name));
    if (found != MP_OBJ_NULL) {
        return found;
    }
    return name == intern("len", 3) ? &len_function : named_type(name);
}

static void store_global(qstr name, mp_obj_t value) {
    dict_store(globals, name_object(name), value);
}

static void load_method_maybe(mp_obj_t obj, qstr name, mp_obj_t *dest) {
    const mp_obj_type_t *type = type_of(obj);
    dest[0] = dest[1] = MP_OBJ_NULL;
    if (MP_OBJ_TYPE_HAS_SLOT(type, attr)) {
        MP_OBJ_TYPE_GET_SLOT(type, attr)(obj, name, dest);
        if (dest[0] != MP_OBJ_SENTINEL && dest[0] != MP_OBJ_NULL) {
            return;
        }
        dest[0] = dest[1] = MP_OBJ_NULL;
    }
    mp_obj_dict_t *locals = MP_OBJ_TYPE_GET_SLOT_OR_NULL(type, locals_dict);
    if (locals != NULL) {
        dest[0] = dict_get(locals, name_object(name));
        dest[1] = dest[0] == MP_OBJ_NULL ? MP_OBJ_NULL : obj;
    }
}

static void load_method(mp_obj_t obj, qstr name, mp_obj_t *dest) {
    load_method_maybe(obj, name, dest);
    if (dest[0] == MP_OBJ_NULL) {
        raise_named("AttributeError");
    }
}

static mp_obj_t make_function(mp_proto_fun_t proto, const mp_module_context_t *context, const mp_obj_t *defaults) {
    (void)defaults;
    mp_obj_fun_bc_t *self = allocate(sizeof(mp_obj_fun_bc_t));
    self->context = context;
    function_t *function = allocate(sizeof(function_t));
    function->base.type = (void *)&function_type;
    function->code = (entry_t)((const mp_raw_code_t *)proto)->fun_data;
    function->self = self;
    return function;
}

mp_obj_t call_function(mp_obj_t obj, size_t n_args_kw, const mp_obj_t *args) {
    size_t n = n_args_kw & 0xff;
    const void *type = type_of(obj);
    mp_obj_fun_builtin_fixed_t *fixed = obj;
    if (type == &fun_0_type) {
        check_count(n, 0, 0);
        return fixed->fun._0();
    } else if (type == &fun_1_type) {
        check_count(n, 1, 1);
        return fixed->fun._1(args[0]);
    } else if (type == &fun_2_type) {
        check_count(n, 2, 2);
        return fixed->fun._2(args[0], args[1]);
    } else if (type == &fun_3_type) {
        check_count(n, 3, 3);
        return fixed->fun._3(args[0], args[1], args[2]);
    } else if (type == &fun_var_type) {
        mp_obj_fun_builtin_var_t *var = obj;
        check_count(n, var->sig >> 17, var->sig >> 1 & 0xffff);
        if (var->sig & 1) {
            return var->fun.kw(n, args, &((mp_obj_dict_t *)new_dict(0))->map);
        }
        return var->fun.var(n, args);
    } else if (type == &function_type) {
        function_t *function = obj;
        return function->code(function->self, n, n_args_kw >> 8, (mp_obj_t *)args);
    } else if (type == &type_type && MP_OBJ_TYPE_HAS_SLOT((mp_obj_type_t *)obj, make_new)) {
        return MP_OBJ_TYPE_GET_SLOT((mp_obj_type_t *)obj, make_new)(obj, n, n_args_kw >> 8, args);
    } else if (type == &type_type) {
        // An instance of an exception.
        mp_obj_exception_t *exception = allocate(sizeof(mp_obj_exception_t));
        exception->base.type = obj;
        exception->args = new_tuple(n, args);
        return exception;
    }
    raise_named("TypeError");
}

static mp_obj_t call_method(size_t n_args, size_t n_kw, const mp_obj_t *args) {
    size_t self = args[1] != MP_OBJ_NULL;
    return call_function(args[0], (n_args + self) | n_kw << 8, args + 2 - self);
}

static void *reallocate(void *block, size_t n_bytes, bool allow_move) {
    if (n_bytes == 0) {
        return NULL;
    }
    if (block != NULL && !allow_move) {
        return NULL;
    }
    // How large the old one is, is not known: what lies behind it is copied too, and does no harm.
    void *moved = allocate(n_bytes);
    return block == NULL ? moved : memmove(moved, block, n_bytes);
}

static void raise_object(mp_obj_t exception) {
    const void *type = type_of(exception);
    bool is_instance = type != &type_type;
    mp_obj_tuple_t *args = is_instance ? ((mp_obj_exception_t *)exception)->args : NULL;
    raised_type = is_instance ? type : exception;
    raised_value = args != NULL && args->len > 0 ? args->items[0] : &none_object;
    longjmp(raised, 1);
}

static MP_NORETURN void raise_message(const mp_obj_type_t *type, mp_rom_error_text_t message) {
    raised_type = type;
    raised_value = message == NULL ? &none_object : new_str_object(&str_type, message, strlen(message));
    longjmp(raised, 1);
}

// The ABI of modules passes floating point as its bits, in the registers of numbers.
static mp_obj_t new_float_from_d(uint64_t bits) {
    return new_float(rom_truncate(bits));
}

static uint64_t float_to_d(mp_obj_t obj) {
    return rom_extend(float_value(obj));
}

static mp_obj_t new_str(const char *data, size_t len) {
    return new_str_object(&str_type, data, len);
}

static mp_obj_t new_bytes(const byte *data, size_t len) {
    return new_str_object(&bytes_type, data, len);
}

static mp_obj_t new_bytearray(size_t n, void *items) {
    mp_obj_array_t *array = new_str_object(&bytearray_type, items, 0);
    array->len = n;
    array->items = items;
    return array;
}

static bool get_buffer(mp_obj_t obj, mp_buffer_info_t *info, mp_uint_t flags) {
    const char *data;
    size_t len;
    bool is_writable = type_of(obj) == (const void *)&bytearray_type;
    if (!text_of(obj, &data, &len) || ((flags & MP_BUFFER_WRITE) && !is_writable)) {
        if (flags & MP_BUFFER_RAISE_IF_UNSUPPORTED) {
            raise_named("TypeError");
        }
        return false;
    }
    info->buf = (void *)data;
    info->len = len;
    info->typecode = 'B';
    return true;
}

void init_table(void) {
    void **entries = (void **)&table;
    for (size_t i = 0; i < sizeof(table) / sizeof(void *); ++i) {
        entries[i] = (void *)unsupported;
    }
    table.const_none = &none_object;
    table.const_true = &true_object;
    table.const_false = &false_object;
    table.native_from_obj = native_from_obj;
    table.native_to_obj = native_to_obj;
    table.swap_globals = swap_globals;
    table.load_name = load_global;
    table.load_global = load_global;
    table.store_name = store_global;
    table.store_global = store_global;
    table.load_method = load_method;
    table.load_method_maybe = load_method_maybe;
    table.obj_subscr = subscript;
    table.binary_op = binary_op;
    table.new_tuple = new_tuple;
    table.new_list = new_list;
    table.new_dict = new_dict;
    table.list_append = list_append;
    table.dict_store = dict_store;
    table.make_function_from_proto_fun = make_function;
    table.call_function_n_kw = call_function;
    table.call_method_n_kw = call_method;
    table.raise = raise_object;
    table.memset_ = memset;
    table.memmove_ = memmove;
    table.realloc_ = reallocate;
    table.printf_ = (void *)print_formatted;
    table.raise_msg = raise_message;
    table.obj_get_type = type_of;
    table.obj_new_str = new_str;
    table.obj_new_bytes = new_bytes;
    table.obj_new_bytearray_by_ref = new_bytearray;
    table.obj_new_float_from_f = (void *)new_float;
    table.obj_new_float_from_d = (void *)new_float_from_d;
    table.obj_get_float_to_f = (void *)float_value;
    table.obj_get_float_to_d = (void *)float_to_d;
    table.get_buffer = get_buffer;
    table.type_type = (void *)&type_type;
    table.type_str = (void *)&str_type;
    table.type_list = (void *)&list_type;
    table.type_dict = (void *)&dict_type;
    table.type_fun_builtin_0 = (void *)&fun_0_type;
    table.type_fun_builtin_1 = (void *)&fun_1_type;
    table.type_fun_builtin_2 = (void *)&fun_2_type;
    table.type_fun_builtin_3 = (void *)&fun_3_type;
    table.type_fun_builtin_var = (void *)&fun_var_type;
    table.type_Exception = (void *)&exception_type;
}
