// What the harness for Xtensa takes from its machine, on x64 under Linux: its loader and its stubs run here too. The files that QEMU puts
// into memory are the arguments: module, names, calls.

#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "harness.h"

#define ROOM (1 << 22)

mp_fun_table_t table;

void put(const char *text) {
    fputs(text, stdout);
}

void put_int(mp_int_t value) {
    printf("%ld", (long)value);
}

void stop(int status) {
    fflush(stdout);
    exit(status);
}

void give_up(const char *why) {
    printf("harness: %s\n", why);
    stop(3);
}

void *allocate(size_t n_bytes) {
    void *block = mmap(NULL, n_bytes + 1, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED) {
        give_up("no memory left");
    }
    return block;
}

void *allocate_text(size_t n_bytes) {
    return allocate(n_bytes);
}

static void place(const char *path, uintptr_t address) {
    void *at = mmap((void *)address, ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    FILE *file = fopen(path, "rb");
    if (at != (void *)address || file == NULL) {
        give_up("a file cannot be placed");
    }
    fread(at, 1, ROOM, file);
    fclose(file);
}

int main(int argc, char **argv) {
    if (argc != 4) {
        give_up("three files are needed");
    }
    place(argv[1], MODULE_ADDRESS);
    place(argv[2], NAMES_ADDRESS);
    place(argv[3], CALLS_ADDRESS);
    load_names();
    call_with_stubs((const byte *)CALLS_ADDRESS + 5);
    stop(0);
}
