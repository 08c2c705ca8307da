// py/objnamedtuple.h for native modules.

#ifndef NATMOD_PY_OBJNAMEDTUPLE_H
#define NATMOD_PY_OBJNAMEDTUPLE_H

#include "dynruntime.h"

typedef struct _mp_obj_namedtuple_type_t {
    mp_obj_empty_type_t base;
    void *slots[8];
    size_t n_fields;
    qstr fields[];
} mp_obj_namedtuple_type_t;

typedef struct _mp_obj_namedtuple_t {
    mp_obj_tuple_t tuple;
} mp_obj_namedtuple_t;

#endif
