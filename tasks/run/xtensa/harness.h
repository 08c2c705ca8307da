// A very small firmware for Xtensa's lx106 in QEMU: just enough to load a native module and call what it offers.
// There is no Python in it, and no garbage collection: memory ends when the program does.

#ifndef NATMOD_HARNESS_H
#define NATMOD_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>

#include "py/abi/config.h"
#include "py/abi/base.h"
#include "py/abi/object.h"
#include "py/abi/type.h"
#include "py/abi/concrete.h"
#include "py/abi/define.h"
#include "py/abi/stream.h"
#include "py/abi/call.h"
#include "py/abi/code.h"
#include "py/abi/fun_table.h"

// Where QEMU puts the files that the harness reads. Each begins with its length, a little-endian word, and is filled up to whole words;
// modules lie one behind the other.
#ifndef INPUT_ADDRESS
#define INPUT_ADDRESS (0x62000000)
#endif
#define MODULE_ADDRESS (INPUT_ADDRESS)
#define NAMES_ADDRESS (INPUT_ADDRESS + 0x800000)
#define CALLS_ADDRESS (INPUT_ADDRESS + 0x1000000)

typedef mp_obj_t (*entry_t)(void *self, size_t n_args, size_t n_kw, mp_obj_t *args);

// host.c
void put(const char *text);
void put_n(const char *text, size_t len);
void put_int(mp_int_t value);
MP_NORETURN void stop(int status);
MP_NORETURN void give_up(const char *why); // a fault of the harness or the file, not of the module
void *allocate(size_t n_bytes);
void *allocate_text(size_t n_bytes); // for code, in an area of its own as on the chips, which read nothing but whole words there

// rom.c
uint32_t rom_divide_unsigned(uint32_t value, uint32_t divisor);
uint32_t rom_modulo_unsigned(uint32_t value, uint32_t divisor);
int32_t rom_divide(int32_t value, int32_t divisor);

// rom-floats.c: binary32 and binary64 as their bits
uint32_t rom_add_single(uint32_t a, uint32_t b);
uint32_t rom_subtract_single(uint32_t a, uint32_t b);
uint32_t rom_multiply_single(uint32_t a, uint32_t b);
uint32_t rom_divide_single(uint32_t a, uint32_t b);
uint64_t rom_add_double(uint64_t a, uint64_t b);
uint32_t rom_signed_to_single(int32_t value);
uint32_t rom_double_to_integer(uint64_t a);
uint32_t rom_truncate(uint64_t a);
uint64_t rom_extend(uint32_t a);

// names.c
#define MAX_NAMES (4096)
void load_names(void);
qstr intern(const char *text, size_t len);
const char *name_text(qstr name);
size_t name_len(qstr name);

// objects.c
extern mp_obj_full_type_t type_type, none_type, bool_type, int_type, float_type, str_type, bytes_type, bytearray_type, tuple_type,
    list_type, dict_type, module_type, exception_type, function_type, fun_0_type, fun_1_type, fun_2_type, fun_3_type,
    fun_var_type;
extern mp_obj_base_t none_object, true_object, false_object;
extern jmp_buf raised;
extern const mp_obj_type_t *raised_type;
extern mp_obj_t raised_value; // what the exception was made of: its first argument, or None
void init_types(void);
const mp_obj_type_t *type_of(mp_const_obj_t obj);
mp_obj_t new_str_object(const mp_obj_full_type_t *type, const void *data, size_t len);
mp_obj_t new_int(mp_int_t value);
mp_int_t int_value(mp_obj_t obj);
mp_obj_t new_float(uint32_t bits);
bool is_float(mp_obj_t obj);
uint32_t float_value(mp_obj_t obj); // of a float or an integer
mp_obj_t new_list(size_t n, mp_obj_t *items);
mp_obj_t new_tuple(size_t n, const mp_obj_t *items);
mp_obj_t new_dict(size_t n_room);
mp_obj_t list_append(mp_obj_t list, mp_obj_t item);
mp_obj_t dict_store(mp_obj_t dict, mp_obj_t key, mp_obj_t value);
mp_obj_t dict_get(mp_obj_dict_t *dict, mp_obj_t key);
bool text_of(mp_obj_t obj, const char **data, size_t *len);
bool is_equal(mp_obj_t a, mp_obj_t b);
mp_obj_t named_type(qstr name);
MP_NORETURN void raise_named(const char *name);
void show(mp_obj_t obj);
void print_formatted(const mp_print_t *print, const char *format, ...);

// operators.c
mp_obj_t binary_op(mp_binary_op_t op, mp_obj_t left, mp_obj_t right);

// table.c
extern mp_fun_table_t table;
extern mp_obj_dict_t *globals;
void init_table(void);
mp_obj_t call_function(mp_obj_t fun, size_t n_args_kw, const mp_obj_t *args);

// arguments.c
void check_count(size_t n, size_t least, size_t most);
void init_arguments(void);

// stream.c
mp_obj_t new_file(const void *data, size_t len);
void init_streams(void);

// load.c
entry_t load_module(void); // the next one: what to call to start it

// stubs.c
void call_with_stubs(const byte *calls);

#endif
