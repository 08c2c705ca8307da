/*
 * A plugin for QEMU that counts how often each block of instructions runs, and writes that down at the end: a line for each block with
 * its address, its count, the sizes of its instructions (a hexadecimal digit each) and their bytes.
 *
 * The interface is QEMU's for TCG plugins (docs/devel/tcg-plugins.rst). Distributions do not pack its header, so the few functions in use are
 * declared here. PLUGIN_API is the version that the QEMU in use asks for: from 3 on instructions are copied, before they were lent.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_info;
typedef uint64_t qemu_plugin_id_t;

enum { CALLBACK_WITHOUT_REGISTERS };

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, void (*)(qemu_plugin_id_t, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *, void (*)(unsigned int, void *), int flags, void *data);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, void (*)(qemu_plugin_id_t, void *), void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t index);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *);
#if PLUGIN_API >= 3
size_t qemu_plugin_insn_data(const struct qemu_plugin_insn *, void *to, size_t size);
#else
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *);
#endif

EXPORT int qemu_plugin_version = PLUGIN_API;

struct block {
    struct block *next;
    uint64_t address;
    uint64_t count;
    size_t instructions;
    size_t size;
    /* The bytes, and behind them a size for each instruction. */
    uint8_t bytes[];
};

static struct block *blocks;
static const char *output;

static void run(unsigned int cpu, void *data) {
    (void)cpu;
    __atomic_fetch_add(&((struct block *)data)->count, 1, __ATOMIC_RELAXED);
}

static void copy(uint8_t *to, const struct qemu_plugin_insn *instruction, size_t size) {
#if PLUGIN_API >= 3
    qemu_plugin_insn_data(instruction, to, size);
#else
    memcpy(to, qemu_plugin_insn_data(instruction), size);
#endif
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb) {
    (void)id;
    size_t count = qemu_plugin_tb_n_insns(tb);
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        size += qemu_plugin_insn_size(qemu_plugin_tb_get_insn(tb, i));
    }
    struct block *block = malloc(sizeof *block + size + count);
    if (count == 0 || block == NULL) {
        free(block);
        return;
    }
    block->address = qemu_plugin_insn_vaddr(qemu_plugin_tb_get_insn(tb, 0));
    block->count = 0;
    block->instructions = count;
    block->size = size;
    uint8_t *to = block->bytes;
    for (size_t i = 0; i < count; i++) {
        struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(tb, i);
        size_t own = qemu_plugin_insn_size(instruction);
        copy(to, instruction, own);
        block->bytes[size + i] = (uint8_t)own;
        to += own;
    }
    block->next = __atomic_load_n(&blocks, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(&blocks, &block->next, block, 1, __ATOMIC_RELEASE, __ATOMIC_RELAXED)) {
    }
    qemu_plugin_register_vcpu_tb_exec_cb(tb, run, CALLBACK_WITHOUT_REGISTERS, block);
}

/* Into a file of another name first, so that there is a whole one or none. */
static void write_down(qemu_plugin_id_t id, void *data) {
    (void)id;
    (void)data;
    char name[4096];
    if (snprintf(name, sizeof name, "%s.part", output) >= (int)sizeof name) {
        return;
    }
    FILE *file = fopen(name, "w");
    if (file == NULL) {
        return;
    }
    for (struct block *block = __atomic_load_n(&blocks, __ATOMIC_ACQUIRE); block != NULL; block = block->next) {
        uint64_t count = __atomic_load_n(&block->count, __ATOMIC_RELAXED);
        if (count == 0) {
            continue;
        }
        fprintf(file, "%" PRIx64 " %" PRIu64 " ", block->address, count);
        for (size_t i = 0; i < block->instructions; i++) {
            fprintf(file, "%x", block->bytes[block->size + i]);
        }
        fputc(' ', file);
        for (size_t i = 0; i < block->size; i++) {
            fprintf(file, "%02x", block->bytes[i]);
        }
        fputc('\n', file);
    }
    int bad = ferror(file);
    if (fclose(file) == 0 && !bad) {
        rename(name, output);
    }
}

EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info, int argc, char **argv) {
    (void)info;
    for (int i = 0; i < argc; i++) {
        if (strncmp(argv[i], "out=", 4) == 0) {
            output = strdup(argv[i] + 4);
        }
    }
    if (output == NULL) {
        return -1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, write_down, NULL);
    return 0;
}
