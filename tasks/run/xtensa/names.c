// Interned strings. Those that every firmware of this bytecode version has come first, in their fixed order.

#include "harness.h"

static struct { const char *text; size_t len; } names[MAX_NAMES];
static size_t n_names = 1; // 0 is no name

static qstr add(const char *text, size_t len) {
    if (n_names == MAX_NAMES) {
        give_up("too many names");
    }
    names[n_names].text = text;
    names[n_names].len = len;
    return n_names++;
}

void load_names(void) {
    size_t size = *(const uint32_t *)NAMES_ADDRESS;
    const char *at = (const char *)NAMES_ADDRESS + 4;
    const char *end = at + size;
    while (at < end) {
        size_t len = strlen(at);
        add(at, len);
        at += len + 1;
    }
}

qstr intern(const char *text, size_t len) {
    for (size_t i = 1; i < n_names; ++i) {
        if (names[i].len == len && memcmp(names[i].text, text, len) == 0) {
            return i;
        }
    }
    char *copy = allocate(len + 1);
    memcpy(copy, text, len);
    return add(copy, len);
}

const char *name_text(qstr name) {
    return name < n_names ? names[name].text : "?";
}

size_t name_len(qstr name) {
    return name < n_names ? names[name].len : 1;
}
