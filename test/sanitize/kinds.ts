/** C functions that each do one thing that C calls undefined, for some arguments, and what is said of it. */

export interface Kind {
  /** Name of the function; it takes an int and returns one. */
  readonly name: string;
  /** Lines before it. */
  readonly before?: string;
  readonly body: string;
  /** Arguments that are all right. */
  readonly good: readonly number[];
  /** Arguments that are not, and what is said behind the place. */
  readonly bad: readonly (readonly [argument: number, says: string])[];
  /** The place that is told is in the line before the function. */
  readonly isBefore?: boolean;
}

const MAX = 2147483647;
const MIN = -2147483648;

export const KINDS: readonly Kind[] = [
  { name: 'add', body: 'return x + 1;', good: [MIN, 7], bad: [[MAX, 'signed integer overflow: 2147483647 + 1']] },
  { name: 'subtract', body: 'return x - 1;', good: [MAX], bad: [[MIN, 'signed integer overflow: -2147483648 - 1']] },
  { name: 'multiply', body: 'return x * 3;', good: [-7], bad: [[MAX, 'signed integer overflow: 2147483647 * 3']] },
  {
    name: 'subtract_wide',
    body: 'long long most = 0x7fffffffffffffffLL - 5; return (int)((most - x) & 1);',
    good: [-5, MAX],
    bad: [[-6, 'signed integer overflow: 9223372036854775802 - -6']],
  },
  { name: 'negate', body: 'return -x;', good: [MAX], bad: [[MIN, 'signed integer overflow: -(-2147483648)']] },
  { name: 'divide', body: 'return 10 / x;', good: [MIN, 3], bad: [[0, 'division by zero']] },
  { name: 'rest', body: 'return 10 % x;', good: [MIN, 3], bad: [[0, 'division by zero']] },
  {
    name: 'divide_least',
    before: 'static volatile int minus_one = -1;',
    body: 'return x / minus_one;',
    good: [MAX],
    bad: [[MIN, 'signed integer overflow: -2147483648 / -1']],
  },
  {
    name: 'shift_places',
    body: 'return 1 << x;',
    good: [0, 30],
    bad: [
      [32, "shift exponent 32 is too large for type 'int'"],
      [-1, 'shift exponent -1 is negative'],
    ],
  },
  {
    name: 'shift_value',
    body: 'return x << 1;',
    good: [0x3fffffff],
    bad: [
      [MAX, "left shift of 2147483647 by 1 places does not fit into type 'int'"],
      [-1, 'left shift of negative value -1'],
    ],
  },
  {
    name: 'index_array',
    before: 'static int table[4];',
    body: 'return table[x];',
    good: [0, 3],
    bad: [
      [4, "index 4 out of bounds for type 'int [4]'"],
      [-1, "index -1 out of bounds for type 'int [4]'"],
    ],
  },
  {
    name: 'load_null',
    before: 'static int cell;',
    body: 'int *p = x ? &cell : 0; return *p;',
    good: [1],
    bad: [[0, "load of null pointer of type 'int'"]],
  },
  {
    name: 'store_null',
    body: 'int *p = x ? &cell : 0; *p = x; return 0;',
    good: [1],
    bad: [[0, "store to null pointer of type 'int'"]],
  },
  {
    name: 'member_of_null',
    before: 'struct pair { int a, b; }; static struct pair pair;',
    body: 'struct pair *p = x ? &pair : 0; return p->b;',
    good: [1],
    bad: [[0, "member access within null pointer of type 'struct pair'"]],
  },
  {
    name: 'misaligned',
    before: 'static int words[2];',
    body: 'int *p = (int *)((char *)words + x); return *p;',
    good: [0, 4],
    bad: [[1, "load of misaligned address 0x... for type 'int'"]],
  },
  {
    name: 'too_small',
    before: 'static int one;',
    body: 'return x == 2 ? (&one)[1] : x;',
    good: [3],
    bad: [[2, "load of address 0x... without the space for type 'int'"]],
  },
  {
    name: 'wrap_pointer',
    before: 'static char *volatile near_end = (char *)-16;',
    body: 'char *p = near_end + x; return p == 0;',
    good: [5],
    bad: [[20, 'pointer overflow: from 0x... to 0x...']],
  },
  {
    name: 'variable_array',
    body: 'volatile char array[x]; array[x - 1] = 1; return array[x - 1];',
    good: [1, 20],
    bad: [
      [0, 'array of 0 elements'],
      [-5, 'array of -5 elements'],
    ],
  },
  {
    name: 'load_bool',
    before: 'static _Bool flag;',
    body: '*(volatile unsigned char *)&flag = x; return flag;',
    good: [0, 1],
    bad: [[7, "load of value 7, which type '_Bool' does not have"]],
  },
  {
    name: 'float_to_int',
    body: 'return (int)(x * 1e6f);',
    good: [1, -2000],
    bad: [[30000, "3e+10 is outside the range of type 'int'"]],
  },
  { name: 'zeros_behind', body: 'return __builtin_ctz(x);', good: [8], bad: [[0, 'passing zero to __builtin_ctz()']] },
  { name: 'zeros_before', body: 'return __builtin_clz(x);', good: [8], bad: [[0, 'passing zero to __builtin_clz()']] },
  {
    name: 'unreachable',
    body: 'if (x == 3) __builtin_unreachable(); return x;',
    good: [2],
    bad: [[3, 'execution reached __builtin_unreachable()']],
  },
  {
    name: 'null_argument',
    before: '__attribute__((nonnull, noinline)) static int first(int *p) { return p != 0; }',
    body: 'return first(x ? &cell : 0);',
    good: [1],
    bad: [[0, 'null pointer as argument 1, which is declared never to be one']],
  },
  {
    name: 'null_result',
    isBefore: true,
    before: '__attribute__((returns_nonnull, noinline)) static int *result(int x) { return x ? &cell : 0; }',
    body: 'return result(x) == &cell;',
    good: [1],
    bad: [[0, 'null pointer returned from a function that is declared never to return one']],
  },
];

/** What is no undefined behaviour, or is told by one of the compilers only. */
const FLOAT: Kind = {
  name: 'divide_float',
  body: 'return (int)(1.0f / x) == 0;',
  good: [2],
  bad: [[0, 'division by zero']],
};

/** For `--sanitize float-divide-by-zero,bounds-strict` of GCC. */
export const GCC_KINDS: readonly Kind[] = [
  FLOAT,
  {
    name: 'index_last',
    before: 'static struct { int count, items[2]; } list;',
    body: 'return list.items[x];',
    good: [1],
    bad: [[2, "index 2 out of bounds for type 'int [2]'"]],
  },
];

/** For `--sanitize float-divide-by-zero,integer,implicit-conversion,nullability` of clang. */
export const CLANG_KINDS: readonly Kind[] = [
  FLOAT,
  {
    name: 'add_unsigned',
    body: 'return (unsigned)x + 0xfffffff0u > 3;',
    good: [15],
    bad: [[16, 'unsigned integer overflow: 16 + 4294967280']],
  },
  {
    name: 'narrow',
    before: 'static volatile unsigned char small;',
    body: 'small = x; return small;',
    good: [255],
    bad: [[300, "implicit conversion from type 'int' of value 300 to type 'unsigned char' changed it to 44"]],
  },
  {
    name: 'change_sign',
    before: 'static volatile unsigned int natural;',
    body: 'natural = x; return natural == 3;',
    good: [3],
    bad: [[-1, "implicit conversion from type 'int' of value -1 to type 'unsigned int' changed it to 4294967295"]],
  },
  {
    name: 'null_to_nonnull',
    before: '__attribute__((noinline)) static int get(int *_Nonnull p) { return p != 0; } static int place;',
    body: 'return get(x ? &place : 0);',
    good: [1],
    bad: [[0, 'null pointer as argument 1, which is declared never to be one']],
  },
];

/** What C++ has besides. */
export const CXX_KINDS: readonly Kind[] = [
  {
    name: 'load_enum',
    before: 'enum Color { red, green }; static Color color;',
    body: '*(volatile unsigned char *)&color = x; return color;',
    good: [0, 1],
    bad: [[7, "load of value 7, which type 'Color' does not have"]],
  },
  {
    name: 'no_result',
    isBefore: true,
    before: '__attribute__((noinline)) static int positive(int x) { if (x > 0) return x; }',
    body: 'return positive(x);',
    good: [3],
    bad: [[-3, 'end of a function that returns a value reached without one']],
  },
];

/** The kinds as a source: every function on one line, and the lines by name. */
export function sourceOf(
  kinds: readonly Kind[],
  linkage = '',
): {
  readonly text: string;
  readonly lines: ReadonlyMap<string, number>;
} {
  const lines = new Map<string, number>();
  const text: string[] = [];
  for (const { name, before = '', body, isBefore } of kinds) {
    text.push(before, `${linkage}__attribute__((noinline)) int ${name}(int x) { ${body} }`);
    lines.set(name, text.length - (isBefore ? 1 : 0));
  }
  return { text: `${text.join('\n')}\n`, lines };
}

/** Writes as many bytes into 16 as it is told. Which array that is the compiler cannot see, so only the stack tells. */
export const DEEP = `__attribute__((noinline)) int fill_room(int count) {
    char room[16];
    volatile char *p = room;
    __asm volatile("" : "+r"(p));
    for (int i = 0; i < count; i++) p[i] = 'x';
    return room[3];
}
`;
/** Its name, arguments that are and are not all right, and what is said. */
export const DEEP_KIND = { name: 'fill_room', good: 16, bad: 24, says: 'fill_room wrote beyond its part of the stack' };

/** A module with the function `call(number of the function, argument)`. */
export function moduleOf(names: readonly string[]): string {
  return `#include "py/dynruntime.h"
${names.map((name) => `int ${name}(int x);`).join('\n')}
static int (*const kinds[])(int) = {${names.join(', ')}};
static mp_obj_t call(mp_obj_t kind, mp_obj_t argument) {
    return mp_obj_new_int(kinds[mp_obj_get_int(kind)]((mp_int_t)mp_obj_get_int(argument)));
}
static MP_DEFINE_CONST_FUN_OBJ_2(call_obj, call);
mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY
    mp_store_global(MP_QSTR_call, MP_OBJ_FROM_PTR(&call_obj));
    MP_DYNRUNTIME_INIT_EXIT
}
`;
}
