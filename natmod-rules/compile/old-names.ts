/**
 * Names of MicroPython's API that sources for older versions use (from 1.20 on), and what has come in their place. Read
 * from the history of py/dynruntime.h, py/obj.h, py/runtime.h, py/misc.h and py/mpconfig.h.
 */

const NO_FLOATS =
  'modules for this architecture have no floats unless the Makefile says MICROPY_FLOAT_IMPL = float (or double)';

interface OldName {
  readonly name: string;
  /** What to do, as a sentence without a full stop. */
  readonly now: string;
}

const OLD_NAMES: readonly OldName[] = [
  {
    name: 'STATIC',
    now: 'STATIC is gone since MicroPython 1.23: write static, or in the Makefile CFLAGS += -DSTATIC=static',
  },
  {
    name: 'm_new_obj_with_finaliser',
    now: 'm_new_obj_with_finaliser is mp_obj_malloc_with_finaliser since MicroPython 1.23, with the type of the object as second argument',
  },
  {
    name: 'm_new_obj_var_with_finaliser',
    now: 'm_new_obj_var_with_finaliser is mp_obj_malloc_var_with_finaliser since MicroPython 1.23, with the type of the object as last argument',
  },
  {
    name: 'm_new_obj_var',
    now: "m_new_obj_var has the name of the structure's last member as second argument since MicroPython 1.22",
  },
  {
    name: 'mp_obj_malloc_var',
    now: "mp_obj_malloc_var has the name of the structure's last member as second argument since MicroPython 1.23",
  },
  {
    name: 'mp_make_function_from_raw_code',
    now: 'mp_make_function_from_raw_code is mp_make_function_from_proto_fun since MicroPython 1.23; MP_DYNRUNTIME_MAKE_FUNCTION works with all',
  },
  ...['mp_obj_new_float', 'mp_obj_get_float', 'mp_obj_get_float_to_d'].map((name) => ({ name, now: NO_FLOATS })),
];

/** Lines of compilers about names that are still there, and are something else. */
const CHANGED: readonly (readonly [RegExp, string])[] = [
  [
    /mp_obj_(full_)?type_t['"’].* (no member named|has no member) ['"‘](print|make_new|call|unary_op|binary_op|attr|subscr|getiter|iternext|buffer_p|protocol|parent|locals_dict)['"’]/,
    'what a type does is set by MP_OBJ_TYPE_SET_SLOT(&type, make_new, function, 0) since MicroPython 1.20, with another number for each, and the type is a mp_obj_full_type_t',
  ],
  [
    /conflicting types for ['"‘](mem|str)\w+['"’]/,
    'py/dynruntime.h includes string.h since MicroPython 1.28: declare the function as it does there, such as void *memmove(void *, const void *, size_t)',
  ],
];

/**
 * What to say of a compiler's messages about names that it does not know, or that want other arguments; undefined when
 * no old name is among them.
 */
export function explainOldNames(output: string): string | undefined {
  const all = output.split('\n');
  const lines = all.filter((line) => /error|warning/.test(line));
  const told = OLD_NAMES.filter(({ name }) => {
    return lines.some((line) => isAbout(line, name)) || all.some((line, i) => standsBefore(name, line, all[i + 1]));
  }).map(({ now }) => now);
  for (const [pattern, now] of CHANGED) if (lines.some((line) => pattern.test(line))) told.push(now);
  return told.length === 0 ? undefined : [...new Set(told)].join('\n');
}

/**
 * GCC: `unknown type name 'X'`, `implicit declaration of function 'X'`, `macro "X" requires 4 arguments`; clang: much
 * the same.
 */
function isAbout(line: string, name: string): boolean {
  const quoted = new RegExp(`['"‘]${name}['"’]`);
  return (
    quoted.test(line) &&
    /unknown type name|implicit declaration|undeclared|not declared|requires \d+ arguments|expected .* before|too (few|many) arguments/.test(
      line,
    )
  );
}

/**
 * GCC of `STATIC int x;`: `m.c:2:7: error: expected ';' before 'int'`, which names what is behind the unknown name. The
 * line of the source that it shows below has the name.
 */
function standsBefore(name: string, line: string, shown: string | undefined): boolean {
  const column = /:\d+:(\d+): error: expected .* before /.exec(line)?.[1];
  const text = /^\s*\d+ \| (.*)$/.exec(shown ?? '')?.[1];
  if (column === undefined || text === undefined) return false;
  return new RegExp(`(^|\\W)${name}\\s*$`).test(text.slice(0, Number(column) - 1));
}
