#define MICROPY_PY_BTREE (1)

#include "berkeley_config.h"
#include "py/dynruntime.h"

int db_errno;

// Blocks come from MicroPython's heap; like C's, these functions return NULL when it is full.

void *db_realloc(void *block, size_t size) {
    return m_realloc_maybe(block, size, true);
}

void *db_malloc(size_t size) {
    return db_realloc(NULL, size);
}

void *db_calloc(size_t count, size_t size) {
    void *block = db_malloc(count * size);
    return block == NULL ? NULL : memset(block, 0, count * size);
}

void db_free(void *block) {
    m_free(block);
}

void db_abort(void) {
    mp_raise_msg(&mp_type_RuntimeError, MP_ERROR_TEXT("database is damaged"));
}

// Berkeley DB's four file functions on a MicroPython stream: a count or position, or -1 and db_errno.

static int checked(mp_uint_t result) {
    return result == MP_STREAM_ERROR ? -1 : (int)result;
}

ssize_t mp_stream_posix_read(void *stream, void *buffer, size_t size) {
    return checked(mp_get_stream(stream)->read(MP_OBJ_FROM_PTR(stream), buffer, size, &db_errno));
}

ssize_t mp_stream_posix_write(void *stream, const void *buffer, size_t size) {
    return checked(mp_get_stream(stream)->write(MP_OBJ_FROM_PTR(stream), buffer, size, &db_errno));
}

// The firmware's file offset may be wider than a module's, with the direction one word further: it is 64 bits on
// 32-bit Linux. So the direction is put in both places. Berkeley DB only seeks from the start, where it is zero, and
// to the end by zero bytes, where a wide offset is read as whole multiples of 4 GiB and leaves the low word right.
off_t mp_stream_posix_lseek(void *stream, off_t offset, int whence) {
    _Alignas(8) struct {
        struct mp_stream_seek_t normal;
        int whence_if_wide;
    } seek = { { .offset = offset, .whence = whence }, whence };
    const mp_stream_p_t *methods = mp_get_stream(stream);
    mp_uint_t result = methods->ioctl(MP_OBJ_FROM_PTR(stream), MP_STREAM_SEEK, (uintptr_t)&seek, &db_errno);
    return result == MP_STREAM_ERROR ? -1 : (off_t)seek.normal.offset;
}

int mp_stream_posix_fsync(void *stream) {
    return checked(mp_get_stream(stream)->ioctl(MP_OBJ_FROM_PTR(stream), MP_STREAM_FLUSH, 0, &db_errno));
}

mp_obj_full_type_t btree_type;

#include "extmod/modbtree.c"

mp_getiter_iternext_custom_t iteration;

// open(stream, *, flags=0, cachesize=0, pagesize=0, minkeypage=0)
static mp_obj_t open_(size_t n_args, const mp_obj_t *args, mp_map_t *kw_args) {
    const mp_uint_t streams = MP_STREAM_OP_READ | MP_STREAM_OP_WRITE | MP_STREAM_OP_IOCTL;
    mp_get_stream_raise(args[0], streams);

    enum { ARG_flags, ARG_cachesize, ARG_pagesize, ARG_minkeypage, ARG_COUNT };
    // Qstrs get their numbers when the module is loaded, so the table cannot be a constant.
    const uint16_t names[] = { MP_QSTR_flags, MP_QSTR_cachesize, MP_QSTR_pagesize, MP_QSTR_minkeypage };
    mp_arg_t allowed[ARG_COUNT];
    for (size_t i = 0; i < ARG_COUNT; ++i) {
        allowed[i] = (mp_arg_t) { names[i], MP_ARG_KW_ONLY | MP_ARG_INT, { .u_int = 0 } };
    }
    mp_arg_val_t values[ARG_COUNT];
    mp_arg_parse_all(n_args - 1, args + 1, kw_args, ARG_COUNT, allowed, values);

    BTREEINFO info;
    memset(&info, 0, sizeof(info));
    info.flags = values[ARG_flags].u_int;
    info.cachesize = values[ARG_cachesize].u_int;
    info.psize = values[ARG_pagesize].u_int;
    info.minkeypage = values[ARG_minkeypage].u_int;
    DB *db = __bt_open(MP_OBJ_TO_PTR(args[0]), &btree_stream_fvtable, &info, 0);
    if (db == NULL) {
        mp_raise_OSError(db_errno);
    }
    return MP_OBJ_FROM_PTR(btree_new(db, args[0]));
}
static MP_DEFINE_CONST_FUN_OBJ_KW(open_obj, 1, open_);

mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY

    mp_obj_t methods = mp_obj_new_dict(8);
    mp_obj_dict_store(methods, MP_OBJ_NEW_QSTR(MP_QSTR_close), MP_OBJ_FROM_PTR(&btree_close_obj));
    mp_obj_dict_store(methods, MP_OBJ_NEW_QSTR(MP_QSTR_flush), MP_OBJ_FROM_PTR(&btree_flush_obj));
    mp_obj_dict_store(methods, MP_OBJ_NEW_QSTR(MP_QSTR_get), MP_OBJ_FROM_PTR(&btree_get_obj));
    mp_obj_dict_store(methods, MP_OBJ_NEW_QSTR(MP_QSTR_put), MP_OBJ_FROM_PTR(&btree_put_obj));
    mp_obj_dict_store(methods, MP_OBJ_NEW_QSTR(MP_QSTR_seq), MP_OBJ_FROM_PTR(&btree_seq_obj));
    mp_obj_dict_store(methods, MP_OBJ_NEW_QSTR(MP_QSTR_keys), MP_OBJ_FROM_PTR(&btree_keys_obj));
    mp_obj_dict_store(methods, MP_OBJ_NEW_QSTR(MP_QSTR_values), MP_OBJ_FROM_PTR(&btree_values_obj));
    mp_obj_dict_store(methods, MP_OBJ_NEW_QSTR(MP_QSTR_items), MP_OBJ_FROM_PTR(&btree_items_obj));

    iteration.getiter = btree_getiter;
    iteration.iternext = btree_iternext;

    btree_type.base.type = &mp_type_type;
    btree_type.flags = MP_TYPE_FLAG_ITER_IS_CUSTOM;
    btree_type.name = MP_QSTR_btree;
    MP_OBJ_TYPE_SET_SLOT(&btree_type, print, btree_print, 0);
    MP_OBJ_TYPE_SET_SLOT(&btree_type, iter, &iteration, 1);
    MP_OBJ_TYPE_SET_SLOT(&btree_type, binary_op, btree_binary_op, 2);
    MP_OBJ_TYPE_SET_SLOT(&btree_type, subscr, btree_subscr, 3);
    MP_OBJ_TYPE_SET_SLOT(&btree_type, locals_dict, MP_OBJ_TO_PTR(methods), 4);

    mp_store_global(MP_QSTR___name__, MP_OBJ_NEW_QSTR(MP_QSTR_btree));
    mp_store_global(MP_QSTR_open, MP_OBJ_FROM_PTR(&open_obj));
    mp_store_global(MP_QSTR_INCL, MP_OBJ_NEW_SMALL_INT(FLAG_END_KEY_INCL));
    mp_store_global(MP_QSTR_DESC, MP_OBJ_NEW_SMALL_INT(FLAG_DESC));

    MP_DYNRUNTIME_INIT_EXIT
}
