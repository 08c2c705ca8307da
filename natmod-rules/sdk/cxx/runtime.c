// What C++ code expects of its language's run-time library, on top of what the firmware offers. It becomes part of every module
// that has C++ sources. It is C, with the names that C++ compilers give their functions (Itanium C++ ABI, 5.1), so that it compiles
// with whatever py/dynruntime.h a module takes. All of it is weak: definitions of the module's own win.
//
// Memory comes from MicroPython's heap, which the garbage collector clears of what no pointer leads to. Where C++ would throw,
// MicroPython's exceptions are raised; like every nlr_raise they run no destructors on their way.
//
// Operators for alignments above those of the heap are not here.

#include "py/dynruntime.h"

#define WEAK __attribute__((weak))

// std::size_t is `unsigned long` where pointers have 8 bytes, and `unsigned int` elsewhere.
#if __SIZEOF_POINTER__ == 8
#define SIZED(before, behind) before##m##behind
#else
#define SIZED(before, behind) before##j##behind
#endif

// `new` must not give a null pointer, not even for nothing.
static void *allocate(size_t bytes) {
    return m_malloc(bytes == 0 ? 1 : bytes);
}

static void *allocate_or_null(size_t bytes) {
    return mp_fun_table.realloc_(NULL, bytes == 0 ? 1 : bytes, false);
}

WEAK const char _ZSt7nothrow = 0;

WEAK void *SIZED(_Znw, )(size_t bytes) { return allocate(bytes); }
WEAK void *SIZED(_Zna, )(size_t bytes) { return allocate(bytes); }
WEAK void *SIZED(_Znw, RKSt9nothrow_t)(size_t bytes, const void *tag) { return (void)tag, allocate_or_null(bytes); }
WEAK void *SIZED(_Zna, RKSt9nothrow_t)(size_t bytes, const void *tag) { return (void)tag, allocate_or_null(bytes); }

WEAK void _ZdlPv(void *place) { m_free(place); }
WEAK void _ZdaPv(void *place) { m_free(place); }
WEAK void SIZED(_ZdlPv, )(void *place, size_t bytes) { (void)bytes, m_free(place); }
WEAK void SIZED(_ZdaPv, )(void *place, size_t bytes) { (void)bytes, m_free(place); }
WEAK void _ZdlPvRKSt9nothrow_t(void *place, const void *tag) { (void)tag, m_free(place); }
WEAK void _ZdaPvRKSt9nothrow_t(void *place, const void *tag) { (void)tag, m_free(place); }

static MP_NORETURN void raise(qstr type, const char *message) {
    mp_raise_msg((const mp_obj_type_t *)mp_load_global(type), message);
}

WEAK void __cxa_pure_virtual(void) { raise(MP_QSTR_RuntimeError, "pure virtual function called"); }
WEAK void __cxa_deleted_virtual(void) { raise(MP_QSTR_RuntimeError, "deleted virtual function called"); }

// What containers of the standard library do when they would throw.
WEAK void __cxa_throw_bad_array_new_length(void) { raise(MP_QSTR_MemoryError, "array too large"); }
WEAK void _ZSt17__throw_bad_allocv(void) { raise(MP_QSTR_MemoryError, "memory allocation failed"); }
WEAK void _ZSt28__throw_bad_array_new_lengthv(void) { raise(MP_QSTR_MemoryError, "array too large"); }
WEAK void _ZSt25__throw_bad_function_callv(void) { raise(MP_QSTR_RuntimeError, "empty std::function called"); }
WEAK void _ZSt19__throw_logic_errorPKc(const char *what) { raise(MP_QSTR_RuntimeError, what); }
WEAK void _ZSt20__throw_length_errorPKc(const char *what) { raise(MP_QSTR_ValueError, what); }
WEAK void _ZSt24__throw_invalid_argumentPKc(const char *what) { raise(MP_QSTR_ValueError, what); }
WEAK void _ZSt20__throw_out_of_rangePKc(const char *what) { raise(MP_QSTR_IndexError, what); }
WEAK void _ZSt24__throw_out_of_range_fmtPKcz(const char *format, ...) { raise(MP_QSTR_IndexError, format); }
