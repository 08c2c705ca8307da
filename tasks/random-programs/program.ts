/** Programs of csmith made into sources of native modules. Text in, text out. */

/**
 * `module`: the program's variables as they are. `no-data`: none has a start value, so that the plain form can link it.
 */
export type Variables = 'as-is' | 'no-data';

/**
 * Gives constants the same type on every CPU: csmith writes `0xB0598737L`, and long has 32 or 64 bits. An int has 32
 * bits everywhere.
 */
export function portableConstants(program: string): string {
  return program.replace(/\b(0x[0-9A-F]+|\d+)(U?)L\b/g, '$1$2');
}

/**
 * The source of a module whose function `checksum` runs the program and returns what the program would have printed.
 * @param program of csmith with --no-argc, with portable constants
 */
export function moduleSource(program: string, variables: Variables): string {
  const isPlain = variables === 'no-data';
  return [
    '#include "py/dynruntime.h"',
    '#include <stdio.h>',
    '#define printf(...) ((void)0)',
    isPlain ? CHECKSUM_WITHOUT_DATA : '',
    '#define main run_program',
    isPlain ? withoutStartValues(program) : program,
    '#undef main',
    MODULE_END,
  ].join('\n');
}

const MODULE_END = `
static mp_obj_t checksum(void) {
    run_program();
    return mp_obj_new_int_from_uint(crc32_context ^ 0xFFFFFFFFu);
}
static MP_DEFINE_CONST_FUN_OBJ_0(checksum_obj, checksum);

mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY
    mp_store_global(MP_QSTR_checksum, MP_OBJ_FROM_PTR(&checksum_obj));
    MP_DYNRUNTIME_INIT_EXIT
}
`;

/**
 * Takes the place of csmith.h, whose own checksum (CRC-32 of ISO 3309 over each value as eight bytes, lowest first)
 * starts from an initialised variable. The safe arithmetic is csmith's.
 */
const CHECKSUM_WITHOUT_DATA = `
#include <string.h>
#include <float.h>
#include <math.h>
#define RANDOM_RUNTIME_H
#include "random_inc.h"
uint32_t crc32_context;
static void set_start_values(void);
static void crc32_byte(uint8_t byte) {
    crc32_context ^= byte;
    for (int bit = 0; bit < 8; bit++)
        crc32_context = crc32_context >> 1 ^ (crc32_context & 1 ? 0xEDB88320u : 0);
}
static void crc32_gentab(void) {
    crc32_context = 0xFFFFFFFFu;
    set_start_values();
}
static void transparent_crc(uint64_t value, char *name, int show) {
    for (int shift = 0; shift < 64; shift += 8)
        crc32_byte(value >> shift);
}
static void transparent_crc_bytes(char *bytes, int count, char *name, int show) {
    for (int i = 0; i < count; i++)
        crc32_byte(bytes[i]);
}
`;

const VARIABLE = /^static (.*?)\b(g_\d+)((?:\[\d+\])*) = (.*);$/gm;

/** Variables that can change become global ones without start value; a function copies the values from constants. */
function withoutStartValues(program: string): string {
  const copies: string[] = [];
  const text = program.replace(VARIABLE, (line, type: string, name: string, dimensions: string, value: string) => {
    const variable = ownQualifiers(type);
    if (variable.isConst && !variable.isVolatile) return line;
    copies.push(`    memcpy((void *)&${name}, &start_of_${name}, sizeof(${name}));`);
    const start = `static ${variable.bare}const start_of_${name}${dimensions} = ${value};`;
    return `${variable.bare}${variable.isVolatile ? 'volatile ' : ''}${name}${dimensions};\n${start}`;
  });
  return text.replace(/^int main/m, `static void set_start_values(void) {\n${copies.join('\n')}\n}\n\nint main`);
}

/** What says of the variable itself, not of what it points to, that it is const or volatile: C11, 6.7.6.1. */
function ownQualifiers(type: string): { bare: string; isConst: boolean; isVolatile: boolean } {
  const at = type.lastIndexOf('*') + 1;
  const own = type.slice(at);
  return {
    bare: type.slice(0, at) + own.replace(/\b(const|volatile)\b/g, ''),
    isConst: /\bconst\b/.test(own),
    isVolatile: /\bvolatile\b/.test(own),
  };
}
