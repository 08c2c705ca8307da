// py/stackctrl.h for native modules: older names of the check in py/cstack.h.

#ifndef NATMOD_PY_STACKCTRL_H
#define NATMOD_PY_STACKCTRL_H

#include "dynruntime.h"

#ifdef __cplusplus
extern "C" {
#endif

mp_uint_t mp_stack_usage(void);
#if MICROPY_STACK_CHECK
void mp_stack_set_limit(mp_uint_t);
void mp_stack_check(void);
#define MP_STACK_CHECK() mp_stack_check()
#else
#define mp_stack_set_limit(limit) (void)(limit)
#define MP_STACK_CHECK()
#endif

#ifdef __cplusplus
}
#endif

#endif
