/**
 * Programs that nobody here wrote made into sources of native modules: exit and abort leave main, output is hashed.
 * main keeps its name, because only a function of that name returns 0 where it ends without a return (C99, 5.1.2.2.3).
 */

/** FNV-1a, 32 bits, over what a program prints and its exit status as a last byte; eight hexadecimal digits. */
export function hashOf(output: Uint8Array, status: number): string {
  let hash = 0x811c9dc5;
  for (const byte of [...output, status & 0xff]) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(16).toUpperCase().padStart(8, '0');
}

/**
 * Names that compilers define for some CPUs and not for others, so that programs which ask for them print something
 * else there.
 */
const OF_ONE_CPU = /\b(__I?LP(32|64)__|__x86_64(__)?|__i[3-6]86(__)?|__arm__|__aarch64__|__riscv)\b/;

/** Why a program cannot be told by its output on a MicroPython, whose printf knows less; undefined when it can. */
export function whyNotApplicable(text: string): string | undefined {
  if (
    /\b(fopen|fputs|fprintf|fwrite|scanf|getchar|signal|fork|pthread_\w+|system|setjmp|longjmp|alarm)\s*\(/.test(text)
  ) {
    return 'needs an operating system';
  }
  // GCC's own tests name flags so; of a sum that wraps without it, compilers may make anything.
  if (/\bdg-(additional-)?options\b.*-fwrapv/.test(text)) return 'asks for -fwrapv';
  if (OF_ONE_CPU.test(text)) return 'asks for which CPU it is compiled';
  // Nothing that MicroPython prints in another way.
  const formats = text.match(/%[-+ #0]*[\d*]*(?:\.[\d*]+)?[hlLjztq]*[a-zA-Z]/g) ?? [];
  return formats.some((format) => !/^%0?\d*l{0,2}[duxXcs]$/.test(format))
    ? 'a format of printf that MicroPython has not'
    : undefined;
}

/**
 * The source of a module whose function `checksum` runs the program and returns the hash.
 * @param text one character for each byte
 */
export function wrapProgram(text: string): string {
  return `${HEAD}\n#line 1 "program.c"\n${text}\n${TAIL}`;
}

const NAMES = ['abort', 'exit', '_exit', 'printf', 'puts', 'putchar'];

const HEAD = NAMES.map((name) => `#define ${name} outside_${name}`).join('\n');

const UNDEFINED = NAMES.map((name) => `#undef ${name}`).join('\n');

/** What the program calls instead of the C library's functions. */
const LIBRARY = `
#include <stdarg.h>
#include "py/dynruntime.h"

uint32_t outside_hash;
int outside_status;
void *outside_jump[5];

static void outside_byte(unsigned char byte) {
    outside_hash = (outside_hash ^ byte) * 0x01000193u;
}
static void outside_strn(void *data, const char *text, size_t len) {
    (void)data;
    for (size_t i = 0; i < len; i++)
        outside_byte(text[i]);
}
int outside_printf(const char *format, ...) {
    mp_print_t print = { NULL, outside_strn };
    va_list args;
    va_start(args, format);
    int n = mp_vprintf(&print, format, args);
    va_end(args);
    return n;
}
int outside_puts(const char *text) {
    while (*text)
        outside_byte(*text++);
    outside_byte('\\n');
    return 1;
}
int outside_putchar(int c) {
    outside_byte(c);
    return c;
}
__attribute__((noreturn)) void outside_exit(int status) {
    outside_status = status;
    __builtin_longjmp(outside_jump, 1);
}
__attribute__((noreturn)) void outside__exit(int status) {
    outside_exit(status);
}
__attribute__((noreturn)) void outside_abort(void) {
    outside_exit(134);
}
`;

const MAIN = `((int (*)(int, char **, char **))(void *)main)(1, (char *[]){ "program", NULL }, (char *[]){ NULL })`;

/**
 * A module whose \`checksum\` has parameters.
 * @param kind of the function object: 0 or 1
 * @param parameter how C has it
 */
function moduleEnd(kind: 0 | 1, parameter: string, run: string): string {
  return `
static mp_obj_t checksum(${parameter}) {
    outside_hash = 0x811c9dc5u;
    ${run};
    outside_byte(outside_status);
    return mp_obj_new_int_from_uint(outside_hash);
}
static MP_DEFINE_CONST_FUN_OBJ_${kind}(checksum_obj, checksum);

mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY
    mp_store_global(MP_QSTR_checksum, MP_OBJ_FROM_PTR(&checksum_obj));
    MP_DYNRUNTIME_INIT_EXIT
}
`;
}

const TAIL = `
${UNDEFINED}
${LIBRARY}
static __attribute__((noinline)) void outside_run(void) {
    if (__builtin_setjmp(outside_jump) == 0)
        outside_exit(${MAIN});
}
${moduleEnd(0, 'void', 'outside_run()')}`;

/** The source of one of many programs in a module: all that others see of it is the function `entryName(number)`. */
export function partSource(text: string, number: number): string {
  return `${HEAD}\n#line 1 "program.c"\n${text}\n${UNDEFINED}\n#include <stddef.h>\nint ${entryName(number)}(void) { return ${MAIN}; }\n`;
}

export function entryName(number: number): string {
  return `outside_entry_${number}`;
}

/** The source that goes with such parts: `checksum(i)` runs the program of that number. Parts may be missing. */
export function runnerSource(count: number): string {
  const entries = Array.from({ length: count }, (_, i) => entryName(i));
  return `${LIBRARY}
${entries.map((name) => `__attribute__((weak)) int ${name}(void);`).join('\n')}
static int (*const outside_entries[])(void) = { ${entries.join(', ')} };
static __attribute__((noinline)) void outside_run(int i) {
    if (__builtin_setjmp(outside_jump) == 0)
        outside_exit(outside_entries[i]());
}
${moduleEnd(1, 'mp_obj_t number', 'outside_run(mp_obj_get_int(number))')}`;
}
