// The object model: what an mp_obj_t is, and the plain structures around it.

#ifndef NATMOD_ABI_OBJECT_H
#define NATMOD_ABI_OBJECT_H

// ---- mp_obj_t ------------------------------------------------------------------------------------------------

// One machine word. By its low bits it is
//   ...xxx1  a small integer, the value is in the other bits
//   ...x010  an interned string
//   ...x110  an immediate constant
//   ...xx00  a pointer to a structure that begins with mp_obj_base_t
typedef void *mp_obj_t;
typedef const void *mp_const_obj_t;
typedef mp_const_obj_t mp_rom_obj_t; // an object in a constant table

typedef struct _mp_obj_type_t mp_obj_type_t;

typedef struct _mp_obj_base_t {
    const mp_obj_type_t *type MICROPY_OBJ_BASE_ALIGNMENT;
} mp_obj_base_t;

#define MP_OBJ_TO_PTR(o) ((void *)(o))
#define MP_OBJ_FROM_PTR(p) ((mp_obj_t)(p))

// Not objects, but marks that some functions take or give: "no object", "no more elements", "something else".
#define MP_OBJ_NULL (MP_OBJ_FROM_PTR((void *)0))
#define MP_OBJ_STOP_ITERATION (MP_OBJ_FROM_PTR((void *)0))
#define MP_OBJ_SENTINEL (MP_OBJ_FROM_PTR((void *)4))

static inline bool mp_obj_is_small_int(mp_const_obj_t o) {
    return ((mp_int_t)o & 1) == 1;
}
static inline bool mp_obj_is_qstr(mp_const_obj_t o) {
    return ((mp_int_t)o & 7) == 2;
}
static inline bool mp_obj_is_immediate_obj(mp_const_obj_t o) {
    return ((mp_int_t)o & 7) == 6;
}
static inline bool mp_obj_is_obj(mp_const_obj_t o) {
    return ((mp_int_t)o & 3) == 0;
}

#define MP_OBJ_NEW_SMALL_INT(small_int) ((mp_obj_t)((((mp_uint_t)(small_int)) << 1) | 1))
#define MP_OBJ_SMALL_INT_VALUE(o) (((mp_int_t)(o)) >> 1)
#define MP_OBJ_NEW_IMMEDIATE_OBJ(val) ((mp_obj_t)(((val) << 3) | 6))
#define MP_OBJ_IMMEDIATE_OBJ_VALUE(o) (((mp_uint_t)(o)) >> 3)

// Range of small integers: one bit less than the word.
#define MP_SMALL_INT_MIN ((mp_int_t)((mp_int_t)MP_OBJ_WORD_MSBIT_HIGH >> 1))
#define MP_SMALL_INT_MAX ((mp_int_t)~MP_SMALL_INT_MIN)
#define MP_SMALL_INT_FITS(n) ((((n) ^ ((mp_uint_t)(n) << 1)) & MP_OBJ_WORD_MSBIT_HIGH) == 0)
#define MP_SMALL_INT_POSITIVE_MASK ~(MP_OBJ_WORD_MSBIT_HIGH | (MP_OBJ_WORD_MSBIT_HIGH >> 1))
#define MP_SMALL_INT_BITS (MP_BYTES_PER_OBJ_WORD * MP_BITS_PER_BYTE - 1)

// Objects in constant tables. There is no MP_ROM_QSTR: a module learns its qstrs only when it is loaded.
#define MP_ROM_INT(i) MP_OBJ_NEW_SMALL_INT(i)
#define MP_ROM_PTR(p) (p)
#define MP_ROM_NONE mp_const_none
#define MP_ROM_FALSE mp_const_false
#define MP_ROM_TRUE mp_const_true

// ---- Maps and sets -------------------------------------------------------------------------------------------

typedef struct _mp_map_elem_t {
    mp_obj_t key;
    mp_obj_t value;
} mp_map_elem_t;

typedef struct _mp_rom_map_elem_t {
    mp_rom_obj_t key;
    mp_rom_obj_t value;
} mp_rom_map_elem_t;

typedef struct _mp_map_t {
    size_t all_keys_are_qstrs : 1;
    size_t is_fixed : 1; // the table is constant: neither grow nor change it
    size_t is_ordered : 1;
    size_t used : 8 * sizeof(size_t) - 3;
    size_t alloc;
    mp_map_elem_t *table;
} mp_map_t;

typedef struct _mp_set_t {
    size_t alloc;
    size_t used;
    mp_obj_t *table;
} mp_set_t;

typedef enum _mp_map_lookup_kind_t {
    MP_MAP_LOOKUP = 0,
    MP_MAP_LOOKUP_ADD_IF_NOT_FOUND = 1,
    MP_MAP_LOOKUP_REMOVE_IF_FOUND = 2,
    MP_MAP_LOOKUP_ADD_IF_NOT_FOUND_OR_REMOVE_IF_FOUND = 3,
} mp_map_lookup_kind_t;

// Slots of a table are visited by number, up to `alloc`; some are empty.
static inline bool mp_map_slot_is_filled(const mp_map_t *map, size_t pos) {
    mp_obj_t key = map->table[pos].key;
    return key != MP_OBJ_NULL && key != MP_OBJ_SENTINEL;
}
static inline bool mp_set_slot_is_filled(const mp_set_t *set, size_t pos) {
    mp_obj_t item = set->table[pos];
    return item != MP_OBJ_NULL && item != MP_OBJ_SENTINEL;
}

// ---- Operators -----------------------------------------------------------------------------------------------

typedef enum {
    MP_UNARY_OP_POSITIVE,
    MP_UNARY_OP_NEGATIVE,
    MP_UNARY_OP_INVERT,
    MP_UNARY_OP_NOT,
    // Special methods without an operator of their own.
    MP_UNARY_OP_BOOL,
    MP_UNARY_OP_LEN,
    MP_UNARY_OP_HASH,
    MP_UNARY_OP_ABS,
    MP_UNARY_OP_INT_MAYBE,
    MP_UNARY_OP_FLOAT_MAYBE,
    MP_UNARY_OP_COMPLEX_MAYBE,
    MP_UNARY_OP_SIZEOF,
} mp_unary_op_t;

#define MP_UNARY_OP_NUM_BYTECODE (MP_UNARY_OP_NOT + 1)
#define MP_UNARY_OP_NUM_RUNTIME (MP_UNARY_OP_SIZEOF + 1)

// The same thirteen arithmetic operations come three times: in place, plain, and with swapped operands.
#define NATMOD_ARITHMETIC_OPS(prefix) \
    prefix##OR, prefix##XOR, prefix##AND, prefix##LSHIFT, prefix##RSHIFT, \
    prefix##ADD, prefix##SUBTRACT, prefix##MULTIPLY, prefix##MAT_MULTIPLY, \
    prefix##FLOOR_DIVIDE, prefix##TRUE_DIVIDE, prefix##MODULO, prefix##POWER

typedef enum {
    MP_BINARY_OP_LESS,
    MP_BINARY_OP_MORE,
    MP_BINARY_OP_EQUAL,
    MP_BINARY_OP_LESS_EQUAL,
    MP_BINARY_OP_MORE_EQUAL,
    MP_BINARY_OP_NOT_EQUAL,
    MP_BINARY_OP_IN,
    MP_BINARY_OP_IS,
    MP_BINARY_OP_EXCEPTION_MATCH,
    NATMOD_ARITHMETIC_OPS(MP_BINARY_OP_INPLACE_),
    NATMOD_ARITHMETIC_OPS(MP_BINARY_OP_),
    MP_BINARY_OP_DIVMOD,
    MP_BINARY_OP_CONTAINS, // what a type implements for `x in obj`; obj is the left operand
    NATMOD_ARITHMETIC_OPS(MP_BINARY_OP_REVERSE_),
    MP_BINARY_OP_NOT_IN,
    MP_BINARY_OP_IS_NOT,
} mp_binary_op_t;

#define MP_BINARY_OP_NUM_BYTECODE (MP_BINARY_OP_POWER + 1)
#if MICROPY_PY_REVERSE_SPECIAL_METHODS
#define MP_BINARY_OP_NUM_RUNTIME (MP_BINARY_OP_REVERSE_POWER + 1)
#else
#define MP_BINARY_OP_NUM_RUNTIME (MP_BINARY_OP_CONTAINS + 1)
#endif

// ---- Kinds of printing, iterators, buffers -------------------------------------------------------------------

typedef enum {
    PRINT_STR = 0,
    PRINT_REPR = 1,
    PRINT_EXC = 2,
    PRINT_JSON = 3,
    PRINT_RAW = 4,
    PRINT_EXC_SUBCLASS = 0x80,
} mp_print_kind_t;

// Room on the C stack for an iterator, so that a loop need not allocate one.
typedef struct _mp_obj_iter_buf_t {
    mp_obj_base_t base;
    mp_obj_t buf[3];
} mp_obj_iter_buf_t;
#define MP_OBJ_ITER_BUF_NSLOTS ((sizeof(mp_obj_iter_buf_t) + sizeof(mp_obj_t) - 1) / sizeof(mp_obj_t))

// Memory behind bytes, bytearray, array, memoryview...
typedef struct _mp_buffer_info_t {
    void *buf; // may be NULL when len is 0
    size_t len; // in bytes
    int typecode; // of the elements, as in the array module, or BYTEARRAY_TYPECODE
} mp_buffer_info_t;

#define MP_BUFFER_READ (1)
#define MP_BUFFER_WRITE (2)
#define MP_BUFFER_RW (MP_BUFFER_READ | MP_BUFFER_WRITE)
#define MP_BUFFER_RAISE_IF_UNSUPPORTED (4)
#define BYTEARRAY_TYPECODE 1

// Types of values for the table's native_from_obj and native_to_obj.
#define MP_NATIVE_TYPE_OBJ (0x00)
#define MP_NATIVE_TYPE_BOOL (0x01)
#define MP_NATIVE_TYPE_INT (0x02)
#define MP_NATIVE_TYPE_UINT (0x03)
#define MP_NATIVE_TYPE_PTR (0x04)
#define MP_NATIVE_TYPE_PTR8 (0x05)
#define MP_NATIVE_TYPE_PTR16 (0x06)
#define MP_NATIVE_TYPE_PTR32 (0x07)
#define MP_NATIVE_TYPE_QSTR (0x08)

// ---- C functions that Python can call ------------------------------------------------------------------------

typedef mp_obj_t (*mp_fun_0_t)(void);
typedef mp_obj_t (*mp_fun_1_t)(mp_obj_t);
typedef mp_obj_t (*mp_fun_2_t)(mp_obj_t, mp_obj_t);
typedef mp_obj_t (*mp_fun_3_t)(mp_obj_t, mp_obj_t, mp_obj_t);
typedef mp_obj_t (*mp_fun_var_t)(size_t n, const mp_obj_t *);
typedef mp_obj_t (*mp_fun_kw_t)(size_t n, const mp_obj_t *, mp_map_t *);

// Signature word: least and most number of positional arguments, and whether keywords are taken.
#define MP_OBJ_FUN_ARGS_MAX (0xffff)
#define MP_OBJ_FUN_MAKE_SIG(n_args_min, n_args_max, takes_kw) \
    ((uint32_t)((((uint32_t)(n_args_min)) << 17) | (((uint32_t)(n_args_max)) << 1) | ((takes_kw) ? 1 : 0)))

// ---- Older names ---------------------------------------------------------------------------------------------

#define MP_OBJ_IS_SMALL_INT mp_obj_is_small_int
#define MP_OBJ_IS_QSTR mp_obj_is_qstr
#define MP_OBJ_IS_OBJ mp_obj_is_obj
#define MP_OBJ_IS_INT mp_obj_is_int
#define MP_OBJ_IS_TYPE mp_obj_is_type
#define MP_OBJ_IS_STR mp_obj_is_str
#define MP_OBJ_IS_STR_OR_BYTES mp_obj_is_str_or_bytes
#define MP_OBJ_IS_FUN mp_obj_is_fun
#define MP_MAP_SLOT_IS_FILLED mp_map_slot_is_filled
#define MP_SET_SLOT_IS_FILLED mp_set_slot_is_filled

#endif
