// Layout of the objects that a module reads or makes itself.

#ifndef NATMOD_ABI_CONCRETE_H
#define NATMOD_ABI_CONCRETE_H

// ---- Text and bytes ------------------------------------------------------------------------------------------

typedef struct _mp_obj_str_t {
    mp_obj_base_t base;
    size_t hash; // 0: not computed yet
    size_t len;
    const byte *data; // a zero byte follows
} mp_obj_str_t;

// bytearray, array.array and memoryview.
#define MP_OBJ_ARRAY_TYPECODE_FLAG_RW (0x80) // of a memoryview that may be written
#define MP_OBJ_ARRAY_FREE_SIZE_BITS (8 * sizeof(size_t) - 8)
typedef struct _mp_obj_array_t {
    mp_obj_base_t base;
    size_t typecode : 8;
    size_t free : MP_OBJ_ARRAY_FREE_SIZE_BITS; // unused elements after len; of a memoryview its offset
    size_t len; // in elements
    void *items;
} mp_obj_array_t;

// Code that takes a str for a bytearray relies on this.
#define MP_STATIC_ASSERT_STR_ARRAY_COMPATIBLE \
    MP_STATIC_ASSERT(offsetof(mp_obj_str_t, len) == offsetof(mp_obj_array_t, len) \
        && offsetof(mp_obj_str_t, data) == offsetof(mp_obj_array_t, items))

// ---- Collections ---------------------------------------------------------------------------------------------

typedef struct _mp_obj_tuple_t {
    mp_obj_base_t base;
    size_t len;
    mp_obj_t items[];
} mp_obj_tuple_t;

typedef struct _mp_rom_obj_tuple_t {
    mp_obj_base_t base;
    size_t len;
    mp_rom_obj_t items[];
} mp_rom_obj_tuple_t;

typedef struct _mp_obj_list_t {
    mp_obj_base_t base;
    size_t alloc;
    size_t len;
    mp_obj_t *items;
} mp_obj_list_t;

typedef struct _mp_obj_dict_t {
    mp_obj_base_t base;
    mp_map_t map;
} mp_obj_dict_t;

typedef struct _mp_obj_slice_t {
    mp_obj_base_t base;
    mp_obj_t start;
    mp_obj_t stop;
    mp_obj_t step;
} mp_obj_slice_t;

// A slice applied to a sequence of known length.
typedef struct {
    mp_int_t start;
    mp_int_t stop;
    mp_int_t step;
} mp_bound_slice_t;

static inline void mp_obj_tuple_get(mp_obj_t self_in, size_t *len, mp_obj_t **items) {
    mp_obj_tuple_t *tuple = (mp_obj_tuple_t *)MP_OBJ_TO_PTR(self_in);
    *len = tuple->len;
    *items = &tuple->items[0];
}
static inline void mp_obj_list_get(mp_obj_t self_in, size_t *len, mp_obj_t **items) {
    mp_obj_list_t *list = (mp_obj_list_t *)MP_OBJ_TO_PTR(self_in);
    *len = list->len;
    *items = list->items;
}
// Only for making a list shorter: nothing is allocated or cleared.
static inline void mp_obj_list_set_len(mp_obj_t self_in, size_t len) {
    ((mp_obj_list_t *)MP_OBJ_TO_PTR(self_in))->len = len;
}
static inline mp_map_t *mp_obj_dict_get_map(mp_obj_t dict) {
    return &((mp_obj_dict_t *)MP_OBJ_TO_PTR(dict))->map;
}

// Arrays of items; `item_t` is the type of one, `item_sz` its size in bytes. Regions may overlap.
#define mp_seq_copy(dest, src, len, item_t) memcpy(dest, src, len * sizeof(item_t))
#define mp_seq_cat(dest, src1, len1, src2, len2, item_t) \
    { \
        memcpy(dest, src1, (len1) * sizeof(item_t)); \
        memcpy(dest + (len1), src2, (len2) * sizeof(item_t)); \
    }
#define mp_seq_clear(start, len, alloc_len, item_sz) \
    memset((byte *)(start) + (len) * (item_sz), 0, ((alloc_len) - (len)) * (item_sz))
#define mp_seq_replace_slice_no_grow(dest, dest_len, beg, end, slice, slice_len, item_sz) \
    memmove((char *)(dest) + (beg) * (item_sz), slice, (slice_len) * (item_sz)); \
    memmove((char *)(dest) + ((beg) + (slice_len)) * (item_sz), (char *)(dest) + (end) * (item_sz), \
        ((dest_len) - (end)) * (item_sz));
#define mp_seq_replace_slice_grow_inplace(dest, dest_len, beg, end, slice, slice_len, len_adj, item_sz) \
    memmove((char *)(dest) + ((beg) + (slice_len)) * (item_sz), (char *)(dest) + (end) * (item_sz), \
        ((dest_len) + (len_adj) - ((beg) + (slice_len))) * (item_sz)); \
    memmove((char *)(dest) + (beg) * (item_sz), slice, (slice_len) * (item_sz));

// ---- Functions, methods, modules, cells ----------------------------------------------------------------------

typedef struct _mp_obj_fun_builtin_fixed_t {
    mp_obj_base_t base;
    union {
        mp_fun_0_t _0;
        mp_fun_1_t _1;
        mp_fun_2_t _2;
        mp_fun_3_t _3;
    } fun;
} mp_obj_fun_builtin_fixed_t;

typedef struct _mp_obj_fun_builtin_var_t {
    mp_obj_base_t base;
    uint32_t sig; // MP_OBJ_FUN_MAKE_SIG
    union {
        mp_fun_var_t var;
        mp_fun_kw_t kw;
    } fun;
} mp_obj_fun_builtin_var_t;

typedef struct _mp_obj_static_class_method_t {
    mp_obj_base_t base;
    mp_obj_t fun;
} mp_obj_static_class_method_t;

typedef struct _mp_rom_obj_static_class_method_t {
    mp_obj_base_t base;
    mp_rom_obj_t fun;
} mp_rom_obj_static_class_method_t;

typedef struct _mp_obj_module_t {
    mp_obj_base_t base;
    mp_obj_dict_t *globals;
} mp_obj_module_t;

typedef struct _mp_obj_cell_t {
    mp_obj_base_t base;
    mp_obj_t obj;
} mp_obj_cell_t;

static inline mp_obj_t mp_obj_cell_get(mp_obj_t self_in) {
    return ((mp_obj_cell_t *)MP_OBJ_TO_PTR(self_in))->obj;
}
static inline void mp_obj_cell_set(mp_obj_t self_in, mp_obj_t obj) {
    ((mp_obj_cell_t *)MP_OBJ_TO_PTR(self_in))->obj = obj;
}

// ---- Exceptions and instances of Python classes --------------------------------------------------------------

typedef struct _mp_obj_exception_t {
    mp_obj_base_t base;
    size_t traceback_alloc : 8 * sizeof(size_t) / 2;
    size_t traceback_len : 8 * sizeof(size_t) / 2;
    size_t *traceback_data;
    mp_obj_tuple_t *args;
} mp_obj_exception_t;

typedef struct _mp_obj_instance_t {
    mp_obj_base_t base;
    mp_map_t members;
    mp_obj_t subobj[]; // of each native base class
} mp_obj_instance_t;

#endif
