#define MICROPY_PY_DEFLATE (1)
#define MICROPY_PY_DEFLATE_COMPRESS (1)

#include "py/dynruntime.h"

mp_obj_full_type_t deflateio_type;

#include "extmod/moddeflate.c"

// Three functions of the firmware that modules cannot call, made again.

mp_obj_t mp_stream_close(mp_obj_t stream) {
    int error;
    if (mp_get_stream(stream)->ioctl(stream, MP_STREAM_CLOSE, 0, &error) == MP_STREAM_ERROR) {
        mp_raise_OSError(error);
    }
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(close_obj, mp_stream_close);

static mp_obj_t enter(mp_obj_t stream) {
    return stream;
}
static MP_DEFINE_CONST_FUN_OBJ_1(enter_obj, enter);

// with calls it with the stream and the exception's type, value and traceback.
static mp_obj_t exit_(size_t n_args, const mp_obj_t *args) {
    (void)n_args;
    return mp_stream_close(args[0]);
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(exit_obj, 4, 4, exit_);

mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY

    mp_obj_t methods = mp_obj_new_dict(7);
    mp_obj_dict_store(methods, MP_OBJ_NEW_QSTR(MP_QSTR_read), MP_OBJ_FROM_PTR(&mp_stream_read_obj));
    mp_obj_dict_store(methods, MP_OBJ_NEW_QSTR(MP_QSTR_readinto), MP_OBJ_FROM_PTR(&mp_stream_readinto_obj));
    mp_obj_dict_store(methods, MP_OBJ_NEW_QSTR(MP_QSTR_readline), MP_OBJ_FROM_PTR(&mp_stream_unbuffered_readline_obj));
    mp_obj_dict_store(methods, MP_OBJ_NEW_QSTR(MP_QSTR_write), MP_OBJ_FROM_PTR(&mp_stream_write_obj));
    mp_obj_dict_store(methods, MP_OBJ_NEW_QSTR(MP_QSTR_close), MP_OBJ_FROM_PTR(&close_obj));
    mp_obj_dict_store(methods, MP_OBJ_NEW_QSTR(MP_QSTR___enter__), MP_OBJ_FROM_PTR(&enter_obj));
    mp_obj_dict_store(methods, MP_OBJ_NEW_QSTR(MP_QSTR___exit__), MP_OBJ_FROM_PTR(&exit_obj));

    deflateio_type.base.type = &mp_type_type;
    deflateio_type.name = MP_QSTR_DeflateIO;
    MP_OBJ_TYPE_SET_SLOT(&deflateio_type, make_new, deflateio_make_new, 0);
    MP_OBJ_TYPE_SET_SLOT(&deflateio_type, protocol, &deflateio_stream_p, 1);
    MP_OBJ_TYPE_SET_SLOT(&deflateio_type, locals_dict, MP_OBJ_TO_PTR(methods), 2);

    mp_store_global(MP_QSTR___name__, MP_OBJ_NEW_QSTR(MP_QSTR_deflate));
    mp_store_global(MP_QSTR_DeflateIO, MP_OBJ_FROM_PTR(&deflateio_type));
    mp_store_global(MP_QSTR_AUTO, MP_OBJ_NEW_SMALL_INT(DEFLATEIO_FORMAT_AUTO));
    mp_store_global(MP_QSTR_RAW, MP_OBJ_NEW_SMALL_INT(DEFLATEIO_FORMAT_RAW));
    mp_store_global(MP_QSTR_ZLIB, MP_OBJ_NEW_SMALL_INT(DEFLATEIO_FORMAT_ZLIB));
    mp_store_global(MP_QSTR_GZIP, MP_OBJ_NEW_SMALL_INT(DEFLATEIO_FORMAT_GZIP));

    MP_DYNRUNTIME_INIT_EXIT
}
