// py/unicode.h for native modules. See abi/firmware.h: these functions are not in mp_fun_table.

#ifndef NATMOD_PY_UNICODE_H
#define NATMOD_PY_UNICODE_H

#include "dynruntime.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    MP_ENCODING_UTF8,
    MP_ENCODING_ASCII,
} mp_encoding_t;

mp_uint_t utf8_ptr_to_index(const byte *, const byte *);

#ifdef __cplusplus
}
#endif

#endif
