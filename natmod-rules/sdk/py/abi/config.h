// Configuration: the machine word, floating point, compiler attributes.
// A module cannot choose these freely: they are what every firmware with native ABI 6.3 expects.

#ifndef NATMOD_ABI_CONFIG_H
#define NATMOD_ABI_CONFIG_H

#if !defined(MP_CONFIGFILE)
#error "MP_CONFIGFILE is not set. Build with `gulp build`, or name the generated header of the module's qstrs."
#endif

#if !MICROPY_ENABLE_DYNRUNTIME
#error "These headers are for native modules only. Compile with -DMICROPY_ENABLE_DYNRUNTIME."
#endif

#include <assert.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include MP_CONFIGFILE

#include "features.h"

#if !MICROPY_USE_INTERNAL_ERRNO
#include <errno.h>
#endif

// ---- Compiler ----------------------------------------------------------------------------------------------

#ifndef __has_builtin
#define __has_builtin(x) (0)
#endif
#ifndef __has_feature
#define __has_feature(x) (0)
#endif

#ifndef MP_NORETURN
#define MP_NORETURN __attribute__((noreturn))
#endif
#define NORETURN MP_NORETURN
// Of sources older than MicroPython 1.24.
#ifndef STATIC
#define STATIC static
#endif
#ifndef MP_WEAK
#define MP_WEAK __attribute__((weak))
#endif
#ifndef MP_NOINLINE
#define MP_NOINLINE __attribute__((noinline))
#endif
#ifndef MP_ALWAYSINLINE
#define MP_ALWAYSINLINE __attribute__((always_inline))
#endif
#ifndef MP_LIKELY
#define MP_LIKELY(x) __builtin_expect((x), 1)
#endif
#ifndef MP_UNLIKELY
#define MP_UNLIKELY(x) __builtin_expect((x), 0)
#endif
// The semicolon is part of both: `default: MP_UNREACHABLE` and `MP_FALLTHROUGH` stand without one.
#ifndef MP_UNREACHABLE
#define MP_UNREACHABLE __builtin_unreachable();
#endif
#if defined(__GNUC__) && __GNUC__ >= 7
#define MP_FALLTHROUGH __attribute__((fallthrough));
#else
#define MP_FALLTHROUGH
#endif

#ifndef MP_UBSAN
#define MP_UBSAN __has_feature(undefined_behavior_sanitizer)
#endif
#ifndef MP_ASAN
#define MP_ASAN __has_feature(address_sanitizer)
#endif
#ifndef MP_SANITIZER_BUILD
#define MP_SANITIZER_BUILD (MP_UBSAN || MP_ASAN)
#endif

// Addresses of functions and data are used as they are. (On Thumb the compiler sets the low bit itself.)
#ifndef MICROPY_MAKE_POINTER_CALLABLE
#define MICROPY_MAKE_POINTER_CALLABLE(p) (p)
#endif

// ---- Byte order --------------------------------------------------------------------------------------------

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define MP_ENDIANNESS_LITTLE (1)
#else
#define MP_ENDIANNESS_LITTLE (0)
#endif
#define MP_ENDIANNESS_BIG (!MP_ENDIANNESS_LITTLE)

#define MP_BSWAP16(x) __builtin_bswap16(x)
#define MP_BSWAP32(x) __builtin_bswap32(x)
#define MP_BSWAP64(x) __builtin_bswap64(x)
#if MP_ENDIANNESS_LITTLE
#define MP_HTOBE16(x) MP_BSWAP16(x)
#define MP_HTOBE32(x) MP_BSWAP32(x)
#else
#define MP_HTOBE16(x) (x)
#define MP_HTOBE32(x) (x)
#endif
#define MP_BE16TOH(x) MP_HTOBE16(x)
#define MP_BE32TOH(x) MP_HTOBE32(x)

// ---- Machine word ------------------------------------------------------------------------------------------

// Integers as wide as a pointer, and the formats that mp_printf wants for them.
#define MP_INT_TYPE_INTPTR (0)
#define MP_INT_TYPE_INT64 (1)
#define MP_INT_TYPE_OTHER (2)
#define MP_INT_TYPE (MP_INT_TYPE_INTPTR)
typedef intptr_t mp_int_t;
typedef uintptr_t mp_uint_t;
#define MP_INT_MIN INTPTR_MIN
#define MP_INT_MAX INTPTR_MAX
#define MP_UINT_MAX UINTPTR_MAX
#define MP_SSIZE_MAX SSIZE_MAX
#define MP_BITS_PER_BYTE (8)
#define MP_BYTES_PER_OBJ_WORD (sizeof(mp_uint_t))
#define MP_OBJ_WORD_MSBIT_HIGH (((mp_uint_t)1) << (MP_BYTES_PER_OBJ_WORD * MP_BITS_PER_BYTE - 1))

#ifndef INT_FMT
#if INTPTR_MAX == INT_MAX
#define INT_FMT "%d"
#define UINT_FMT "%u"
#define HEX_FMT "%x"
#elif INTPTR_MAX == LONG_MAX
#define INT_FMT "%ld"
#define UINT_FMT "%lu"
#define HEX_FMT "%lx"
#else
#define INT_FMT "%lld"
#define UINT_FMT "%llu"
#define HEX_FMT "%llx"
#endif
#endif
#ifndef SIZE_FMT
#if SIZE_MAX == UINT_MAX
#define SIZE_FMT "%u"
#elif SIZE_MAX == ULONG_MAX
#define SIZE_FMT "%lu"
#else
#define SIZE_FMT "%llu"
#endif
#endif

// Seconds since the epoch.
#if MICROPY_TIMESTAMP_IMPL == MICROPY_TIMESTAMP_IMPL_LONG_LONG
typedef long long mp_timestamp_t;
#elif MICROPY_TIMESTAMP_IMPL == MICROPY_TIMESTAMP_IMPL_UINT
typedef mp_uint_t mp_timestamp_t;
#else
#include <time.h>
typedef time_t mp_timestamp_t;
#endif

// ---- Floating point ----------------------------------------------------------------------------------------

// MICROPY_FLOAT_IMPL says which C type mp_float_t is; it need not be the one that the firmware computes with.
// Without it a module can still use mp_obj_new_float_from_f/_d and mp_obj_get_float_to_f/_d.
#define MICROPY_FLOAT_IMPL_NONE (0)
#define MICROPY_FLOAT_IMPL_FLOAT (1)
#define MICROPY_FLOAT_IMPL_DOUBLE (2)
#ifndef MICROPY_FLOAT_IMPL
#define MICROPY_FLOAT_IMPL (MICROPY_FLOAT_IMPL_NONE)
#endif

#define MICROPY_FLOAT_FORMAT_IMPL_BASIC (0)
#define MICROPY_FLOAT_FORMAT_IMPL_APPROX (1)
#define MICROPY_FLOAT_FORMAT_IMPL_EXACT (2)
#ifndef MICROPY_FLOAT_FORMAT_IMPL
#if MICROPY_FLOAT_IMPL != MICROPY_FLOAT_IMPL_FLOAT && __SIZEOF_LONG_DOUBLE__ > __SIZEOF_DOUBLE__
#define MICROPY_FLOAT_FORMAT_IMPL (MICROPY_FLOAT_FORMAT_IMPL_EXACT)
#else
#define MICROPY_FLOAT_FORMAT_IMPL (MICROPY_FLOAT_FORMAT_IMPL_APPROX)
#endif
#endif

#if MICROPY_FLOAT_IMPL == MICROPY_FLOAT_IMPL_FLOAT

#define MICROPY_PY_BUILTINS_FLOAT (1)
#define MICROPY_FLOAT_CONST(x) x##F
#define MICROPY_FLOAT_C_FUN(fun) fun##f
#define MP_FLOAT_EXP_BITS (8)
#define MP_FLOAT_EXP_OFFSET (127)
#define MP_FLOAT_FRAC_BITS (23)
typedef float mp_float_t;
typedef uint32_t mp_float_uint_t;

#elif MICROPY_FLOAT_IMPL == MICROPY_FLOAT_IMPL_DOUBLE

#define MICROPY_PY_BUILTINS_FLOAT (1)
#define MICROPY_FLOAT_CONST(x) x
#define MICROPY_FLOAT_C_FUN(fun) fun
#define MP_FLOAT_EXP_BITS (11)
#define MP_FLOAT_EXP_OFFSET (1023)
#define MP_FLOAT_FRAC_BITS (52)
typedef double mp_float_t;
typedef uint64_t mp_float_uint_t;

#elif MICROPY_FLOAT_IMPL == MICROPY_FLOAT_IMPL_NONE

#define MICROPY_PY_BUILTINS_FLOAT (0)

#else
#error "MICROPY_FLOAT_IMPL must be MICROPY_FLOAT_IMPL_NONE, MICROPY_FLOAT_IMPL_FLOAT or MICROPY_FLOAT_IMPL_DOUBLE."
#endif

#ifndef MICROPY_PY_BUILTINS_COMPLEX
#define MICROPY_PY_BUILTINS_COMPLEX (MICROPY_PY_BUILTINS_FLOAT)
#endif

#if MICROPY_PY_BUILTINS_FLOAT

#define MP_FLOAT_EXP_BIAS ((1 << (MP_FLOAT_EXP_BITS - 1)) - 1)

// A float seen as its bits: fraction, exponent, sign.
typedef union _mp_float_union_t {
    mp_float_t f;
    struct {
#if MP_ENDIANNESS_LITTLE
        mp_float_uint_t frc : MP_FLOAT_FRAC_BITS;
        mp_float_uint_t exp : MP_FLOAT_EXP_BITS;
        mp_float_uint_t sgn : 1;
#else
        mp_float_uint_t sgn : 1;
        mp_float_uint_t exp : MP_FLOAT_EXP_BITS;
        mp_float_uint_t frc : MP_FLOAT_FRAC_BITS;
#endif
    } p;
    mp_float_uint_t i;
} mp_float_union_t;

// Types with room for the exact decimal digits of a float.
#if MICROPY_FLOAT_FORMAT_IMPL != MICROPY_FLOAT_FORMAT_IMPL_EXACT
typedef mp_float_t mp_large_float_t;
typedef mp_float_uint_t mp_large_float_uint_t;
#elif MICROPY_FLOAT_IMPL == MICROPY_FLOAT_IMPL_DOUBLE
typedef long double mp_large_float_t;
typedef uint64_t mp_large_float_uint_t;
#else
typedef double mp_large_float_t;
typedef uint64_t mp_large_float_uint_t;
#endif

#endif // MICROPY_PY_BUILTINS_FLOAT

#endif
