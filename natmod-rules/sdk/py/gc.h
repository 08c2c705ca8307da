// py/gc.h for native modules: the garbage collector, which is in the firmware and not in mp_fun_table.
// See abi/firmware.h for what that means.

#ifndef NATMOD_PY_GC_H
#define NATMOD_PY_GC_H

#include "dynruntime.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    GC_ALLOC_FLAG_HAS_FINALISER = 1,
};

void *gc_alloc(size_t, unsigned int);
void *gc_realloc(void *, size_t, bool);
void gc_free(void *);
size_t gc_nbytes(const void *);
void gc_collect(void);
void gc_lock(void);
void gc_unlock(void);
bool gc_is_locked(void);

#ifdef __cplusplus
}
#endif

#endif
