// What Berkeley DB is built with. Its own headers include this first.

#ifndef BTREE_BERKELEY_CONFIG_H
#define BTREE_BERKELEY_CONFIG_H

// The C library's own declarations come before the names below take their place.
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

// Its declarations are written with BSD's macros, which not every C library has.
#ifndef __P
#define __P(arguments) arguments
#endif
#ifndef __BEGIN_DECLS
#define __BEGIN_DECLS
#define __END_DECLS
#endif

// Files are MicroPython's stream objects.
#define virt_fd_t void *
#define __DBINTERFACE_PRIVATE 1

// A module has no C library to link with: MicroPython's heap and our own error number serve instead.
#undef errno
#define errno db_errno
#define malloc db_malloc
#define calloc db_calloc
#define realloc db_realloc
#define free db_free
#define abort db_abort
#define mpool_error(message) ((void)0) // abort follows

extern int db_errno;
void *db_malloc(size_t size);
void *db_calloc(size_t count, size_t size);
void *db_realloc(void *block, size_t size);
void db_free(void *block);
__attribute__((noreturn)) void db_abort(void);

#endif
