// py/formatfloat.h for native modules. See abi/firmware.h: this function is not in mp_fun_table; mp_printf with %f is.

#ifndef NATMOD_PY_FORMATFLOAT_H
#define NATMOD_PY_FORMATFLOAT_H

#include "dynruntime.h"

#if MICROPY_PY_BUILTINS_FLOAT
#ifdef __cplusplus
extern "C"
#endif
int mp_format_float(mp_float_t, char *, size_t, char, int, char);
#endif

#endif
