// Loads a .mpy file with one native module the way the firmware does.

#include "harness.h"

// The number of the architecture in the header.
#ifndef LOADED_ARCH
#define LOADED_ARCH (9)
#endif

static const byte *at, *end;

static byte next_byte(void) {
    if (at >= end) {
        give_up("the file ends too early");
    }
    return *at++;
}

static size_t next_number(void) {
    size_t value = 0;
    for (;;) {
        byte b = next_byte();
        value = value << 7 | (b & 0x7f);
        if (b < 0x80) {
            return value;
        }
    }
}

static const byte *next_bytes(size_t len) {
    if (len > (size_t)(end - at)) {
        give_up("the file ends too early");
    }
    const byte *start = at;
    at += len;
    return start;
}

static qstr next_name(void) {
    size_t head = next_number();
    if (head & 1) {
        return head >> 1;
    }
    const byte *text = next_bytes((head >> 1) + 1);
    return intern((const char *)text, head >> 1);
}

// Kinds of relocations: 0 text, 1 rodata, 2 BSS, 6 names, 7 objects, 8 the function table, 9 + n its entry n.
static void relocate(byte *text, size_t text_size, byte *rodata, size_t rodata_size, byte *bss, const void *names) {
    uintptr_t *word = NULL;
    uintptr_t *limit = NULL;
    for (byte head; (head = next_byte()) != 0xff;) {
        if (head & 1) {
            size_t place = next_number();
            byte *base = place & 1 ? rodata : text;
            word = (uintptr_t *)base + (place >> 1);
            limit = (uintptr_t *)(base + (place & 1 ? rodata_size : text_size));
        }
        size_t kind = head >> 1;
        size_t count = 1;
        const void *target;
        if (kind <= 5) {
            const void *bases[] = { text, rodata, bss };
            target = bases[kind >> 1];
            if (kind & 1) {
                count = next_number();
            }
        } else if (kind == 6) {
            target = names;
        } else if (kind == 8) {
            target = &table;
        } else if (kind >= 9 && kind - 9 < sizeof(table) / sizeof(void *)) {
            target = ((const void **)&table)[kind - 9];
        } else {
            give_up("a relocation of this kind is not known");
        }
        while (count-- > 0) {
            if (word == NULL || word >= limit) {
                give_up("a relocation is outside");
            }
            *word++ += (uintptr_t)target;
        }
    }
}

entry_t load_module(void) {
    static const byte *next = (const byte *)MODULE_ADDRESS;
    uint32_t size = *(const uint32_t *)next;
    at = next + 4;
    end = at + size;
    next = at + ((size + 3) & ~(uint32_t)3);
    const byte *header = next_bytes(4);
    if (header[0] != 'M' || header[1] != 6 || (header[2] & 0x43) != 3 || header[2] >> 2 != LOADED_ARCH) {
        give_up("this is no native module for this core");
    }
    size_t n_names = next_number();
    if (next_number() != 0) {
        give_up("modules with objects are not supported");
    }
    uint16_t *names = allocate(n_names * sizeof(uint16_t));
    for (size_t i = 0; i < n_names; ++i) {
        names[i] = next_name();
    }
    size_t head = next_number();
    if ((head & 7) != 2) {
        give_up("only purely native modules are supported");
    }
    size_t text_size = head >> 3;
    byte *text = allocate_text(text_size);
    memcpy(text, next_bytes(text_size), text_size);
    size_t flags = next_number();
    size_t rodata_size = flags & 0x20 ? next_number() : 0;
    size_t bss_size = flags & 0x40 ? next_number() : 0;
    size_t bss_room = (bss_size + sizeof(void *) - 1) & ~(sizeof(void *) - 1);
    byte *bss = allocate(bss_room + rodata_size);
    byte *rodata = bss + bss_room;
    memcpy(rodata, next_bytes(rodata_size), rodata_size);
    if (flags & 0x10) {
        relocate(text, text_size, rodata, rodata_size, bss, names);
    }
    return (entry_t)text;
}
