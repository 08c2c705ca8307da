// Loads the module and makes the calls that the host asks for; an E at their start is for stubs.c. Each value is kept, so that later calls can use it;
// that of a call which raised an exception is its first argument.
//
// A call is a letter and what belongs to it: C name arguments, a function of the module; M value name arguments, a method;
// V value, just a value; L loads the next module, and prints nothing. A name is a length byte and text, arguments are a count byte and values. A value is i (4 bytes), f (4 bytes, binary32),
// s b a o (4 bytes of length and as many more: str, bytes, bytearray, BytesIO), l t (count byte and values: list, tuple), n T F, or
// r (byte: which of the values kept).

#include "harness.h"

#define MAX_VALUES (256)

static const byte *at;
static mp_obj_t values[MAX_VALUES];
static size_t n_values;

static uint32_t next_word(void) {
    uint32_t word = at[0] | at[1] << 8 | at[2] << 16 | (uint32_t)at[3] << 24;
    at += 4;
    return word;
}

static mp_obj_t next_value(void);

static size_t next_values(mp_obj_t *items) {
    size_t n = *at++;
    for (size_t i = 0; i < n; ++i) {
        items[i] = next_value();
    }
    return n;
}

static mp_obj_t next_value(void) {
    mp_obj_t items[256];
    byte kind = *at++;
    size_t n;
    switch (kind) {
        case 'i':
            return new_int(next_word());
        case 'f':
            return new_float(next_word());
        case 's':
        case 'b':
        case 'a':
            n = next_word();
            at += n;
            return new_str_object(kind == 's' ? &str_type : kind == 'b' ? &bytes_type : &bytearray_type, at - n, n);
        case 'o':
            n = next_word();
            at += n;
            return new_file(at - n, n);
        case 'l':
            n = next_values(items);
            return new_list(n, items);
        case 't':
            n = next_values(items);
            return new_tuple(n, items);
        case 'T':
            return &true_object;
        case 'F':
            return &false_object;
        case 'r':
            return values[*at++];
        default:
            return &none_object;
    }
}

static qstr next_name(void) {
    size_t len = *at++;
    at += len;
    return intern((const char *)at - len, len);
}

static mp_obj_dict_t *module_globals;

static mp_obj_t next_call(byte kind) {
    mp_obj_t args[258];
    if (kind == 'V') {
        return next_value();
    }
    mp_obj_t self = kind == 'M' ? next_value() : MP_OBJ_NULL;
    qstr name = next_name();
    size_t n = next_values(args + 2);
    if (kind == 'M') {
        table.load_method(self, name, args);
        return table.call_method_n_kw(n, 0, args);
    }
    args[0] = dict_get(module_globals, (mp_obj_t)(name << 3 | 2));
    if (args[0] == MP_OBJ_NULL) {
        raise_named("AttributeError");
    }
    return call_function(args[0], n, args + 2);
}

static void start_module(void) {
    globals = NULL;
    module_globals = new_dict(64);
    entry_t start = load_module();
    mp_module_context_t *context = allocate(sizeof(mp_module_context_t));
    context->module.base.type = (void *)&module_type;
    context->module.globals = module_globals;
    mp_obj_fun_bc_t *self = allocate(sizeof(mp_obj_fun_bc_t));
    self->base.type = (void *)&function_type;
    self->context = context;
    if (setjmp(raised) != 0) {
        give_up(name_text(raised_type->name));
    }
    start(self, 0, 0, NULL);
    globals = module_globals;
}

int main(void) {
    load_names();
    at = (const byte *)CALLS_ADDRESS + 4;
    if (*at == 'E') {
        call_with_stubs(at + 1);
        return 0;
    }
    init_types();
    init_table();
    init_arguments();
    init_streams();
    start_module();
    for (byte kind; (kind = *at++) != 0;) {
        if (kind == 'L') {
            start_module();
            continue;
        }
        volatile mp_obj_t value = &none_object;
        if (setjmp(raised) == 0) {
            value = next_call(kind);
            show(value);
        } else {
            put(name_text(raised_type->name));
            value = raised_value;
        }
        put("\n");
        values[n_values++ % MAX_VALUES] = value;
    }
    return 0;
}
