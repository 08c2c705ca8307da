// py/ringbuf.h for native modules: a ring buffer of bytes.
//
// One place of the buffer stays free, so that a full one is not taken for an empty one.

#ifndef NATMOD_PY_RINGBUF_H
#define NATMOD_PY_RINGBUF_H

#include "dynruntime.h"

typedef struct _ringbuf_t {
    uint8_t *buf;
    uint16_t size;
    uint16_t iget; // where the next byte is read
    uint16_t iput; // where the next byte is written
} ringbuf_t;

#define ringbuf_alloc(r, sz) \
    { \
        (r)->buf = m_new(uint8_t, sz); \
        (r)->size = sz; \
        (r)->iget = (r)->iput = 0; \
    }

static inline void ringbuf_reset(ringbuf_t *r) {
    r->iput = 0;
    r->iget = 0;
}

static inline size_t ringbuf_avail(ringbuf_t *r) {
    return (size_t)(r->size + r->iput - r->iget) % r->size;
}
static inline size_t ringbuf_free(ringbuf_t *r) {
    return (size_t)(r->size + r->iget - r->iput - 1) % r->size;
}

// The next byte, or -1 when there is none.
static inline int ringbuf_peek(ringbuf_t *r) {
    return r->iget == r->iput ? -1 : r->buf[r->iget];
}
static inline int ringbuf_get(ringbuf_t *r) {
    int v = ringbuf_peek(r);
    if (v >= 0) {
        r->iget = (uint16_t)(r->iget + 1u >= r->size ? 0 : r->iget + 1u);
    }
    return v;
}

// 0, or -1 when the buffer is full.
static inline int ringbuf_put(ringbuf_t *r, uint8_t v) {
    uint16_t next = (uint16_t)(r->iput + 1u >= r->size ? 0 : r->iput + 1u);
    if (next == r->iget) {
        return -1;
    }
    r->buf[r->iput] = v;
    r->iput = next;
    return 0;
}

// The following are in the firmware only.
#ifdef __cplusplus
extern "C" {
#endif
int ringbuf_get16(ringbuf_t *);
int ringbuf_peek16(ringbuf_t *);
int ringbuf_put16(ringbuf_t *, uint16_t);
int ringbuf_get_bytes(ringbuf_t *, uint8_t *, size_t);
int ringbuf_put_bytes(ringbuf_t *, const uint8_t *, size_t);
#ifdef __cplusplus
}
#endif

#endif
