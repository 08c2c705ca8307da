// Uses everything that py/dynruntime.h offers, one thing per function. Compiled with MicroPython's headers and with
// ours, each function must become the same machine code. Blank lines separate blocks; a block is left out when one of
// the two headers lacks a name in it.

#include <string.h>
#include "py/dynruntime.h"

#define F(type, name, ...) type use_##name(__VA_ARGS__); type use_##name(__VA_ARGS__)
#define CONSTANT(type, name, value) F(type, name, void) { return (value); }
#define ONE(type, name, parameter, value) F(type, name, parameter) { return (value); }
#define TWO(type, name, a, b, value) F(type, name, a, b) { return (value); }

typedef struct {
    mp_obj_base_t base;
    mp_int_t n;
    mp_obj_t items[];
} thing_t;

// ---- constants that are no numbers

CONSTANT(mp_obj_t, none, mp_const_none)

CONSTANT(mp_obj_t, false, mp_const_false)

CONSTANT(mp_obj_t, true, mp_const_true)

CONSTANT(mp_obj_t, empty_bytes, mp_const_empty_bytes)

CONSTANT(mp_obj_t, empty_tuple, mp_const_empty_tuple)

CONSTANT(mp_obj_t, notimplemented, mp_const_notimplemented)

CONSTANT(const mp_map_t *, empty_map, &mp_const_empty_map)

CONSTANT(mp_obj_t, rom_none, MP_ROM_NONE)

CONSTANT(mp_obj_t, rom_false, MP_ROM_FALSE)

CONSTANT(mp_obj_t, rom_true, MP_ROM_TRUE)

CONSTANT(const mp_obj_type_t *, type_type, &mp_type_type)

CONSTANT(const mp_obj_type_t *, type_NoneType, &mp_type_NoneType)

CONSTANT(const mp_obj_type_t *, type_bool, &mp_type_bool)

CONSTANT(const mp_obj_type_t *, type_int, &mp_type_int)

CONSTANT(const mp_obj_type_t *, type_str, &mp_type_str)

CONSTANT(const mp_obj_type_t *, type_bytes, &mp_type_bytes)

CONSTANT(const mp_obj_type_t *, type_bytearray, &mp_type_bytearray)

CONSTANT(const mp_obj_type_t *, type_tuple, &mp_type_tuple)

CONSTANT(const mp_obj_type_t *, type_list, &mp_type_list)

CONSTANT(const mp_obj_type_t *, type_dict, &mp_type_dict)

CONSTANT(const mp_obj_type_t *, type_Exception, &mp_type_Exception)

CONSTANT(const mp_obj_type_t *, type_EOFError, &mp_type_EOFError)

CONSTANT(const mp_obj_type_t *, type_IndexError, &mp_type_IndexError)

CONSTANT(const mp_obj_type_t *, type_KeyError, &mp_type_KeyError)

CONSTANT(const mp_obj_type_t *, type_NotImplementedError, &mp_type_NotImplementedError)

CONSTANT(const mp_obj_type_t *, type_RuntimeError, &mp_type_RuntimeError)

CONSTANT(const mp_obj_type_t *, type_TypeError, &mp_type_TypeError)

CONSTANT(const mp_obj_type_t *, type_ValueError, &mp_type_ValueError)

CONSTANT(const mp_obj_fun_builtin_var_t *, stream_read_obj, &mp_stream_read_obj)

CONSTANT(const mp_obj_fun_builtin_var_t *, stream_readinto_obj, &mp_stream_readinto_obj)

CONSTANT(const mp_obj_fun_builtin_var_t *, stream_readline_obj, &mp_stream_unbuffered_readline_obj)

CONSTANT(const mp_obj_fun_builtin_var_t *, stream_write_obj, &mp_stream_write_obj)

CONSTANT(const mp_print_t *, plat_print, &mp_plat_print)

CONSTANT(const mp_print_t *, python_printer, MP_PYTHON_PRINTER)

CONSTANT(const mp_print_t *, error_printer, MICROPY_ERROR_PRINTER)

CONSTANT(const mp_print_t *, debug_printer, MICROPY_DEBUG_PRINTER)

CONSTANT(mp_make_new_fun_t, exception_make_new, mp_obj_exception_make_new)

CONSTANT(mp_print_fun_t, exception_print, mp_obj_exception_print)

CONSTANT(mp_attr_fun_t, exception_attr, mp_obj_exception_attr)

CONSTANT(const char *, error_text, MP_ERROR_TEXT("text"))

CONSTANT(const char *, compressed_text, MP_COMPRESSED_ROM_TEXT("text"))

CONSTANT(const char *, stringify, MP_STRINGIFY(MP_STREAM_POLL_RD) MP_STRINGIFY_HELPER(x))

CONSTANT(const void *, warn_cat, MP_WARN_CAT(x))

CONSTANT(bool, main_thread, mp_thread_is_main_thread())

// ---- attributes of the compiler

MP_NOINLINE F(int, noinline, int a) { return a + 1; }

static inline MP_ALWAYSINLINE int always(int a) { return a + 2; }
ONE(int, always_inline, int a, always(a))

MP_WEAK F(int, weak, void) { return 1; }

static MP_NORETURN void never(void) { for (;;) { } }
static NORETURN void never_too(void) { never(); }
F(int, noreturn, int a) { if (a) { never_too(); } return 1; }

F(int, unreachable, int a) { switch (a) { case 1: return 2; case 2: MP_FALLTHROUGH case 3: return 5; default: MP_UNREACHABLE } }

ONE(int, likely, int a, MP_LIKELY(a > 3) ? always(a) : MP_UNLIKELY(a > 9))

ONE(int, has_feature, int a, __has_feature(address_sanitizer) + a)

F(void, gil, void) { MP_THREAD_GIL_EXIT(); MP_THREAD_GIL_ENTER(); }

F(int, check_self, int a) { mp_check_self(a == 1); mp_warning(NULL, "x"); return a; }

F(void, cstack_check, void) { mp_cstack_check(); }

// ---- arithmetic

TWO(int, min, int a, int b, MIN(a, b))

TWO(int, max, int a, int b, MAX(a, b))

TWO(unsigned, ceil_divide, unsigned a, unsigned b, MP_CEIL_DIVIDE(a, b))

TWO(unsigned, round_divide, unsigned a, unsigned b, MP_ROUND_DIVIDE(a, b))

static const short eleven[11] = { 1 };
ONE(size_t, array_size, int a, MP_ARRAY_SIZE(eleven) + eleven[a])

ONE(void *, align, char *p, MP_ALIGN(p, 16))

F(int, static_assert, int a) { MP_STATIC_ASSERT(sizeof(a) == 4); MP_STATIC_ASSERT_NONCONSTEXPR(sizeof(a) == 4); MP_STATIC_ASSERT_STR_ARRAY_COMPATIBLE; return a; }

ONE(int, fit_unsigned, unsigned a, MP_FIT_UNSIGNED(12, a))

ONE(int, fit_signed, int a, MP_FIT_SIGNED(12, a))

ONE(int, clz, unsigned a, mp_clz(a))

ONE(int, clzl, unsigned long a, mp_clzl(a))

ONE(int, clzll, unsigned long long a, mp_clzll(a))

ONE(uint32_t, clz_mpi, mp_int_t a, mp_clz_mpi(a))

ONE(int, ctz, unsigned a, mp_ctz(a))

ONE(int, popcount, unsigned a, mp_popcount(a))

ONE(uint16_t, bswap16, uint16_t a, MP_BSWAP16(a))

ONE(uint32_t, bswap32, uint32_t a, MP_BSWAP32(a))

ONE(uint64_t, bswap64, uint64_t a, MP_BSWAP64(a))

ONE(uint16_t, htobe16, uint16_t a, MP_HTOBE16(a))

ONE(uint32_t, htobe32, uint32_t a, MP_HTOBE32(a))

ONE(uint16_t, be16toh, uint16_t a, MP_BE16TOH(a))

ONE(uint32_t, be32toh, uint32_t a, MP_BE32TOH(a))

F(bool, add_ll, long long a, long long b, long long *c) { return mp_add_ll_overflow(a, b, c); }

F(bool, sub_ll, long long a, long long b, long long *c) { return mp_sub_ll_overflow(a, b, c); }

F(bool, mul_ll, long long a, long long b, long long *c) { return mp_mul_ll_overflow(a, b, c); }

F(bool, mul_mpi, mp_int_t a, mp_int_t b, mp_int_t *c) { return mp_mul_mp_int_t_overflow(a, b, c); }

F(bool, mul_ull, unsigned long long a, unsigned long long b, unsigned long long *c) { return mp_mul_ull_overflow(a, b, c); }

ONE(void *, tagptr, void *p, MP_TAGPTR_MAKE(MP_TAGPTR_PTR(p), MP_TAGPTR_TAG0(p) + MP_TAGPTR_TAG1(p)))

// ---- characters, growing buffers

ONE(unichar, utf8_get, const byte *s, utf8_get_char(s))

ONE(const byte *, utf8_next, const byte *s, utf8_next_char(s))

TWO(size_t, utf8_len, const byte *s, size_t n, utf8_charlen(s, n))

ONE(int, utf8_is, int c, UTF8_IS_NONASCII(c) + UTF8_IS_CONT(c))

F(size_t, vstr, vstr_t *v) { vstr_reset(v); return vstr_len(v) + vstr_str(v)[0]; }

F(void, vstr_ins, vstr_t *v, char *s) { vstr_ins_byte(v, 1, 'a'); vstr_ins_char(v, 2, 'b'); vstr_ins_strn(v, 3, s, 5); }

F(char *, vstr_fixed, void) { VSTR_FIXED(v, 32) return vstr_null_terminated_str(&v); }

// ---- encodings of objects

ONE(bool, is_small_int, mp_obj_t o, mp_obj_is_small_int(o))

ONE(bool, is_qstr, mp_obj_t o, mp_obj_is_qstr(o))

ONE(bool, is_immediate, mp_obj_t o, mp_obj_is_immediate_obj(o))

ONE(bool, is_obj, mp_obj_t o, mp_obj_is_obj(o))

ONE(mp_int_t, small_int_value, mp_obj_t o, MP_OBJ_SMALL_INT_VALUE(o))

ONE(mp_obj_t, new_small_int, mp_int_t n, MP_OBJ_NEW_SMALL_INT(n))

ONE(mp_obj_t, rom_int, mp_int_t n, MP_ROM_INT(n))

ONE(mp_uint_t, immediate_value, mp_obj_t o, MP_OBJ_IMMEDIATE_OBJ_VALUE(o))

ONE(mp_obj_t, new_immediate, mp_uint_t n, MP_OBJ_NEW_IMMEDIATE_OBJ(n))

ONE(mp_rom_obj_t, from_ptr, thing_t *p, MP_ROM_PTR(MP_OBJ_FROM_PTR(p)))

ONE(thing_t *, to_ptr, mp_obj_t o, MP_OBJ_TO_PTR(o))

ONE(mp_obj_t, new_qstr, qstr q, MP_OBJ_NEW_QSTR(q))

ONE(bool, old_names, mp_obj_t o, MP_OBJ_IS_SMALL_INT(o) || MP_OBJ_IS_QSTR(o) || MP_OBJ_IS_OBJ(o) || MP_OBJ_IS_INT(o) || MP_OBJ_IS_STR(o) || MP_OBJ_IS_STR_OR_BYTES(o) || MP_OBJ_IS_FUN(o))

TWO(bool, old_is_type, mp_obj_t o, const mp_obj_type_t *t, MP_OBJ_IS_TYPE(o, t))

TWO(bool, is_type, mp_obj_t o, const mp_obj_type_t *t, mp_obj_is_type(o, t))

ONE(bool, type_asserts, const mp_obj_type_t *t, mp_type_assert_not_bool_int_str_nonetype(t) && mp_type_assert_not_float(t))

TWO(bool, is_exact_type, mp_obj_t o, const mp_obj_type_t *t, mp_obj_is_exact_type(o, t))

ONE(bool, is_bool, mp_obj_t o, mp_obj_is_bool(o))

ONE(bool, is_int, mp_obj_t o, mp_obj_is_int(o))

ONE(bool, is_integer, mp_obj_t o, mp_obj_is_integer(o))

ONE(bool, is_str, mp_obj_t o, mp_obj_is_str(o))

ONE(bool, is_str_or_bytes, mp_obj_t o, mp_obj_is_str_or_bytes(o))

ONE(bool, is_fun, mp_obj_t o, mp_obj_is_fun(o))

ONE(bool, is_float, mp_obj_t o, mp_obj_is_float(o))

ONE(bool, is_tuple_compatible, mp_obj_t o, mp_obj_is_tuple_compatible(o))

TWO(bool, map_slot_filled, mp_map_t *m, size_t i, mp_map_slot_is_filled(m, i) && MP_MAP_SLOT_IS_FILLED(m, i + 1))

TWO(bool, set_slot_filled, mp_set_t *m, size_t i, mp_set_slot_is_filled(m, i) && MP_SET_SLOT_IS_FILLED(m, i + 1))

// ---- types

ONE(bool, has_slot, const mp_obj_type_t *t, MP_OBJ_TYPE_HAS_SLOT(t, call))

ONE(bool, has_slot_by_offset, const mp_obj_type_t *t, MP_OBJ_TYPE_HAS_SLOT_BY_OFFSET(t, MP_OBJ_TYPE_OFFSETOF_SLOT(iter)))

ONE(mp_obj_t, get_slot, const mp_obj_type_t *t, MP_OBJ_TYPE_GET_SLOT(t, make_new)(t, 0, 0, NULL))

ONE(void *, get_slot_or_null, const mp_obj_type_t *t, MP_OBJ_TYPE_GET_SLOT_OR_NULL(t, locals_dict))

F(void, all_slots, const mp_obj_type_t *t, void **p) {
    *p++ = MP_OBJ_TYPE_GET_SLOT(t, make_new);
    *p++ = MP_OBJ_TYPE_GET_SLOT(t, print);
    *p++ = MP_OBJ_TYPE_GET_SLOT(t, call);
    *p++ = MP_OBJ_TYPE_GET_SLOT(t, unary_op);
    *p++ = MP_OBJ_TYPE_GET_SLOT(t, binary_op);
    *p++ = MP_OBJ_TYPE_GET_SLOT(t, attr);
    *p++ = MP_OBJ_TYPE_GET_SLOT(t, subscr);
    *p++ = (void *)MP_OBJ_TYPE_GET_SLOT(t, iter);
    *p++ = MP_OBJ_TYPE_GET_SLOT(t, buffer);
    *p++ = (void *)MP_OBJ_TYPE_GET_SLOT(t, protocol);
    *p++ = (void *)MP_OBJ_TYPE_GET_SLOT(t, parent);
    *p++ = MP_OBJ_TYPE_GET_SLOT(t, locals_dict);
}

F(void, set_slot, mp_obj_full_type_t *t, mp_obj_dict_t *d) { MP_OBJ_TYPE_SET_SLOT(t, attr, use_all_slots, 3); MP_OBJ_TYPE_SET_SLOT(t, locals_dict, d, 4); }

ONE(bool, instance_type, const mp_obj_type_t *t, mp_obj_is_instance_type(t))

ONE(bool, native_type, const mp_obj_type_t *t, mp_obj_is_native_type(t))

F(void, exception_init, mp_obj_full_type_t *t, qstr name, const mp_obj_type_t *base) { mp_obj_exception_init(t, name, base); }

// ---- memory

ONE(void *, m_malloc, size_t n, m_malloc(n))

F(void, m_free, void *p) { m_free(p); }

TWO(void *, m_realloc, void *p, size_t n, m_realloc(p, n))

TWO(void *, m_realloc_maybe, void *p, size_t n, m_realloc_maybe(p, n, true))

F(void, m_malloc_fail, size_t n) { m_malloc_fail(n); }

ONE(int *, m_new, size_t n, m_new(int, n))

ONE(int *, m_new_maybe, size_t n, m_new_maybe(int, n))

ONE(int *, m_new0, size_t n, m_new0(int, n))

CONSTANT(thing_t *, m_new_obj, m_new_obj(thing_t))

CONSTANT(thing_t *, m_new_obj_maybe, m_new_obj_maybe(thing_t))

ONE(thing_t *, m_new_obj_var, size_t n, m_new_obj_var(thing_t, items, mp_obj_t, n))

ONE(thing_t *, m_new_obj_var0, size_t n, m_new_obj_var0(thing_t, items, mp_obj_t, n))

ONE(thing_t *, m_new_obj_var_maybe, size_t n, m_new_obj_var_maybe(thing_t, items, mp_obj_t, n))

TWO(int *, m_renew, int *p, size_t n, m_renew(int, p, n, n * 2))

TWO(int *, m_renew_maybe, int *p, size_t n, m_renew_maybe(int, p, n, n * 2, false))

F(void, m_del, int *p, size_t n) { m_del(int, p, n); }

F(void, m_del_obj, thing_t *p) { m_del_obj(thing_t, p); }

F(void, m_del_var, thing_t *p, size_t n) { m_del_var(thing_t, items, mp_obj_t, n, p); }

ONE(thing_t *, obj_malloc, const mp_obj_type_t *t, mp_obj_malloc(thing_t, t))

TWO(thing_t *, obj_malloc_var, const mp_obj_type_t *t, size_t n, mp_obj_malloc_var(thing_t, items, mp_obj_t, n, t))

ONE(thing_t *, obj_malloc_with_finaliser, const mp_obj_type_t *t, mp_obj_malloc_with_finaliser(thing_t, t))

TWO(thing_t *, obj_malloc_var_with_finaliser, const mp_obj_type_t *t, size_t n, mp_obj_malloc_var_with_finaliser(thing_t, items, mp_obj_t, n, t))

TWO(void *, obj_malloc_helper, const mp_obj_type_t *t, size_t n, mp_obj_malloc_helper(n, t))

#define alloca __builtin_alloca
F(int, local, size_t n) { char *p = mp_local_alloc(n); p[0] = 1; memset(p, 3, n); mp_local_free(p); return p[n - 1]; }

ONE(void *, nonlocal_alloc, size_t n, mp_nonlocal_alloc(n))

TWO(void *, nonlocal_realloc, void *p, size_t n, mp_nonlocal_realloc(p, 1, n))

F(void, nonlocal_free, void *p) { mp_nonlocal_free(p, 1); }

// ---- making objects

ONE(mp_obj_t, new_bool, int b, mp_obj_new_bool(b))

ONE(mp_obj_t, new_int, mp_int_t n, mp_obj_new_int(n))

ONE(mp_obj_t, new_int_from_uint, mp_uint_t n, mp_obj_new_int_from_uint(n))

TWO(mp_obj_t, new_str, const char *s, size_t n, mp_obj_new_str(s, n))

F(mp_obj_t, new_str_of_type, const mp_obj_type_t *t, const byte *s, size_t n) { return mp_obj_new_str_of_type(t, s, n); }

ONE(mp_obj_t, new_str_from_vstr, vstr_t *v, mp_obj_new_str_from_utf8_vstr(v))

TWO(mp_obj_t, new_bytes, const byte *s, size_t n, mp_obj_new_bytes(s, n))

TWO(mp_obj_t, new_bytearray_by_ref, void *s, size_t n, mp_obj_new_bytearray_by_ref(n, s))

TWO(mp_obj_t, new_tuple, const mp_obj_t *s, size_t n, mp_obj_new_tuple(n, s))

TWO(mp_obj_t, new_list, mp_obj_t *s, size_t n, mp_obj_new_list(n, s))

ONE(mp_obj_t, new_dict, size_t n, mp_obj_new_dict(n))

// ---- reading objects

ONE(const mp_obj_type_t *, get_type, mp_obj_t o, mp_obj_get_type(o))

TWO(mp_obj_t, cast_to_native_base, mp_obj_t o, const mp_obj_type_t *t, mp_obj_cast_to_native_base(o, MP_OBJ_FROM_PTR(t)))

ONE(mp_int_t, get_int, mp_obj_t o, mp_obj_get_int(o))

ONE(bool, get_int_sign, mp_obj_t o, mp_obj_get_int(o) / 2 > 1)

ONE(mp_int_t, get_int_truncated, mp_obj_t o, mp_obj_get_int_truncated(o))

ONE(const char *, get_str, mp_obj_t o, mp_obj_str_get_str(o))

TWO(const char *, get_data, mp_obj_t o, size_t *n, mp_obj_str_get_data(o, n))

TWO(bool, get_buffer, mp_obj_t o, mp_buffer_info_t *b, mp_get_buffer(o, b, MP_BUFFER_RW))

F(void, get_buffer_raise, mp_obj_t o, mp_buffer_info_t *b) { mp_get_buffer_raise(o, b, MP_BUFFER_WRITE); }

ONE(const mp_stream_p_t *, get_stream_raise, mp_obj_t o, mp_get_stream_raise(o, MP_STREAM_OP_READ | MP_STREAM_OP_IOCTL))

ONE(const mp_stream_p_t *, get_stream, mp_obj_t o, mp_get_stream(o))

ONE(int, is_true, mp_obj_t o, mp_obj_is_true(o))

ONE(mp_obj_t, len, mp_obj_t o, mp_obj_len(o))

F(mp_obj_t, subscr, mp_obj_t o, mp_obj_t i, mp_obj_t v) { return mp_obj_subscr(o, i, v); }

F(void, get_array, mp_obj_t o, size_t *n, mp_obj_t **items) { mp_obj_get_array(o, n, items); }

F(void, list_get, mp_obj_t o, size_t *n, mp_obj_t **items) { mp_obj_list_get(o, n, items); }

F(void, tuple_get, mp_obj_t o, size_t *n, mp_obj_t **items) { mp_obj_tuple_get(o, n, items); }

F(void, list_set_len, mp_obj_t o, size_t n) { mp_obj_list_set_len(o, n); }

F(void, list_store, mp_obj_t o, mp_obj_t i, mp_obj_t v) { mp_obj_list_store(o, i, v); }

TWO(mp_obj_t, list_append, mp_obj_t o, mp_obj_t i, mp_obj_list_append(o, i))

F(mp_obj_t, dict_store, mp_obj_t o, mp_obj_t i, mp_obj_t v) { return mp_obj_dict_store(o, i, v); }

ONE(mp_map_t *, dict_get_map, mp_obj_t o, mp_obj_dict_get_map(o))

F(mp_obj_t, cell, mp_obj_t o, mp_obj_t v) { mp_obj_t old = mp_obj_cell_get(o); mp_obj_cell_set(o, v); return old; }

F(void, seq, mp_obj_t *d, mp_obj_t *s, size_t n) {
    mp_seq_copy(d, s, n, mp_obj_t);
    mp_seq_cat(d, s, n, s, 3, mp_obj_t)
    mp_seq_clear(d, n, n + 4, sizeof(mp_obj_t));
}

F(void, seq_replace, mp_obj_t *d, mp_obj_t *s, size_t n) {
    mp_seq_replace_slice_no_grow(d, n, 2, 5, s, 2, sizeof(mp_obj_t))
    mp_seq_replace_slice_grow_inplace(d, n, 2, 5, s, 6, 3, sizeof(mp_obj_t))
}

F(size_t, str_parts, mp_obj_t o) { GET_STR_HASH(o, hash) GET_STR_LEN(o, n) GET_STR_DATA_LEN(o, data, m) return hash + n + data[0] + m; }

F(size_t, binary_get_size, size_t *align) { return mp_binary_get_size('@', 'i', align); }

TWO(mp_obj_t, binary_get, void *p, size_t i, mp_binary_get_val_array('H', p, i))

F(void, binary_set, void *p, size_t i, mp_obj_t v) { mp_binary_set_val_array('H', p, i, v); }

ONE(const char *, print_ext, mp_print_t *p, MP_PRINT_GET_EXT(p)->key_separator)

F(bool, nonblocking, int err) { (void)err; return mp_is_nonblocking_error(err); }

F(mp_uint_t, stream_exactly, mp_obj_t o, char *b, int *err) { return mp_stream_write_exactly(o, b, 3, err) + mp_stream_read_exactly(o, b, 4, err); }

// ---- names, attributes, operators, calls

ONE(mp_obj_t, load_name, qstr q, mp_load_name(q))

ONE(mp_obj_t, load_global, qstr q, mp_load_global(q))

TWO(mp_obj_t, load_attr, mp_obj_t o, qstr q, mp_load_attr(o, q))

F(void, load_method, mp_obj_t o, qstr q, mp_obj_t *d) { mp_load_method(o, q, d); mp_load_method_maybe(o, q, d); mp_load_super_method(q, d); }

F(void, store, mp_obj_t o, qstr q, mp_obj_t v) { mp_store_name(q, v); mp_store_global(q, v); mp_store_attr(o, q, v); }

ONE(mp_obj_t, unary_op, mp_obj_t o, mp_unary_op(MP_UNARY_OP_ABS, o))

TWO(mp_obj_t, binary_op, mp_obj_t o, mp_obj_t p, mp_binary_op(MP_BINARY_OP_MODULO, o, p))

F(mp_obj_t, call, mp_obj_t f, size_t n, size_t k, mp_obj_t *args) { return mp_call_function_n_kw(f, n, k, args); }

F(mp_obj_t, make_function, mp_proto_fun_t f, mp_module_context_t *c, mp_obj_t *args) { return mp_make_function_from_proto_fun(f, c, args); }

F(void, arg_check, size_t n, size_t k) { mp_arg_check_num(n, k, 1, MP_OBJ_FUN_ARGS_MAX, true); }

ONE(uint32_t, fun_sig, size_t n, MP_OBJ_FUN_MAKE_SIG(n, n + 2, n == 3))

F(void, arg_parse, size_t n, mp_obj_t *p, mp_map_t *m, mp_arg_t *a, mp_arg_val_t *v) { mp_arg_parse_all(n, p, m, 4, a, v); }

F(void, arg_parse_kw, size_t n, size_t k, mp_obj_t *p, mp_arg_t *a, mp_arg_val_t *v) { mp_arg_parse_all_kw_array(n, k, p, 4, a, v); }

F(mp_obj_t, import, qstr q, mp_obj_t l) { return mp_import_from(mp_import_name(q, l, MP_OBJ_NEW_SMALL_INT(0)), q); }

F(void, import_all, mp_obj_t o) { mp_import_all(o); }

static mp_obj_t product(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) { (void)self; (void)n_kw; return mp_binary_op(MP_BINARY_OP_MULTIPLY, args[0], args[n_args]); }
F(mp_obj_t, mpy_init, mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY
    mp_store_global(MP_QSTR_product, MP_DYNRUNTIME_MAKE_FUNCTION(product));
    (void)n_args; (void)n_kw; (void)args;
    MP_DYNRUNTIME_INIT_EXIT
}

// ---- exceptions

F(void, raise, mp_obj_t o) { nlr_raise(o); }

F(void, raise_dyn, mp_obj_t o) { mp_raise_dyn(o); }

F(void, raise_type, const mp_obj_type_t *t) { mp_raise_type(t); }

F(void, raise_type_arg, const mp_obj_type_t *t, mp_obj_t o) { mp_raise_type_arg(t, o); }

F(void, raise_msg, const mp_obj_type_t *t) { mp_raise_msg(t, MP_ERROR_TEXT("message")); }

F(void, raise_OSError, int e) { mp_raise_OSError(e); }

F(void, raise_NotImplementedError, void) { mp_raise_NotImplementedError(NULL); }

F(void, raise_TypeError, void) { mp_raise_TypeError(NULL); }

F(void, raise_ValueError, void) { mp_raise_ValueError(NULL); }

ONE(mp_obj_t, new_exception, const mp_obj_type_t *t, mp_obj_new_exception(t))

TWO(mp_obj_t, new_exception_arg1, const mp_obj_type_t *t, mp_obj_t o, mp_obj_new_exception_arg1(t, o))

F(void, jump_callback, void (*f)(void *), void *p) { MP_DEFINE_NLR_JUMP_CALLBACK_FUNCTION_1(node, f, p); nlr_push_jump_callback(&node.callback, mp_call_function_1_from_nlr_jump_callback); }

// ---- printing, floats

F(int, printf, int a) { return mp_printf(&mp_plat_print, "%d" INT_FMT, a, (mp_int_t)a); }

F(int, vprintf, const char *f, va_list a) { return mp_vprintf(&mp_plat_print, f, a); }

void mp_hal_stdout_tx_strn_cooked(const char *, size_t);
F(void, print_strn, const char *s, size_t n) { MP_PLAT_PRINT_STRN(s, n); }

ONE(mp_obj_t, new_float_from_f, float f, mp_obj_new_float_from_f(f))

ONE(mp_obj_t, new_float_from_d, double d, mp_obj_new_float_from_d(d))

ONE(float, get_float_to_f, mp_obj_t o, mp_obj_get_float_to_f(o))

ONE(double, get_float_to_d, mp_obj_t o, mp_obj_get_float_to_d(o))

#if MICROPY_PY_BUILTINS_FLOAT
ONE(mp_obj_t, new_float, mp_float_t f, mp_obj_new_float(f))
ONE(mp_float_t, get_float, mp_obj_t o, mp_obj_get_float(o))
ONE(mp_int_t, float_hash, mp_float_t f, mp_float_hash(f))
CONSTANT(mp_rom_obj_t, float_e, mp_const_float_e)
CONSTANT(mp_rom_obj_t, float_pi, mp_const_float_pi)
CONSTANT(mp_float_t, float_const, MICROPY_FLOAT_CONST(2.5))
double sin(double); float sinf(float);
ONE(mp_float_t, float_fun, mp_float_t f, MICROPY_FLOAT_C_FUN(sin)(f))
ONE(int, float_bits, mp_float_union_t u, u.p.exp + u.p.sgn + (int)u.p.frc)
#endif

// ---- objects laid down at compile time

static mp_obj_t fun_0(void) { return MP_OBJ_NULL; }
static mp_obj_t fun_1(mp_obj_t a) { return a; }
static mp_obj_t fun_2(mp_obj_t a, mp_obj_t b) { return mp_binary_op(MP_BINARY_OP_ADD, a, b); }
static mp_obj_t fun_3(mp_obj_t a, mp_obj_t b, mp_obj_t c) { return mp_obj_subscr(a, b, c); }
static mp_obj_t fun_var(size_t n, const mp_obj_t *args) { return args[n]; }
static mp_obj_t fun_kw(size_t n, const mp_obj_t *args, mp_map_t *kw) { return mp_map_slot_is_filled(kw, n) ? args[n] : args[0]; }
MP_DECLARE_CONST_FUN_OBJ_0(use_fun_0_obj);
MP_DECLARE_CONST_FUN_OBJ_1(use_fun_1_obj);
MP_DECLARE_CONST_FUN_OBJ_2(use_fun_2_obj);
MP_DECLARE_CONST_FUN_OBJ_3(use_fun_3_obj);
MP_DECLARE_CONST_FUN_OBJ_VAR(use_fun_var_obj);
MP_DECLARE_CONST_FUN_OBJ_VAR_BETWEEN(use_fun_var_between_obj);
MP_DECLARE_CONST_FUN_OBJ_KW(use_fun_kw_obj);
MP_DEFINE_CONST_FUN_OBJ_0(use_fun_0_obj, fun_0);
MP_DEFINE_CONST_FUN_OBJ_1(use_fun_1_obj, fun_1);
MP_DEFINE_CONST_FUN_OBJ_2(use_fun_2_obj, fun_2);
MP_DEFINE_CONST_FUN_OBJ_3(use_fun_3_obj, fun_3);
MP_DEFINE_CONST_FUN_OBJ_VAR(use_fun_var_obj, 2, fun_var);
MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(use_fun_var_between_obj, 3, 5, fun_var);
MP_DEFINE_CONST_FUN_OBJ_KW(use_fun_kw_obj, 1, fun_kw);
MP_DECLARE_CONST_STATICMETHOD_OBJ(use_static_obj);
MP_DECLARE_CONST_CLASSMETHOD_OBJ(use_class_obj);
MP_DEFINE_CONST_STATICMETHOD_OBJ(use_static_obj, MP_ROM_PTR(&use_fun_1_obj));
MP_DEFINE_CONST_CLASSMETHOD_OBJ(use_class_obj, MP_ROM_PTR(&use_fun_2_obj));
const mp_rom_map_elem_t use_table[] = {
    { MP_ROM_INT(1), MP_ROM_PTR(&use_fun_0_obj) },
    { MP_ROM_INT(2), MP_ROM_INT(-3) },
    { MP_ROM_INT(3), MP_ROM_PTR(NULL) },
};
MP_DEFINE_CONST_MAP(use_map, use_table);
MP_DEFINE_CONST_DICT(use_dict, use_table);
MP_DEFINE_CONST_DICT_WITH_SIZE(use_short_dict, use_table, 2);

static const qstr attr_names[] = { 3, 4 };
MP_DEFINE_ATTRTUPLE(use_attrtuple, attr_names, 2, MP_ROM_INT(7), MP_ROM_INT(8));

// In a module these types are found at run time, so the following are no constants there. With the firmware's symbols
// in their place, what the macros lay down can still be compared.
#undef mp_type_type
#undef mp_type_str
#undef mp_type_bytes
#undef mp_type_Exception
#undef mp_obj_exception_make_new
#undef mp_obj_exception_print
#undef mp_obj_exception_attr
extern mp_obj_t mp_obj_exception_make_new(const mp_obj_type_t *, size_t, size_t, const mp_obj_t *);
extern void mp_obj_exception_print(const mp_print_t *, mp_obj_t, mp_print_kind_t);
extern void mp_obj_exception_attr(mp_obj_t, qstr, mp_obj_t *);
extern mp_obj_t t_unary(mp_unary_op_t, mp_obj_t), t_binary(mp_binary_op_t, mp_obj_t, mp_obj_t);
extern mp_obj_t t_call(mp_obj_t, size_t, size_t, const mp_obj_t *), t_subscr(mp_obj_t, mp_obj_t, mp_obj_t);
extern mp_int_t t_buffer(mp_obj_t, mp_buffer_info_t *, mp_uint_t);
extern mp_obj_t t_iter(mp_obj_t);
extern mp_stream_p_t t_protocol;
MP_DEFINE_EXCEPTION(StopIteration, Exception)
MP_DEFINE_CONST_OBJ_TYPE(use_type_0, 5, MP_TYPE_FLAG_NONE);
MP_DEFINE_CONST_OBJ_TYPE(use_type_1, 6, MP_TYPE_FLAG_BINDS_SELF, locals_dict, &use_dict);
MP_DEFINE_CONST_OBJ_TYPE(use_type_3, 7, MP_TYPE_FLAG_ITER_IS_ITERNEXT, iter, t_iter, print, mp_obj_exception_print, call, t_call);
MP_DEFINE_CONST_OBJ_TYPE(use_type_12, 8, MP_TYPE_FLAG_EQ_HAS_NEQ_TEST, make_new, mp_obj_exception_make_new,
    print, mp_obj_exception_print, attr, mp_obj_exception_attr, unary_op, t_unary, binary_op, t_binary,
    call, t_call, subscr, t_subscr, iter, t_iter, buffer, t_buffer, protocol, &t_protocol,
    parent, &mp_type_Exception, locals_dict, &use_dict);
MP_DEFINE_STR_OBJ(use_str_obj, "text");
MP_DEFINE_BYTES_OBJ(use_bytes_obj, "bytes", 5);
