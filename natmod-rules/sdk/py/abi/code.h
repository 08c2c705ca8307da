// Code objects of the firmware, as far as a module sees them: its own context, and the raw code from which
// MP_DYNRUNTIME_MAKE_FUNCTION makes a function.

#ifndef NATMOD_ABI_CODE_H
#define NATMOD_ABI_CODE_H

#define MPY_VERSION 6
#define MPY_SUB_VERSION 3

// ---- Context -------------------------------------------------------------------------------------------------

typedef struct _mp_module_constants_t {
    qstr source_file;
    mp_obj_t *obj_table;
} mp_module_constants_t;

typedef struct _mp_module_context_t {
    mp_obj_module_t module; // its globals are where mpy_init stores what the module offers
    mp_module_constants_t constants;
} mp_module_context_t;

// ---- Raw code ------------------------------------------------------------------------------------------------

typedef enum {
    MP_CODE_UNUSED,
    MP_CODE_RESERVED,
    MP_CODE_BYTECODE,
    MP_CODE_NATIVE_PY,
    MP_CODE_NATIVE_VIPER,
    MP_CODE_NATIVE_ASM,
} mp_raw_code_kind_t;

// Points to bytecode, or to raw code: the two are told apart by the first two bytes.
typedef const void *mp_proto_fun_t;
#define MP_PROTO_FUN_INDICATOR_RAW_CODE_0 (0)
#define MP_PROTO_FUN_INDICATOR_RAW_CODE_1 (0)

#define NATMOD_RAW_CODE_FIELDS \
    uint8_t proto_fun_indicator[2]; \
    uint8_t kind; \
    bool is_generator; \
    const void *fun_data; \
    struct _mp_raw_code_t **children;

typedef struct _mp_raw_code_t {
    NATMOD_RAW_CODE_FIELDS
} mp_raw_code_t;

typedef struct _mp_raw_code_truncated_t {
    NATMOD_RAW_CODE_FIELDS
} mp_raw_code_truncated_t;

#define MP_SCOPE_FLAG_ALL_SIG (0x0f)
#define MP_SCOPE_FLAG_GENERATOR (0x01)
#define MP_SCOPE_FLAG_VARKEYWORDS (0x02)
#define MP_SCOPE_FLAG_VARARGS (0x04)
#define MP_SCOPE_FLAG_DEFKWARGS (0x08)
#define MP_SCOPE_FLAG_REFGLOBALS (0x10)
#define MP_SCOPE_FLAG_HASCONSTS (0x20)
#define MP_SCOPE_FLAG_VIPERRET_POS (6)
#define MP_SCOPE_FLAG_VIPERRELOC (0x10)
#define MP_SCOPE_FLAG_VIPERRODATA (0x20)
#define MP_SCOPE_FLAG_VIPERBSS (0x40)

// ---- Functions with a context, and their activation ----------------------------------------------------------

// What mpy_init and functions made by MP_DYNRUNTIME_MAKE_FUNCTION get as `self`.
typedef struct _mp_obj_fun_bc_t {
    mp_obj_base_t base;
    const mp_module_context_t *context;
    struct _mp_raw_code_t *const *child_table;
    const byte *bytecode;
    mp_obj_t extra_args[];
} mp_obj_fun_bc_t;

typedef struct _mp_obj_fun_asm_t {
    mp_obj_base_t base;
    size_t n_args;
    const void *fun_data;
    mp_uint_t type_sig;
} mp_obj_fun_asm_t;

#define NATMOD_CODE_STATE_FIELDS \
    struct _mp_obj_fun_bc_t *fun_bc; \
    const byte *ip; \
    mp_obj_t *sp; \
    uint16_t n_state; \
    uint16_t exc_sp_idx; \
    mp_obj_dict_t *old_globals; \
    mp_obj_t state[];

typedef struct _mp_code_state_t {
    NATMOD_CODE_STATE_FIELDS
} mp_code_state_t;

typedef struct _mp_code_state_native_t {
    NATMOD_CODE_STATE_FIELDS
} mp_code_state_native_t;

#endif
