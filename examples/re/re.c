#define MICROPY_PY_RE (1)
#define MICROPY_PY_RE_MATCH_GROUPS (1)
#define MICROPY_PY_RE_MATCH_SPAN_START_END (1)
#define MICROPY_PY_RE_SUB (0) // needs the firmware's growing strings, which modules cannot call
#define MICROPY_STACK_CHECK (1)

#include <stddef.h>
#define alloca(size) __builtin_alloca(size)

#include "py/dynruntime.h"

// The matcher calls itself and checks the stack. A module does not know the firmware's limit, so each call
// from Python gets this many bytes, counted from where it starts (stacks grow down on all architectures).
#define STACK_BYTES (512 * sizeof(void *))

const char *stack_start;

void mp_cstack_check(void) {
    volatile char here;
    if (stack_start - (const char *)&here > (ptrdiff_t)STACK_BYTES) {
        mp_raise_msg(&mp_type_RuntimeError, MP_ERROR_TEXT("maximum recursion depth exceeded"));
    }
}

mp_obj_full_type_t match_type;
mp_obj_full_type_t re_type;

#include "extmod/modre.c"

// Defines NAME_obj, which notes the stack and goes on to the original function.
#define STACK_COUNTED(name, min_args, max_args, function) \
    static mp_obj_t name(size_t n_args, const mp_obj_t *args) { \
        volatile char here; \
        stack_start = (const char *)&here; \
        return function(n_args, args); \
    } \
    static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(name##_obj, min_args, max_args, name)

STACK_COUNTED(call_compile, 1, 2, mod_re_compile);
STACK_COUNTED(call_match, 2, 4, re_match);
STACK_COUNTED(call_search, 2, 4, re_search);
STACK_COUNTED(call_split, 2, 3, re_split);

static void init_match_type(void) {
    mp_obj_t methods = mp_obj_new_dict(5);
    mp_obj_dict_store(methods, MP_OBJ_NEW_QSTR(MP_QSTR_group), MP_OBJ_FROM_PTR(&match_group_obj));
    mp_obj_dict_store(methods, MP_OBJ_NEW_QSTR(MP_QSTR_groups), MP_OBJ_FROM_PTR(&match_groups_obj));
    mp_obj_dict_store(methods, MP_OBJ_NEW_QSTR(MP_QSTR_span), MP_OBJ_FROM_PTR(&match_span_obj));
    mp_obj_dict_store(methods, MP_OBJ_NEW_QSTR(MP_QSTR_start), MP_OBJ_FROM_PTR(&match_start_obj));
    mp_obj_dict_store(methods, MP_OBJ_NEW_QSTR(MP_QSTR_end), MP_OBJ_FROM_PTR(&match_end_obj));

    match_type.base.type = &mp_type_type;
    match_type.name = MP_QSTR_match;
    MP_OBJ_TYPE_SET_SLOT(&match_type, print, match_print, 0);
    MP_OBJ_TYPE_SET_SLOT(&match_type, locals_dict, MP_OBJ_TO_PTR(methods), 1);
}

static void init_re_type(void) {
    mp_obj_t methods = mp_obj_new_dict(3);
    mp_obj_dict_store(methods, MP_OBJ_NEW_QSTR(MP_QSTR_match), MP_OBJ_FROM_PTR(&call_match_obj));
    mp_obj_dict_store(methods, MP_OBJ_NEW_QSTR(MP_QSTR_search), MP_OBJ_FROM_PTR(&call_search_obj));
    mp_obj_dict_store(methods, MP_OBJ_NEW_QSTR(MP_QSTR_split), MP_OBJ_FROM_PTR(&call_split_obj));

    re_type.base.type = &mp_type_type;
    re_type.name = MP_QSTR_re;
    MP_OBJ_TYPE_SET_SLOT(&re_type, print, re_print, 0);
    MP_OBJ_TYPE_SET_SLOT(&re_type, locals_dict, MP_OBJ_TO_PTR(methods), 1);
}

mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY

    init_match_type();
    init_re_type();

    mp_store_global(MP_QSTR___name__, MP_OBJ_NEW_QSTR(MP_QSTR_re));
    mp_store_global(MP_QSTR_compile, MP_OBJ_FROM_PTR(&call_compile_obj));
    mp_store_global(MP_QSTR_match, MP_OBJ_FROM_PTR(&call_match_obj));
    mp_store_global(MP_QSTR_search, MP_OBJ_FROM_PTR(&call_search_obj));

    MP_DYNRUNTIME_INIT_EXIT
}
