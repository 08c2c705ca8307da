// Streams: a file in memory like io.BytesIO, and the methods that the function table offers to types with a stream
// protocol of their own.

#include "harness.h"

typedef struct {
    mp_obj_base_t base;
    byte *data;
    size_t len, room, at;
} file_t;

static mp_obj_full_type_t file_type;

static mp_uint_t file_read(mp_obj_t obj, void *buf, mp_uint_t size, int *error) {
    file_t *file = obj;
    (void)error;
    size_t n = file->at < file->len ? MIN(size, file->len - file->at) : 0;
    memcpy(buf, file->data + file->at, n);
    file->at += n;
    return n;
}

static mp_uint_t file_write(mp_obj_t obj, const void *buf, mp_uint_t size, int *error) {
    file_t *file = obj;
    (void)error;
    if (file->at + size > file->room) {
        size_t room = 2 * (file->at + size);
        byte *data = allocate(room);
        memcpy(data, file->data, file->len);
        file->data = data;
        file->room = room;
    }
    memcpy(file->data + file->at, buf, size);
    file->at += size;
    file->len = MAX(file->len, file->at);
    return size;
}

static mp_uint_t file_ioctl(mp_obj_t obj, mp_uint_t request, uintptr_t arg, int *error) {
    file_t *file = obj;
    (void)error;
    if (request == MP_STREAM_SEEK) {
        struct mp_stream_seek_t *seek = (void *)arg;
        size_t from[] = { 0, file->at, file->len };
        file->at = from[seek->whence] + seek->offset;
        seek->offset = file->at;
    }
    return 0;
}

static mp_obj_t file_value(mp_obj_t obj) {
    return new_str_object(&bytes_type, ((file_t *)obj)->data, ((file_t *)obj)->len);
}

static mp_obj_t file_seek(mp_obj_t obj, mp_obj_t at) {
    ((file_t *)obj)->at = int_value(at);
    return at;
}

mp_obj_t new_file(const void *data, size_t len) {
    static const mp_stream_p_t protocol = { .read = file_read, .write = file_write, .ioctl = file_ioctl };
    static mp_obj_fun_builtin_fixed_t value_function = { { (void *)&fun_1_type }, { ._1 = file_value } };
    static mp_obj_fun_builtin_fixed_t seek_function = { { (void *)&fun_2_type }, { ._2 = file_seek } };
    if (file_type.base.type == NULL) {
        file_type.base.type = (void *)&type_type;
        file_type.name = intern("BytesIO", 7);
        mp_obj_t methods = new_dict(1);
        dict_store(methods, (mp_obj_t)(intern("getvalue", 8) << 3 | 2), &value_function);
        dict_store(methods, (mp_obj_t)(intern("seek", 4) << 3 | 2), &seek_function);
        MP_OBJ_TYPE_SET_SLOT(&file_type, protocol, &protocol, 0);
        MP_OBJ_TYPE_SET_SLOT(&file_type, locals_dict, methods, 1);
    }
    file_t *file = allocate(sizeof(file_t));
    file->base.type = (void *)&file_type;
    file->data = allocate(len + 1);
    memcpy(file->data, data, len);
    file->len = file->room = len;
    return file;
}

static const mp_stream_p_t *get_stream(mp_obj_t obj, int flags) {
    const mp_obj_type_t *type = type_of(obj);
    const mp_stream_p_t *stream = MP_OBJ_TYPE_GET_SLOT_OR_NULL(type, protocol);
    if (stream == NULL || ((flags & MP_STREAM_OP_READ) && stream->read == NULL)
        || ((flags & MP_STREAM_OP_WRITE) && stream->write == NULL)) {
        raise_named("OSError");
    }
    return stream;
}

static mp_uint_t checked(mp_uint_t size) {
    if (size == MP_STREAM_ERROR) {
        raise_named("OSError");
    }
    return size;
}

static mp_obj_t stream_read(size_t n_args, const mp_obj_t *args) {
    const mp_stream_p_t *stream = get_stream(args[0], MP_STREAM_OP_READ);
    mp_int_t wanted = n_args > 1 ? int_value(args[1]) : -1;
    size_t limit = wanted < 0 ? 1 << 20 : wanted;
    byte *data = allocate(limit);
    size_t len = 0;
    int error;
    while (len < limit) {
        mp_uint_t n = checked(stream->read(args[0], data + len, MIN(limit - len, 256), &error));
        if (n == 0) {
            break;
        }
        len += n;
    }
    return new_str_object(&bytes_type, data, len);
}

static mp_obj_t stream_write(size_t n_args, const mp_obj_t *args) {
    (void)n_args;
    const mp_stream_p_t *stream = get_stream(args[0], MP_STREAM_OP_WRITE);
    const char *data;
    size_t len;
    int error;
    if (!text_of(args[1], &data, &len)) {
        raise_named("TypeError");
    }
    return new_int(checked(stream->write(args[0], data, len, &error)));
}

void init_streams(void) {
    static mp_obj_fun_builtin_var_t read = { { (void *)&fun_var_type }, MP_OBJ_FUN_MAKE_SIG(1, 2, false), { stream_read } };
    static mp_obj_fun_builtin_var_t write = { { (void *)&fun_var_type }, MP_OBJ_FUN_MAKE_SIG(2, 2, false), { stream_write } };
    table.get_stream_raise = get_stream;
    table.stream_read_obj = &read;
    table.stream_write_obj = &write;
}
