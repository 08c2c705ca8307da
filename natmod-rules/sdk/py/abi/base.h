// Small things that C does not bring: bytes, bits, characters, growing buffers, typed allocation.

#ifndef NATMOD_ABI_BASE_H
#define NATMOD_ABI_BASE_H

typedef unsigned char byte;
typedef unsigned int uint;

// Text of an error. In a module it is a plain C string; in a firmware it may be compressed.
typedef const char *mp_rom_error_text_t;
#define MP_COMPRESSED_ROM_TEXT(x) x
#define MP_ERROR_TEXT(x) (mp_rom_error_text_t)MP_COMPRESSED_ROM_TEXT(x)

// ---- Arithmetic and arrays -----------------------------------------------------------------------------------

#ifndef MIN
#define MIN(x, y) ((x) < (y) ? (x) : (y))
#endif
#ifndef MAX
#define MAX(x, y) ((x) > (y) ? (x) : (y))
#endif
#define MP_CEIL_DIVIDE(a, b) (((a) + (b) - 1) / (b))
#define MP_ROUND_DIVIDE(a, b) (((a) + (b) / 2) / (b))
#define MP_ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define MP_ALIGN(ptr, alignment) (void *)(((uintptr_t)(ptr) + ((alignment) - 1)) & ~((alignment) - 1))

#define MP_STRINGIFY_HELPER(x) #x
#define MP_STRINGIFY(x) MP_STRINGIFY_HELPER(x)

#ifdef __cplusplus
#define MP_STATIC_ASSERT(cond) static_assert((cond), #cond)
#else
#define MP_STATIC_ASSERT(cond) _Static_assert((cond), #cond)
#endif
// An assertion inside an expression. C++ does not fold everything that C folds, so there it checks nothing.
#ifdef __cplusplus
#define MP_STATIC_ASSERT_NONCONSTEXPR(cond) ((void)1)
#else
#define MP_STATIC_ASSERT_NONCONSTEXPR(cond) ((void)sizeof(char[1 - 2 * !(cond)]))
#endif

// Does `value` fit in so many bits?
#define MP_FIT_UNSIGNED(bits, value) (((value) & (~0U << (bits))) == 0)
#define MP_FIT_SIGNED(bits, value) \
    (MP_FIT_UNSIGNED(((bits) - 1), (value)) || (((value) & (~0U << ((bits) - 1))) == (~0U << ((bits) - 1))))

// ---- Bits ----------------------------------------------------------------------------------------------------

#define mp_clz(x) __builtin_clz(x)
#define mp_clzl(x) __builtin_clzl(x)
#define mp_clzll(x) __builtin_clzll(x)
#define mp_ctz(x) __builtin_ctz(x)
#define mp_popcount(x) __builtin_popcount(x)

static inline uint32_t mp_clz_mpi(mp_int_t x) {
#if INTPTR_MAX == INT_MAX
    return (uint32_t)mp_clz((unsigned)x);
#elif INTPTR_MAX == LONG_MAX
    return (uint32_t)mp_clzl((unsigned long)x);
#else
    return (uint32_t)mp_clzll((unsigned long long)x);
#endif
}

// Arithmetic that reports overflow: the result is stored through the last argument, true means it did not fit.
#define MP_GCC_HAS_BUILTIN_OVERFLOW (__GNUC__ >= 5)
#define mp_add_ll_overflow __builtin_saddll_overflow
#define mp_sub_ll_overflow __builtin_ssubll_overflow
#if MICROPY_USE_GCC_MUL_OVERFLOW_INTRINSIC
#define mp_mul_ll_overflow __builtin_smulll_overflow
#define mp_mul_ull_overflow __builtin_umulll_overflow
static inline bool mp_mul_mp_int_t_overflow(mp_int_t x, mp_int_t y, mp_int_t *res) {
    return __builtin_mul_overflow(x, y, res);
}
#else
bool mp_mul_ll_overflow(long long x, long long y, long long *res);
bool mp_mul_mp_int_t_overflow(mp_int_t x, mp_int_t y, mp_int_t *res);
static inline bool mp_mul_ull_overflow(unsigned long long x, unsigned long long y, unsigned long long *res) {
    if (y != 0 && x > ~0ULL / y) {
        return true;
    }
    *res = x * y;
    return false;
}
#endif

// Two low bits of a pointer to a word used as flags.
#define MP_TAGPTR_PTR(x) ((void *)((uintptr_t)(x) & ~((uintptr_t)3)))
#define MP_TAGPTR_TAG0(x) ((uintptr_t)(x) & 1)
#define MP_TAGPTR_TAG1(x) ((uintptr_t)(x) & 2)
#define MP_TAGPTR_MAKE(ptr, tag) ((void *)((uintptr_t)(ptr) | (tag)))

// ---- Characters ----------------------------------------------------------------------------------------------

#define UTF8_IS_NONASCII(ch) ((ch) & 0x80)
#define UTF8_IS_CONT(ch) (((ch) & 0xC0) == 0x80)

#if MICROPY_PY_BUILTINS_STR_UNICODE
typedef uint32_t unichar;
unichar utf8_get_char(const byte *s);
const byte *utf8_next_char(const byte *s);
size_t utf8_charlen(const byte *str, size_t len);
#else
// Without MICROPY_PY_BUILTINS_STR_UNICODE each byte is one character.
typedef uint unichar;
static inline unichar utf8_get_char(const byte *s) {
    return s[0];
}
static inline const byte *utf8_next_char(const byte *s) {
    return &s[1];
}
static inline size_t utf8_charlen(const byte *str, size_t len) {
    (void)str;
    return len;
}
#endif

// ---- Interned strings ----------------------------------------------------------------------------------------

// Number of an interned string. MP_QSTR_name is one; only the loader knows which number the module's own get.
typedef size_t qstr;
typedef uint16_t qstr_short_t;

// ---- Growing character buffer: the layout; its functions are in the firmware (abi/firmware.h) ----------------

typedef struct _vstr_t {
    size_t alloc;
    size_t len;
    char *buf;
    bool fixed_buf;
} vstr_t;

static inline void vstr_reset(vstr_t *vstr) {
    vstr->len = 0;
}
static inline char *vstr_str(vstr_t *vstr) {
    return vstr->buf;
}
static inline size_t vstr_len(vstr_t *vstr) {
    return vstr->len;
}
#define VSTR_FIXED(vstr, alloc) vstr_t vstr; char vstr##_buf[(alloc)]; vstr_init_fixed_buf(&vstr, (alloc), vstr##_buf);

// ---- Printing: where text goes -------------------------------------------------------------------------------

typedef void (*mp_print_strn_t)(void *data, const char *str, size_t len);

typedef struct _mp_print_t {
    void *data;
    mp_print_strn_t print_strn;
} mp_print_t;

typedef struct _mp_print_ext_t {
    mp_print_t base;
    const char *item_separator;
    const char *key_separator;
} mp_print_ext_t;

#define MP_PRINT_GET_EXT(print) ((mp_print_ext_t *)print)
#define MP_PYTHON_PRINTER &mp_plat_print
#define MP_PLAT_PRINT_STRN(str, len) mp_hal_stdout_tx_strn_cooked(str, len)
#define MP_WARN_CAT(x) (NULL)
#define mp_warning(...)

#define PF_FLAG_LEFT_ADJUST (0x001)
#define PF_FLAG_SHOW_SIGN (0x002)
#define PF_FLAG_SPACE_SIGN (0x004)
#define PF_FLAG_SHOW_PREFIX (0x008)
#define PF_FLAG_PAD_AFTER_SIGN (0x010)
#define PF_FLAG_CENTER_ADJUST (0x020)
#define PF_FLAG_ADD_PERCENT (0x040)
#define PF_FLAG_SHOW_OCTAL_LETTER (0x080)
#define PF_FLAG_ALWAYS_DECIMAL (0x100)
#define PF_FLAG_SEP_POS (9)

// ---- Typed allocation on the garbage-collected heap (m_malloc and m_free: abi/runtime.h) ---------------------

// The *_maybe forms give NULL, the others raise MemoryError. m_new0 and m_new_obj_var0 give zeroed memory.
#define m_new(type, num) ((type *)(m_malloc(sizeof(type) * (num))))
#define m_new_maybe(type, num) ((type *)(m_malloc_maybe(sizeof(type) * (num))))
#define m_new0(type, num) ((type *)(m_malloc0(sizeof(type) * (num))))
#define m_new_obj(type) (m_new(type, 1))
#define m_new_obj_maybe(type) (m_new_maybe(type, 1))
// An object that ends in `var_field`, an array of `var_num` elements.
#define m_new_obj_var(obj_type, var_field, var_type, var_num) \
    ((obj_type *)m_malloc(offsetof(obj_type, var_field) + sizeof(var_type) * (var_num)))
#define m_new_obj_var0(obj_type, var_field, var_type, var_num) \
    ((obj_type *)m_malloc0(offsetof(obj_type, var_field) + sizeof(var_type) * (var_num)))
#define m_new_obj_var_maybe(obj_type, var_field, var_type, var_num) \
    ((obj_type *)m_malloc_maybe(offsetof(obj_type, var_field) + sizeof(var_type) * (var_num)))
#define m_renew(type, ptr, old_num, new_num) ((type *)(m_realloc((ptr), sizeof(type) * (new_num))))
#define m_renew_maybe(type, ptr, old_num, new_num, allow_move) \
    ((type *)(m_realloc_maybe((ptr), sizeof(type) * (new_num), (allow_move))))
#define m_del(type, ptr, num) ((void)(num), m_free(ptr))
#define m_del_obj(type, ptr) (m_del(type, ptr, 1))
#define m_del_var(obj_type, var_field, var_type, var_num, ptr) ((void)(var_num), m_free(ptr))

// Scratch memory: on the C stack (needs alloca) or on the heap.
#define mp_local_alloc(n_bytes) alloca(n_bytes)
static inline void mp_local_free(void *ptr) {
    (void)ptr;
}

#endif
