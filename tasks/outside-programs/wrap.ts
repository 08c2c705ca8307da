/**
 * Programs that nobody here wrote made into parts of native modules: exit and abort leave main, what is printed is
 * hashed. main keeps its name, because only a function of that name returns 0 where it ends without a return (C99,
 * 5.1.2.2.3).
 */

/**
 * Names that compilers define for some CPUs and not for others, so that programs which ask for them print something
 * else there.
 */
const OF_ONE_CPU =
  /\b(__I?LP(32|64)__|__x86_64(__)?|__i[3-6]86(__)?|__arm__|__aarch64__|__riscv|__xtensa__|__BIGGEST_ALIGNMENT__)\b/;

/** Why a program cannot be told by what it prints; undefined when it can. */
export function whyNotApplicable(text: string): string | undefined {
  if (
    /\b(fopen|fputs|fputc|fprintf|fwrite|scanf|getchar|signal|fork|pthread_\w+|system|setjmp|longjmp|alarm|vf?printf)\s*\(/.test(
      text,
    )
  ) {
    return 'needs an operating system';
  }
  if (/\bs?rand(om)?\s*\(/.test(text)) return 'asks for random numbers, which each C library has in its own way';
  // GCC's own tests name flags so; of a sum that wraps without these, compilers may make anything.
  if (/\bdg-(additional-)?options\b.*-f(wrapv|no-strict-overflow)/.test(text)) return 'asks for sums that wrap';
  if (OF_ONE_CPU.test(text)) return 'asks for which CPU it is compiled';
  // Addresses, and long double, which is another type on every CPU.
  return /%[-+ #0]*[\d*]*(?:\.[\d*]+)?(L[a-zA-Z]|[pnSCm])/.test(text)
    ? 'prints what each CPU has in another way'
    : undefined;
}

const NAMES = ['abort', 'exit', '_exit', 'printf', 'puts', 'putchar'];

/** Whether nothing that is hashed can come from a program but its exit status. */
export function isSilent(text: string): boolean {
  return /\bmain\b/.test(text) && !/\b(printf|puts|putchar)\b/.test(text);
}

/** The hash of a program that prints nothing and ends with status 0. */
export const SILENT_SUCCESS = '050C5D1F';

const HEAD = NAMES.map((name) => `#define ${name} outside_${name}`).join('\n');

const UNDEFINED = NAMES.map((name) => `#undef ${name}`).join('\n');

/**
 * What the program calls instead of the C library's functions. The hash is FNV-1a of 32 bits. It is over the text of
 * formats, without the sizes that macros such as PRId32 bring from each C library, and over values, so that no CPU has
 * to divide: integers as 64 bits, floating point rounded to the precision of float, because the last digit of a C
 * library's mathematical function is its own.
 */
const LIBRARY = `
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

uint32_t outside_hash;
int outside_status;
void *outside_jump[5];

static void outside_byte(unsigned char byte) {
    outside_hash = (outside_hash ^ byte) * 0x01000193u;
}
static void outside_number(uint64_t value) {
    for (int i = 0; i < 8; i++, value >>= 8)
        outside_byte(value);
}
static void outside_real(double value) {
    union { double real; uint64_t bits; } both = { value };
    if ((both.bits & 0x7fffffffffffffff) > 0x7ff0000000000000)
        both.bits = 0x7ff8000000000000;
    outside_number((both.bits + (1 << 28)) >> 29);
}
int outside_printf(const char *format, ...) {
    va_list args;
    va_start(args, format);
    int n = 0;
    while (*format) {
        unsigned char c = *format++;
        outside_byte(c);
        n++;
        if (c != '%')
            continue;
        int size = 0, precision = -1, isPrecise = 0;
        for (;;) {
            c = *format++;
            if (c == 0) {
                va_end(args);
                return n;
            }
            if (c == '*') {
                int given = va_arg(args, int);
                outside_number(given);
                if (isPrecise)
                    precision = given;
            } else if (c == '.') {
                isPrecise = 1;
                precision = 0;
            } else if (isPrecise && c >= '0' && c <= '9') {
                outside_byte(c);
                precision = precision * 10 + c - '0';
            } else if (c == 'l') {
                size++;
            } else if (c == 'h') {
                size--;
            } else if (c == 'j' || c == 'q') {
                size = 2;
            } else if (c == 'z' || c == 't') {
                size = 3;
            } else if (c == '-' || c == '+' || c == ' ' || c == '#' || (c >= '0' && c <= '9')) {
                outside_byte(c);
            } else {
                break;
            }
        }
        outside_byte(c == 'i' ? 'd' : c);
        if (c == 'd' || c == 'i') {
            long long value = size == 3 ? va_arg(args, ptrdiff_t) : size == 2 ? va_arg(args, long long)
                : size == 1 ? va_arg(args, long) : va_arg(args, int);
            outside_number(size == -1 ? (short)value : size == -2 ? (signed char)value : value);
        } else if (c == 'u' || c == 'x' || c == 'X' || c == 'o') {
            unsigned long long value = size == 3 ? va_arg(args, size_t) : size == 2 ? va_arg(args, unsigned long long)
                : size == 1 ? va_arg(args, unsigned long) : va_arg(args, unsigned);
            outside_number(size == -1 ? (unsigned short)value : size == -2 ? (unsigned char)value : value);
        } else if (c == 'c') {
            outside_byte(va_arg(args, int));
        } else if (c == 's') {
            for (const char *text = va_arg(args, const char *); precision-- != 0 && *text; n++)
                outside_byte(*text++);
        } else if (c != '%') {
            outside_real(va_arg(args, double));
        }
    }
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

/** The function of a part's object that runs its program. */
export const ENTRY = 'outside_entry';

/** The name of that of one of many programs in a module. */
export function entryName(number: number): string {
  return `${ENTRY}_${number}`;
}

/** The source of a program as a part of a module. @param text one character for each byte */
export function partSource(text: string): string {
  return `${HEAD}
#line 1 "program.c"
${text}
${UNDEFINED}
int ${ENTRY}(void) {
    return ((int (*)(int, char **, char **))(void *)main)(1, (char *[]){ "program", (void *)0 }, (char *[]){ (void *)0 });
}
`;
}

/** Runs a program and leaves the hash. @param parameter how C has it @param entry what calls the program */
function runSource(parameter: string, entry: string, argument: string): string {
  return `
static __attribute__((noinline)) void outside_call(${parameter}) {
    if (__builtin_setjmp(outside_jump) == 0)
        outside_exit(${entry}());
}
static uint32_t outside_run(${parameter}) {
    outside_hash = 0x811c9dc5u;
    outside_call(${argument});
    outside_byte(outside_status);
    return outside_hash;
}`;
}

const OF_ONE = `int ${ENTRY}(void);\n${runSource('void', ENTRY, '')}`;

/** The source that makes a part a program for an operating system, which prints the hash in place of all else. */
export const NATIVE_SOURCE = `${LIBRARY}
#include <stdio.h>
#include <unistd.h>
${OF_ONE}
__attribute__((constructor)) static void outside_start(void) {
    uint32_t hash = outside_run();
    printf("%08X", (unsigned)hash);
    fflush(stdout);
    _exit(0);
}
`;

/** @param kind of the function object: 0 or 1 @param parameter how C has it */
function moduleEnd(kind: 0 | 1, parameter: string, argument: string): string {
  return `
static mp_obj_t checksum(${parameter}) {
    return mp_obj_new_int_from_uint(outside_run(${argument}));
}
static MP_DEFINE_CONST_FUN_OBJ_${kind}(checksum_obj, checksum);

mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY
    mp_store_global(MP_QSTR_checksum, MP_OBJ_FROM_PTR(&checksum_obj));
    MP_DYNRUNTIME_INIT_EXIT
}
`;
}

/** The source that goes with one part: `checksum()` runs the program and returns the hash. */
export const RUNNER_SOURCE = `#include "py/dynruntime.h"
${LIBRARY}
${OF_ONE}
${moduleEnd(0, 'void', '')}`;

/** The source that goes with many: `checksum(i)` runs the program of that number. Parts may be missing. */
export function runnerSource(count: number): string {
  const entries = Array.from({ length: count }, (_, i) => entryName(i));
  return `#include "py/dynruntime.h"
${LIBRARY}
${entries.map((name) => `__attribute__((weak)) int ${name}(void);`).join('\n')}
static int (*const outside_entries[])(void) = { ${entries.join(', ')} };
${runSource('int i', 'outside_entries[i]', 'i')}
${moduleEnd(1, 'mp_obj_t number', 'mp_obj_get_int(number)')}`;
}
