/**
 * What the functions of dynruntime.h do, and the first release of MicroPython in which a native module could call each:
 * that whose py/dynruntime.h has it, or, for what stands in the headers below it, whose py/obj.h or py/runtime.h has
 * it. 1.12 is the first release with native modules. Modules of natmod need 1.23 or later to run, because of the native
 * ABI.
 */

export interface Fact {
  readonly since: string;
  readonly does: string;
}

const first = (does: string): Fact => ({ since: '1.12', does });
const since = (release: string, does: string): Fact => ({ since: release, does });

/** By name, of the headers whose functions a module calls. */
export const FACTS: Readonly<Record<string, Fact>> = {
  mp_const_none: first('`None`'),
  mp_const_false: first('`False`'),
  mp_const_true: first('`True`'),
  mp_const_empty_tuple: first('`()`'),
  mp_const_empty_bytes: since('1.19', "`b''`, made anew each time"),
  mp_type_type: first('the type `type`, which types made at run time have'),
  mp_type_str: first('the type `str`'),
  mp_type_list: first('the type `list`'),
  mp_type_Exception: since('1.23', 'the type `Exception`'),
  mp_stream_read_obj: first('method `read` for types that have the stream protocol'),
  mp_stream_readinto_obj: first('method `readinto` for such types'),
  mp_stream_unbuffered_readline_obj: first('method `readline` for such types'),
  mp_stream_write_obj: first('method `write` for such types'),
  mp_type_NoneType: since('1.19', 'the type of `None`'),
  mp_type_bool: since('1.19', 'the type `bool`'),
  mp_type_tuple: since('1.16', 'the type `tuple`'),
  mp_type_int: since('1.19', 'the type `int`; looked up by name each time, as those below'),
  mp_type_bytes: since('1.19', 'the type `bytes`'),
  mp_type_bytearray: since('1.23', 'the type `bytearray`'),
  mp_type_EOFError: first('the type `EOFError`'),
  mp_type_IndexError: first('the type `IndexError`'),
  mp_type_KeyError: first('the type `KeyError`'),
  mp_type_NotImplementedError: first('the type `NotImplementedError`'),
  mp_type_RuntimeError: first('the type `RuntimeError`'),
  mp_type_TypeError: first('the type `TypeError`'),
  mp_type_ValueError: first('the type `ValueError`'),

  mp_load_name: first('value of a name, looked for among locals, globals and built-in names; raises `NameError`'),
  mp_load_global: first('value of a name among globals and built-in names; raises `NameError`'),
  mp_load_attr: since('1.14', '`base.attr`'),
  mp_load_method: since('1.14', 'prepares a call of `base.attr`: function and self go to `dest[0]` and `dest[1]`'),
  mp_load_method_maybe: since('1.23', 'the same; where there is no such attribute, `dest[0]` is `MP_OBJ_NULL`'),
  mp_load_super_method: since(
    '1.14',
    'the same for `super().attr`; `dest[1]` and `dest[2]` hold class and self before',
  ),
  mp_store_name: since('1.14', 'sets a local name'),
  mp_store_global: first("sets a global name: in `mpy_init`, one of the module's"),
  mp_store_attr: since('1.14', '`base.attr = val`; with `MP_OBJ_NULL`, `del base.attr`'),
  mp_unary_op: first('result of an operator with one operand, such as `MP_UNARY_OP_NEGATIVE`'),
  mp_binary_op: first(
    'result of an operator with two operands, such as `MP_BINARY_OP_ADD`; comparisons give a bool object',
  ),
  mp_obj_is_true: since('1.20', '`bool(o)`, as a C value'),
  mp_obj_len: first('`len(o)`, as an object'),
  mp_obj_subscr: first('`base[index]` with `MP_OBJ_SENTINEL`, `del` with `MP_OBJ_NULL`, otherwise an assignment'),
  mp_import_name: since('1.14', '`import name`: gives the module'),
  mp_import_from: since('1.14', '`from module import name`: gives the value'),
  mp_import_all: since('1.14', '`from module import *`'),

  mp_obj_get_type: first('the type of any object'),
  mp_obj_is_exact_type: since('1.20', 'whether an object is of that very type'),
  mp_obj_is_type: first('the same; not for bool, int, str and `None`'),
  mp_obj_is_bool: since('1.13', 'whether it is `True` or `False`'),
  mp_obj_is_int: first('whether it is an int of any size'),
  mp_obj_is_str: first('whether it is a str'),
  mp_obj_is_str_or_bytes: first('whether it is a str or bytes'),
  mp_obj_is_fun: first('whether it is a function'),
  mp_obj_is_tuple_compatible: since('1.26', 'whether its items lie as those of a tuple do'),
  mp_obj_is_float: first('whether it is a float'),
  mp_const_float_e: first('`math.e`'),
  mp_const_float_pi: first('`math.pi`'),
  mp_obj_is_integer: first('whether it is an int or a bool'),

  m_malloc_fail: since('1.25', 'raises `MemoryError`'),
  m_malloc: first(
    'bytes on the heap that the garbage collector sees; raises `MemoryError` (since 1.25; before, `NULL`)',
  ),
  m_free: first('gives them back at once'),
  m_realloc: first('makes a block larger or smaller, and may move it; raises `MemoryError` as `m_malloc` does'),
  m_realloc_maybe: since('1.25', 'the same with `NULL` in place of an exception; moves it only if that is allowed'),
  mp_obj_malloc: since('1.19', 'a structure that begins with `mp_obj_base_t`, with its type filled in'),
  mp_obj_malloc_var: since('1.19', 'the same with an array of some length at its end'),
  mp_obj_malloc_with_finaliser: since('1.23', 'as `mp_obj_malloc`; in a module no `__del__` is called'),
  mp_obj_malloc_var_with_finaliser: since('1.23', 'as `mp_obj_malloc_var`; in a module no `__del__` is called'),

  mp_call_function_n_kw: first(
    'calls any object that can be called; names and values of keywords follow the other arguments',
  ),
  mp_make_function_from_proto_fun: since('1.23', 'a function object of code; `MP_DYNRUNTIME_MAKE_FUNCTION` is easier'),
  mp_arg_check_num: first('raises `TypeError` when the number of arguments is wrong'),
  mp_arg_parse_all: since('1.23', 'reads arguments by a table of names, kinds and defaults; keywords are in a map'),
  mp_arg_parse_all_kw_array: since('1.23', 'the same where keywords follow the other arguments'),

  MP_OBJ_NEW_QSTR: first('the str object of an interned string: `MP_OBJ_NEW_QSTR(MP_QSTR_name)`'),
  mp_obj_new_bool: first('`True` or `False`'),
  mp_obj_new_int: first('an int of a `mp_int_t`'),
  mp_obj_new_int_from_uint: first('an int of a `mp_uint_t`'),
  mp_obj_new_str: first('a str; the bytes are copied'),
  mp_obj_new_str_of_type: first('a str or bytes, as the type says'),
  mp_obj_new_bytes: first('bytes; they are copied'),
  mp_obj_new_bytearray_by_ref: first('a bytearray on memory that is there already, which must stay'),
  mp_obj_new_tuple: first('a tuple; `NULL` for the items leaves them to be filled in'),
  mp_obj_new_list: first('a list; `NULL` for the items leaves them to be filled in'),
  mp_obj_new_dict: since('1.19', 'an empty dict with room for some items'),
  mp_obj_new_str_from_utf8_vstr: since(
    '1.20',
    'a str that takes over the memory of a `vstr_t`; the firmware must have it',
  ),

  mp_obj_get_int: first(
    'the value of an int or bool; raises `TypeError` or `OverflowError`. Unsigned: store it in a `mp_int_t`',
  ),
  mp_obj_get_int_truncated: first('the lowest bits of an int of any size'),
  mp_obj_str_get_str: first('the text of a str; no zero byte need follow it'),
  mp_obj_str_get_data: first('the same with its length'),
  mp_get_buffer: since('1.22', 'memory of bytes, bytearray, array, memoryview and the like; false where there is none'),
  mp_get_buffer_raise: first('the same; raises `TypeError` where there is none'),
  mp_get_stream_raise: first(
    'the stream protocol of an object; raises `OSError` where it lacks what the flags ask for',
  ),
  mp_obj_list_append: first('`list.append(item)`'),
  mp_obj_dict_store: since('1.19', '`dict[key] = val`'),
  mp_obj_cast_to_native_base: since(
    '1.13',
    'the part of an instance that belongs to its native base class, or `MP_OBJ_NULL`',
  ),
  mp_binary_get_size: since('1.23', 'bytes, and alignment, of a type of the module `struct`, such as `H`'),
  mp_binary_get_val_array: since('1.23', 'an item of an array of such a type, as an object'),
  mp_binary_set_val_array: since('1.23', 'stores an object as an item of such an array'),
  mp_obj_list_store: first('`list[index] = value`; the firmware must have `mp_get_index`'),
  GET_STR_HASH: first('declares a variable with the hash of a str or bytes; needs functions that the table lacks'),
  GET_STR_LEN: first('declares a variable with the length of a str or bytes; needs functions that the table lacks'),
  GET_STR_DATA_LEN: first('declares variables with text and length; `mp_obj_str_get_data` needs nothing'),

  mp_raise_msg: first('raises an exception with a text, or without one for `NULL`'),
  mp_raise_type: since('1.13', 'raises an exception without arguments'),
  mp_raise_type_arg: since('1.17', 'raises an exception with one argument'),
  mp_raise_NotImplementedError: first('raises `NotImplementedError` with a text'),
  mp_raise_TypeError: first('raises `TypeError` with a text'),
  mp_raise_ValueError: first('raises `ValueError` with a text'),
  mp_raise_OSError: first('raises `OSError` with a number such as `MP_EIO`'),
  nlr_raise: first('raises an exception object'),
  mp_obj_new_exception: first('what `nlr_raise` takes, of a type of exceptions'),
  mp_obj_new_exception_arg1: first('an exception object with one argument'),
  mp_obj_exception_make_new: since('1.23', 'slot `make_new` for types of exceptions'),
  mp_obj_exception_print: since('1.23', 'slot `print` for types of exceptions'),
  mp_obj_exception_attr: since('1.23', 'slot `attr` for types of exceptions'),
  mp_obj_exception_init: since('1.23', 'fills in a new type of exceptions with its name and base'),

  mp_obj_get_array: since('1.16', 'the items of a tuple or list, where they lie; raises `TypeError` for others'),

  mp_plat_print: first('standard output, for the two below'),
  mp_printf: first('prints, with the formats of C and `%q` for interned strings'),
  mp_vprintf: first('the same with a `va_list`'),

  mp_obj_new_float_from_f: first('a float object of a C `float`'),
  mp_obj_new_float_from_d: first('a float object of a C `double`'),
  mp_obj_get_float_to_f: first('the value of a number as a C `float`; raises `TypeError`'),
  mp_obj_get_float_to_d: first('the value of a number as a C `double`; raises `TypeError`'),
  mp_obj_new_float: first("a float object of a `mp_float_t`, which is the module's `MICROPY_FLOAT_IMPL`"),
  mp_obj_get_float: first('the value of a number as a `mp_float_t`'),

  mp_cstack_check: since('1.24', "nothing in a module: the firmware's limit of the stack is not known to it"),

  MP_DYNRUNTIME_INIT_ENTRY: first("begins `mpy_init`: names stored from here on are the module's"),
  MP_DYNRUNTIME_INIT_EXIT: first('ends `mpy_init`'),
  MP_DYNRUNTIME_MAKE_FUNCTION: first(
    'in `mpy_init`: a function object of a C function that has the parameters of `mpy_init`',
  ),
};

/** What the macros for objects that are laid down at compile time do. */
export const DEFINITIONS: Readonly<Record<string, string>> = {
  MP_DEFINE_CONST_FUN_OBJ_0: 'a function object of a C function without parameters',
  MP_DEFINE_CONST_FUN_OBJ_1: 'the same with one parameter',
  MP_DEFINE_CONST_FUN_OBJ_2: 'with two',
  MP_DEFINE_CONST_FUN_OBJ_3: 'with three',
  MP_DEFINE_CONST_FUN_OBJ_VAR: 'with at least some: the C function gets their number and an array',
  MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN: 'with a number of them between two limits',
  MP_DEFINE_CONST_FUN_OBJ_KW: 'with keywords as well, which the C function gets as a map',
  MP_DEFINE_CONST_STATICMETHOD_OBJ: 'a static method of a type',
  MP_DEFINE_CONST_CLASSMETHOD_OBJ: 'a class method of a type',
  MP_DEFINE_CONST_MAP: 'a map that nothing is added to, of a table of keys and values',
  MP_DEFINE_CONST_DICT: 'a dict that nothing is added to, such as the names of a type',
  MP_DEFINE_CONST_DICT_WITH_SIZE: 'the same with the number of items',
  MP_DEFINE_STR_OBJ: 'a str object',
  MP_DEFINE_BYTES_OBJ: 'a bytes object',
  MP_DEFINE_MEMORYVIEW_OBJ: 'a memoryview',
  MP_DEFINE_ATTRTUPLE: 'a tuple whose items have names',
  MP_DEFINE_CONST_OBJ_TYPE:
    'a type with its slots; those of the firmware are not known at compile time, so fill them in in `mpy_init`',
  MP_DEFINE_EXCEPTION: 'a type of exceptions; its base must be known at compile time',
};

/** Names that are there for other macros of the headers, not for modules. */
export const INTERNAL: ReadonlySet<string> = new Set([
  'mp_type_assert_not_bool_int_str_nonetype',
  'mp_type_assert_not_float',
  'mp_obj_malloc_helper',
  'mp_nonlocal_alloc',
  'mp_nonlocal_realloc',
  'mp_nonlocal_free',
  'mp_float_hash',
]);
