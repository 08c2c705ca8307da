// The stream protocol, and the errno values that streams report.

#ifndef NATMOD_ABI_STREAM_H
#define NATMOD_ABI_STREAM_H

// ---- Protocol: content of a type's slot `protocol` -----------------------------------------------------------

// Each function gives the number of bytes done (ioctl: what the request says), or MP_STREAM_ERROR with
// *errcode set to an errno value.
typedef struct _mp_stream_p_t {
    mp_uint_t (*read)(mp_obj_t obj, void *buf, mp_uint_t size, int *errcode);
    mp_uint_t (*write)(mp_obj_t obj, const void *buf, mp_uint_t size, int *errcode);
    mp_uint_t (*ioctl)(mp_obj_t obj, mp_uint_t request, uintptr_t arg, int *errcode);
    mp_uint_t is_text : 1; // reading gives str instead of bytes
} mp_stream_p_t;

#define MP_STREAM_ERROR ((mp_uint_t)-1)

// Requests of ioctl.
#define MP_STREAM_FLUSH (1)
#define MP_STREAM_SEEK (2) // arg: struct mp_stream_seek_t *
#define MP_STREAM_POLL (3) // arg: wanted MP_STREAM_POLL_*; gives those that are ready
#define MP_STREAM_CLOSE (4)
#define MP_STREAM_TIMEOUT (5)
#define MP_STREAM_GET_OPTS (6)
#define MP_STREAM_SET_OPTS (7)
#define MP_STREAM_GET_DATA_OPTS (8)
#define MP_STREAM_SET_DATA_OPTS (9)
#define MP_STREAM_GET_FILENO (10)
#define MP_STREAM_GET_BUFFER_SIZE (11)
#if MICROPY_STREAMS_DELEGATE_ERROR
#define MP_STREAM_RAISE_ERROR (12)
#endif

#define MP_STREAM_POLL_RD (0x0001)
#define MP_STREAM_POLL_WR (0x0004)
#define MP_STREAM_POLL_ERR (0x0008)
#define MP_STREAM_POLL_HUP (0x0010)
#define MP_STREAM_POLL_NVAL (0x0020)

#define MP_SEEK_SET (0)
#define MP_SEEK_CUR (1)
#define MP_SEEK_END (2)

struct mp_stream_seek_t {
    mp_off_t offset; // in: where to; out: the new position. Unsigned with MP_SEEK_SET, else signed.
    int whence;
};

// What mp_get_stream_raise shall insist on; may be or-ed.
#define MP_STREAM_OP_READ (1)
#define MP_STREAM_OP_WRITE (2)
#define MP_STREAM_OP_IOCTL (4)

#define MP_STREAM_RW_READ 0
#define MP_STREAM_RW_WRITE 2
#define MP_STREAM_RW_ONCE 1
#define mp_stream_write_exactly(stream, buf, size, err) mp_stream_rw(stream, (byte *)buf, size, err, MP_STREAM_RW_WRITE)
#define mp_stream_read_exactly(stream, buf, size, err) mp_stream_rw(stream, buf, size, err, MP_STREAM_RW_READ)

#if MICROPY_STREAMS_NON_BLOCK
#define mp_is_nonblocking_error(errno) ((errno) == MP_EAGAIN || (errno) == MP_EWOULDBLOCK)
#else
#define mp_is_nonblocking_error(errno) (0)
#endif

// Only for an object that is known to be a stream; mp_get_stream_raise checks.
static inline const mp_stream_p_t *mp_get_stream(mp_const_obj_t self) {
    const mp_obj_type_t *type = ((const mp_obj_base_t *)MP_OBJ_TO_PTR(self))->type;
    return (const mp_stream_p_t *)MP_OBJ_TYPE_GET_SLOT(type, protocol);
}

// ---- errno values --------------------------------------------------------------------------------------------

// Normally those of the C library. With MICROPY_USE_INTERNAL_ERRNO they are Linux's numbers, and no <errno.h>
// is needed.
#if !MICROPY_USE_INTERNAL_ERRNO
#define MP_EPERM EPERM
#define MP_ENOENT ENOENT
#define MP_ESRCH ESRCH
#define MP_EINTR EINTR
#define MP_EIO EIO
#define MP_ENXIO ENXIO
#define MP_E2BIG E2BIG
#define MP_ENOEXEC ENOEXEC
#define MP_EBADF EBADF
#define MP_ECHILD ECHILD
#define MP_EAGAIN EAGAIN
#define MP_ENOMEM ENOMEM
#define MP_EACCES EACCES
#define MP_EFAULT EFAULT
#define MP_ENOTBLK ENOTBLK
#define MP_EBUSY EBUSY
#define MP_EEXIST EEXIST
#define MP_EXDEV EXDEV
#define MP_ENODEV ENODEV
#define MP_ENOTDIR ENOTDIR
#define MP_EISDIR EISDIR
#define MP_EINVAL EINVAL
#define MP_ENFILE ENFILE
#define MP_EMFILE EMFILE
#define MP_ENOTTY ENOTTY
#define MP_ETXTBSY ETXTBSY
#define MP_EFBIG EFBIG
#define MP_ENOSPC ENOSPC
#define MP_ESPIPE ESPIPE
#define MP_EROFS EROFS
#define MP_EMLINK EMLINK
#define MP_EPIPE EPIPE
#define MP_EDOM EDOM
#define MP_ERANGE ERANGE
#define MP_EWOULDBLOCK EWOULDBLOCK
#define MP_EOPNOTSUPP EOPNOTSUPP
#define MP_EAFNOSUPPORT EAFNOSUPPORT
#define MP_EADDRINUSE EADDRINUSE
#define MP_ECONNABORTED ECONNABORTED
#define MP_ECONNRESET ECONNRESET
#define MP_ENOBUFS ENOBUFS
#define MP_EISCONN EISCONN
#define MP_ENOTCONN ENOTCONN
#define MP_ETIMEDOUT ETIMEDOUT
#define MP_ECONNREFUSED ECONNREFUSED
#define MP_EHOSTUNREACH EHOSTUNREACH
#define MP_EALREADY EALREADY
#define MP_EINPROGRESS EINPROGRESS
#define MP_ECANCELED ECANCELED
#else
#define MP_EPERM (1)
#define MP_ENOENT (2)
#define MP_ESRCH (3)
#define MP_EINTR (4)
#define MP_EIO (5)
#define MP_ENXIO (6)
#define MP_E2BIG (7)
#define MP_ENOEXEC (8)
#define MP_EBADF (9)
#define MP_ECHILD (10)
#define MP_EAGAIN (11)
#define MP_ENOMEM (12)
#define MP_EACCES (13)
#define MP_EFAULT (14)
#define MP_ENOTBLK (15)
#define MP_EBUSY (16)
#define MP_EEXIST (17)
#define MP_EXDEV (18)
#define MP_ENODEV (19)
#define MP_ENOTDIR (20)
#define MP_EISDIR (21)
#define MP_EINVAL (22)
#define MP_ENFILE (23)
#define MP_EMFILE (24)
#define MP_ENOTTY (25)
#define MP_ETXTBSY (26)
#define MP_EFBIG (27)
#define MP_ENOSPC (28)
#define MP_ESPIPE (29)
#define MP_EROFS (30)
#define MP_EMLINK (31)
#define MP_EPIPE (32)
#define MP_EDOM (33)
#define MP_ERANGE (34)
#define MP_EWOULDBLOCK MP_EAGAIN
#define MP_EOPNOTSUPP (95)
#define MP_EAFNOSUPPORT (97)
#define MP_EADDRINUSE (98)
#define MP_ECONNABORTED (103)
#define MP_ECONNRESET (104)
#define MP_ENOBUFS (105)
#define MP_EISCONN (106)
#define MP_ENOTCONN (107)
#define MP_ETIMEDOUT (110)
#define MP_ECONNREFUSED (111)
#define MP_EHOSTUNREACH (113)
#define MP_EALREADY (114)
#define MP_EINPROGRESS (115)
#define MP_ECANCELED (125)
#endif

#endif
