// mp_obj_type_t: what a Python type is to the firmware.
//
// A type is a short header followed by as many slots as it needs. For each kind of slot the header has a byte:
// 0 means that the type has none, otherwise it is the number of the slot, counted from 1.
//
// A module fills in a type when it is loaded. Room for all slots is in mp_obj_full_type_t:
//
//     mp_obj_full_type_t counter_type;                                     // zeroed BSS
//     ...
//     counter_type.base.type = &mp_type_type;                              // in mpy_init
//     counter_type.name = MP_QSTR_Counter;
//     MP_OBJ_TYPE_SET_SLOT(&counter_type, make_new, counter_make_new, 0);  // slots are numbered from 0 here
//     MP_OBJ_TYPE_SET_SLOT(&counter_type, locals_dict, &counter_locals, 1);

#ifndef NATMOD_ABI_TYPE_H
#define NATMOD_ABI_TYPE_H

// ---- Flags ---------------------------------------------------------------------------------------------------

#define MP_TYPE_FLAG_NONE (0x0000)
#define MP_TYPE_FLAG_IS_SUBCLASSED (0x0001)
#define MP_TYPE_FLAG_HAS_SPECIAL_ACCESSORS (0x0002)
#define MP_TYPE_FLAG_EQ_NOT_REFLEXIVE (0x0004) // an object may differ from itself
#define MP_TYPE_FLAG_EQ_CHECKS_OTHER_TYPE (0x0008) // may equal objects of other types
#define MP_TYPE_FLAG_EQ_HAS_NEQ_TEST (0x0010) // implements != besides ==
#define MP_TYPE_FLAG_BINDS_SELF (0x0020) // as an attribute of a class it becomes a bound method
#define MP_TYPE_FLAG_BUILTIN_FUN (0x0040)
// What the slot `iter` holds: a getiter function, an iternext function, a pointer to
// mp_getiter_iternext_custom_t, or nothing because the stream's lines are iterated.
#define MP_TYPE_FLAG_ITER_IS_GETITER (0x0000)
#define MP_TYPE_FLAG_ITER_IS_ITERNEXT (0x0080)
#define MP_TYPE_FLAG_ITER_IS_CUSTOM (0x0100)
#define MP_TYPE_FLAG_ITER_IS_STREAM (MP_TYPE_FLAG_ITER_IS_ITERNEXT | MP_TYPE_FLAG_ITER_IS_CUSTOM)
#define MP_TYPE_FLAG_INSTANCE_TYPE (0x0200) // defined by a Python class statement
#define MP_TYPE_FLAG_SUBSCR_ALLOWS_STACK_SLICE (0x0400)

// ---- Functions in slots --------------------------------------------------------------------------------------

typedef void (*mp_print_fun_t)(const mp_print_t *print, mp_obj_t o, mp_print_kind_t kind);
typedef mp_obj_t (*mp_make_new_fun_t)(const mp_obj_type_t *type, size_t n_args, size_t n_kw, const mp_obj_t *args);
typedef mp_obj_t (*mp_call_fun_t)(mp_obj_t fun, size_t n_args, size_t n_kw, const mp_obj_t *args);
// Operators give MP_OBJ_NULL for what they do not support.
typedef mp_obj_t (*mp_unary_op_fun_t)(mp_unary_op_t op, mp_obj_t);
typedef mp_obj_t (*mp_binary_op_fun_t)(mp_binary_op_t op, mp_obj_t, mp_obj_t);
// dest[0] is MP_OBJ_NULL: load, by setting dest[0] (and dest[1] to self for a method). dest[0] is
// MP_OBJ_SENTINEL: store dest[1], or delete when that is MP_OBJ_NULL; set dest[0] to MP_OBJ_NULL when done.
typedef void (*mp_attr_fun_t)(mp_obj_t self_in, qstr attr, mp_obj_t *dest);
// value is MP_OBJ_NULL: delete; MP_OBJ_SENTINEL: load; otherwise store.
typedef mp_obj_t (*mp_subscr_fun_t)(mp_obj_t self_in, mp_obj_t index, mp_obj_t value);
typedef mp_obj_t (*mp_getiter_fun_t)(mp_obj_t self_in, mp_obj_iter_buf_t *iter_buf);
typedef mp_fun_1_t mp_iternext_fun_t;
// Gives 0 on success.
typedef mp_int_t (*mp_buffer_fun_t)(mp_obj_t obj, mp_buffer_info_t *bufinfo, mp_uint_t flags);

typedef struct _mp_getiter_iternext_custom_t {
    mp_getiter_fun_t getiter;
    mp_iternext_fun_t iternext;
} mp_getiter_iternext_custom_t;

// ---- The structures ------------------------------------------------------------------------------------------

#define NATMOD_TYPE_HEADER \
    mp_obj_base_t base; \
    uint16_t flags; \
    uint16_t name; \
    uint8_t slot_index_make_new; \
    uint8_t slot_index_print; \
    uint8_t slot_index_call; \
    uint8_t slot_index_unary_op; \
    uint8_t slot_index_binary_op; \
    uint8_t slot_index_attr; \
    uint8_t slot_index_subscr; \
    uint8_t slot_index_iter; \
    uint8_t slot_index_buffer; \
    uint8_t slot_index_protocol; \
    uint8_t slot_index_parent; \
    uint8_t slot_index_locals_dict;

struct _mp_obj_type_t {
    NATMOD_TYPE_HEADER
    const void *slots[];
};

typedef struct _mp_obj_empty_type_t {
    NATMOD_TYPE_HEADER
} mp_obj_empty_type_t;

typedef struct _mp_obj_full_type_t {
    NATMOD_TYPE_HEADER
    const void *slots[11];
} mp_obj_full_type_t;

// ---- Reading and setting slots -------------------------------------------------------------------------------

struct _mp_obj_dict_t;

// What is in each kind of slot.
#define _MP_OBJ_TYPE_SLOT_TYPE_make_new (mp_make_new_fun_t)
#define _MP_OBJ_TYPE_SLOT_TYPE_print (mp_print_fun_t)
#define _MP_OBJ_TYPE_SLOT_TYPE_call (mp_call_fun_t)
#define _MP_OBJ_TYPE_SLOT_TYPE_unary_op (mp_unary_op_fun_t)
#define _MP_OBJ_TYPE_SLOT_TYPE_binary_op (mp_binary_op_fun_t)
#define _MP_OBJ_TYPE_SLOT_TYPE_attr (mp_attr_fun_t)
#define _MP_OBJ_TYPE_SLOT_TYPE_subscr (mp_subscr_fun_t)
#define _MP_OBJ_TYPE_SLOT_TYPE_iter (const void *)
#define _MP_OBJ_TYPE_SLOT_TYPE_buffer (mp_buffer_fun_t)
#define _MP_OBJ_TYPE_SLOT_TYPE_protocol (const void *)
#define _MP_OBJ_TYPE_SLOT_TYPE_parent (const void *)
#define _MP_OBJ_TYPE_SLOT_TYPE_locals_dict (struct _mp_obj_dict_t *)

#define MP_OBJ_TYPE_HAS_SLOT(t, f) ((t)->slot_index_##f)
#define MP_OBJ_TYPE_GET_SLOT(t, f) (_MP_OBJ_TYPE_SLOT_TYPE_##f(t)->slots[(t)->slot_index_##f - 1])
#define MP_OBJ_TYPE_GET_SLOT_OR_NULL(t, f) \
    (_MP_OBJ_TYPE_SLOT_TYPE_##f(MP_OBJ_TYPE_HAS_SLOT(t, f) ? MP_OBJ_TYPE_GET_SLOT(t, f) : NULL))
// `n` is the number of the slot, counted from 0.
#define MP_OBJ_TYPE_SET_SLOT(t, f, v, n) ((t)->slot_index_##f = (n) + 1, (t)->slots[(n)] = (void *)v)
#define MP_OBJ_TYPE_OFFSETOF_SLOT(f) (offsetof(mp_obj_type_t, slot_index_##f))
#define MP_OBJ_TYPE_HAS_SLOT_BY_OFFSET(t, offset) (*(uint8_t *)((char *)(t) + (offset)) != 0)

#define mp_obj_is_instance_type(type) ((type)->flags & MP_TYPE_FLAG_INSTANCE_TYPE)
#define mp_obj_is_native_type(type) (!((type)->flags & MP_TYPE_FLAG_INSTANCE_TYPE))

#endif
