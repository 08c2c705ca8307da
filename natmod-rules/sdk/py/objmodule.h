// py/objmodule.h for native modules.

#ifndef NATMOD_PY_OBJMODULE_H
#define NATMOD_PY_OBJMODULE_H

#include "dynruntime.h"

static inline mp_obj_dict_t *mp_obj_module_get_globals(mp_obj_t module) {
    return ((mp_obj_module_t *)MP_OBJ_TO_PTR(module))->globals;
}

#endif
