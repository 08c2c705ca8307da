/*
 * A plugin for QEMU that ends it, with status 9 and a line on standard error, when something of an area is read in another way than in
 * whole words at their place, which is all that the memory for code of ESP8266 and ESP32 can do, or when code in the area writes to
 * it. Arguments: start, end (of the area), out (a file that gets the number of reads, to be added up).
 *
 * See tasks/run/count/count.c for the interface.
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
typedef uint32_t qemu_plugin_meminfo_t;
typedef void (*access_t)(unsigned int cpu, qemu_plugin_meminfo_t, uint64_t address, void *data);

enum { CALLBACK_WITHOUT_REGISTERS };
enum { READS_AND_WRITES = 3 };

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, void (*)(qemu_plugin_id_t, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *, access_t, int flags, int which, void *data);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, void (*)(qemu_plugin_id_t, void *), void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t index);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *);
unsigned int qemu_plugin_mem_size_shift(qemu_plugin_meminfo_t);
_Bool qemu_plugin_mem_is_store(qemu_plugin_meminfo_t);

EXPORT int qemu_plugin_version = PLUGIN_API;

static uint64_t start, end, reads;
static const char *output;

static void accessed(unsigned int cpu, qemu_plugin_meminfo_t info, uint64_t address, void *data) {
    (void)cpu;
    if (address < start || address >= end) {
        return;
    }
    unsigned int size = 1u << qemu_plugin_mem_size_shift(info);
    int writes = qemu_plugin_mem_is_store(info);
    if (!writes && size == 4 && address % 4 == 0) {
        reads++;
        return;
    }
    uint64_t at = (uintptr_t)data;
    // The loader may write as it likes.
    if (writes && (at < start || at >= end)) {
        return;
    }
    fprintf(stderr, "%s of %u bytes at 0x%" PRIx64 ", in code, by 0x%" PRIx64 "\n", writes ? "write" : "read", size, address - start, at);
    exit(9);
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb) {
    (void)id;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
        struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(tb, i);
        void *at = (void *)(uintptr_t)qemu_plugin_insn_vaddr(instruction);
        qemu_plugin_register_vcpu_mem_cb(instruction, accessed, CALLBACK_WITHOUT_REGISTERS, READS_AND_WRITES, at);
    }
}

static void write_down(qemu_plugin_id_t id, void *data) {
    (void)id;
    (void)data;
    FILE *file = fopen(output, "a");
    if (file != NULL) {
        fprintf(file, "%" PRIu64 "\n", reads);
        fclose(file);
    }
}

EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info, int argc, char **argv) {
    (void)info;
    for (int i = 0; i < argc; i++) {
        if (strncmp(argv[i], "out=", 4) == 0) {
            output = strdup(argv[i] + 4);
        } else if (strncmp(argv[i], "start=", 6) == 0) {
            start = strtoull(argv[i] + 6, NULL, 0);
        } else if (strncmp(argv[i], "end=", 4) == 0) {
            end = strtoull(argv[i] + 4, NULL, 0);
        }
    }
    if (output == NULL || start >= end) {
        return -1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, write_down, NULL);
    return 0;
}
