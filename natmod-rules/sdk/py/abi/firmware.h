// Functions, objects and types which exist in the firmware but have no entry in mp_fun_table.
//
// A module that refers to one of these compiles, but does not link - unless it brings its own definition, or
// gets the address from a symbol file (`externs`) of the one firmware that it is built for. They are declared so
// that sources shared with a firmware, and modules that do one of the two, see the right types.

#ifndef NATMOD_ABI_FIRMWARE_H
#define NATMOD_ABI_FIRMWARE_H

// ---- Types ---------------------------------------------------------------------------------------------------

// The linker resolves these through the table.
extern const mp_obj_type_t mp_type_type, mp_type_str, mp_type_list, mp_type_dict, mp_type_fun_builtin_0,
    mp_type_fun_builtin_1, mp_type_fun_builtin_2, mp_type_fun_builtin_3, mp_type_fun_builtin_var,
    mp_type_Exception;

// Not these.
extern const mp_obj_type_t mp_type_object, mp_type_NoneType, mp_type_bool, mp_type_int, mp_type_template,
    mp_type_interpolation, mp_type_bytes, mp_type_bytearray, mp_type_memoryview, mp_type_float,
    mp_type_complex, mp_type_tuple, mp_type_map, mp_type_enumerate, mp_type_filter, mp_type_deque,
    mp_type_ordereddict, mp_type_range, mp_type_set, mp_type_frozenset, mp_type_slice, mp_type_zip,
    mp_type_array, mp_type_super, mp_type_gen_wrap, mp_type_native_gen_wrap, mp_type_gen_instance,
    mp_type_fun_bc, mp_type_fun_native, mp_type_fun_viper, mp_type_fun_asm, mp_type_code, mp_type_module,
    mp_type_staticmethod, mp_type_classmethod, mp_type_bound_meth, mp_type_property, mp_type_stringio,
    mp_type_bytesio, mp_type_ringio, mp_type_reversed, mp_type_polymorph_iter, mp_type_attrtuple;

extern const mp_obj_type_t mp_type_BaseException, mp_type_ArithmeticError, mp_type_AssertionError,
    mp_type_AttributeError, mp_type_EOFError, mp_type_GeneratorExit, mp_type_ImportError,
    mp_type_IndentationError, mp_type_IndexError, mp_type_KeyboardInterrupt, mp_type_KeyError,
    mp_type_LookupError, mp_type_MemoryError, mp_type_NameError, mp_type_NotImplementedError, mp_type_OSError,
    mp_type_OverflowError, mp_type_RuntimeError, mp_type_StopAsyncIteration, mp_type_StopIteration,
    mp_type_SyntaxError, mp_type_SystemExit, mp_type_TypeError, mp_type_UnicodeError, mp_type_ValueError,
    mp_type_ViperTypeError, mp_type_ZeroDivisionError;

// ---- Objects -------------------------------------------------------------------------------------------------

extern const mp_print_t mp_plat_print;
extern const struct _mp_obj_float_t mp_const_float_e_obj, mp_const_float_pi_obj;
extern const struct _mp_obj_str_t mp_const_empty_bytes_obj;
extern const struct _mp_obj_tuple_t mp_const_empty_tuple_obj;
extern const struct _mp_obj_dict_t mp_const_empty_dict_obj;
extern const struct _mp_obj_singleton_t mp_const_ellipsis_obj, mp_const_notimplemented_obj;
extern const struct _mp_obj_exception_t mp_const_GeneratorExit_obj;
extern const mp_obj_fun_builtin_fixed_t mp_identity_obj, mp_stream_unbuffered_readlines_obj,
    mp_stream_close_obj, mp_stream_tell_obj, mp_stream_flush_obj, mp_obj_array_append_obj,
    mp_obj_array_extend_obj;
extern const byte mp_unary_op_method_name[], mp_binary_op_method_name[];
extern const mp_obj_fun_builtin_var_t mp_stream_read_obj, mp_stream_read1_obj, mp_stream_readinto_obj,
    mp_stream_readinto1_obj, mp_stream_unbuffered_readline_obj, mp_stream_write_obj, mp_stream_write1_obj,
    mp_stream___exit___obj, mp_stream_seek_obj, mp_stream_ioctl_obj, mp_native_base_init_wrapper_obj;
extern const mp_obj_dict_t mp_obj_str_locals_dict, mp_obj_bytearray_locals_dict, mp_obj_array_locals_dict;
#define mp_const_empty_map (mp_const_empty_dict_obj.map)
#define mp_const_notimplemented (MP_OBJ_FROM_PTR(&mp_const_notimplemented_obj))

// ---- Memory -------------------------------------------------------------------------------------------------

void *m_malloc0(size_t);
void *m_malloc_maybe(size_t);
void *m_malloc_with_finaliser(size_t);

// ---- Characters ---------------------------------------------------------------------------------------------

bool unichar_isalnum(unichar);
bool unichar_isalpha(unichar);
bool unichar_isdigit(unichar);
bool unichar_isident(unichar);
bool unichar_islower(unichar);
bool unichar_isprint(unichar);
bool unichar_isspace(unichar);
bool unichar_isupper(unichar);
bool unichar_isxdigit(unichar);
unichar unichar_tolower(unichar);
unichar unichar_toupper(unichar);
mp_uint_t unichar_xdigit_value(unichar);

// ---- Interned strings ---------------------------------------------------------------------------------------

size_t qstr_compute_hash(const byte *, size_t);
const byte *qstr_data(qstr, size_t *);
qstr qstr_find_strn(const char *, size_t);
qstr qstr_from_str(const char *);
qstr qstr_from_strn(const char *, size_t);
mp_uint_t qstr_hash(qstr);
size_t qstr_len(qstr);
const char *qstr_str(qstr);

// ---- Growing character buffer -------------------------------------------------------------------------------

void vstr_add_byte(vstr_t *, byte);
void vstr_add_char(vstr_t *, unichar);
char *vstr_add_len(vstr_t *, size_t);
void vstr_add_str(vstr_t *, const char *);
void vstr_add_strn(vstr_t *, const char *, size_t);
void vstr_clear(vstr_t *);
void vstr_cut_head_bytes(vstr_t *, size_t);
void vstr_cut_out_bytes(vstr_t *, size_t, size_t);
void vstr_cut_tail_bytes(vstr_t *, size_t);
char *vstr_extend(vstr_t *, size_t);
void vstr_free(vstr_t *);
void vstr_hint_size(vstr_t *, size_t);
void vstr_init(vstr_t *, size_t);
void vstr_init_fixed_buf(vstr_t *, size_t, char *);
void vstr_init_len(vstr_t *, size_t);
void vstr_init_print(vstr_t *, size_t, struct _mp_print_t *);
char *vstr_ins_blank_bytes(vstr_t *, size_t, size_t);
vstr_t *vstr_new(size_t);
char *vstr_null_terminated_str(vstr_t *);
void vstr_printf(vstr_t *, const char *, ...);
static inline void vstr_ins_byte(vstr_t *vstr, size_t byte_pos, byte b) {
    vstr_ins_blank_bytes(vstr, byte_pos, 1)[0] = (char)b;
}
static inline void vstr_ins_char(vstr_t *vstr, size_t char_pos, unichar chr) {
    vstr_ins_blank_bytes(vstr, char_pos, 1)[0] = (char)chr;
}
static inline void vstr_ins_strn(vstr_t *vstr, size_t byte_pos, const char *str, size_t len) {
    memcpy(vstr_ins_blank_bytes(vstr, byte_pos, len), str, len);
}

// ---- Printing -----------------------------------------------------------------------------------------------

void mp_obj_attrtuple_print_helper(const mp_print_t *, const qstr *, mp_obj_tuple_t *);
void mp_obj_print(mp_obj_t, mp_print_kind_t);
void mp_obj_print_exception(const mp_print_t *, mp_obj_t);
void mp_obj_print_helper(const mp_print_t *, mp_obj_t, mp_print_kind_t);
int mp_print_mp_int(const mp_print_t *, mp_obj_t, unsigned int, int, int, char, int, int);
int mp_print_str(const mp_print_t *, const char *);
int mp_print_strn(const mp_print_t *, const char *, size_t, unsigned int, char, int);
void mp_str_print_json(const mp_print_t *, const byte *, size_t);
void mp_str_print_quoted(const mp_print_t *, const byte *, size_t, bool);
#if MICROPY_PY_BUILTINS_FLOAT
int mp_print_float(const mp_print_t *, mp_float_t, char, unsigned int, char, int, int);
#endif

// ---- Maps and sets ------------------------------------------------------------------------------------------

void mp_map_clear(mp_map_t *);
void mp_map_deinit(mp_map_t *);
void mp_map_dump(mp_map_t *);
void mp_map_init(mp_map_t *, size_t);
void mp_map_init_fixed_table(mp_map_t *, size_t, const mp_obj_t *);
mp_map_elem_t *mp_map_lookup(mp_map_t *, mp_obj_t, mp_map_lookup_kind_t);
void mp_set_clear(mp_set_t *);
void mp_set_init(mp_set_t *, size_t);
mp_obj_t mp_set_lookup(mp_set_t *, mp_obj_t, mp_map_lookup_kind_t);
mp_obj_t mp_set_remove_first(mp_set_t *);
mp_obj_t mp_store_map(mp_obj_t, mp_obj_t, mp_obj_t);

// ---- Exceptions ---------------------------------------------------------------------------------------------

mp_obj_t mp_alloc_emergency_exception_buf(mp_obj_t);
MP_NORETURN void mp_arg_error_terse_mismatch(void);
MP_NORETURN void mp_arg_error_unimpl_kw(void);
void mp_call_function_1_from_nlr_jump_callback(void *);
void mp_globals_locals_set_from_nlr_jump_callback(void *);
mp_obj_t mp_make_raise_obj(mp_obj_t);
void mp_obj_exception_add_traceback(mp_obj_t, qstr, size_t, qstr);
void mp_obj_exception_clear_traceback(mp_obj_t);
void mp_obj_exception_get_traceback(mp_obj_t, size_t *, size_t **);
mp_obj_t mp_obj_exception_get_value(mp_obj_t);
bool mp_obj_exception_match(mp_obj_t, mp_const_obj_t);
bool mp_obj_is_exception_instance(mp_obj_t);
bool mp_obj_is_exception_type(mp_obj_t);
bool mp_obj_is_native_exception_instance(mp_obj_t);
mp_obj_t mp_obj_new_exception_args(const mp_obj_type_t *, size_t, const mp_obj_t *);
mp_obj_t mp_obj_new_exception_msg(const mp_obj_type_t *, mp_rom_error_text_t);
mp_obj_t mp_obj_new_exception_msg_varg(const mp_obj_type_t *, mp_rom_error_text_t, ...);
MP_NORETURN void mp_raise_OSError_with_filename(int, const char *);
MP_NORETURN void mp_raise_StopIteration(mp_obj_t);
MP_NORETURN void mp_raise_TypeError_int_conversion(mp_const_obj_t);
MP_NORETURN void mp_raise_msg_varg(const mp_obj_type_t *, mp_rom_error_text_t, ...);
MP_NORETURN void mp_raise_recursion_depth(void);
void nlr_call_jump_callbacks(nlr_buf_t *);
MP_NORETURN void nlr_jump(void *);
MP_NORETURN void nlr_jump_fail(void *);
void nlr_pop(void);
void nlr_pop_jump_callback(bool);
unsigned int nlr_push(nlr_buf_t *);
void nlr_push_jump_callback(nlr_jump_callback_node_t *, nlr_jump_callback_fun_t);

// ---- Calls, names, attributes -------------------------------------------------------------------------------

void mp_arg_check_num_sig(size_t, size_t, uint32_t);
mp_obj_t mp_call_function_0(mp_obj_t);
mp_obj_t mp_call_function_1(mp_obj_t, mp_obj_t);
mp_obj_t mp_call_function_1_protected(mp_obj_t, mp_obj_t);
mp_obj_t mp_call_function_2(mp_obj_t, mp_obj_t, mp_obj_t);
mp_obj_t mp_call_function_2_protected(mp_obj_t, mp_obj_t, mp_obj_t);
mp_obj_t mp_call_method_n_kw(size_t, size_t, const mp_obj_t *);
mp_obj_t mp_call_method_n_kw_var(bool, size_t, const mp_obj_t *);
mp_obj_t mp_call_method_self_n_kw(mp_obj_t, mp_obj_t, size_t, size_t, const mp_obj_t *);
void mp_convert_member_lookup(mp_obj_t, const mp_obj_type_t *, mp_obj_t, mp_obj_t *);
void mp_delete_global(qstr);
void mp_delete_name(qstr);
mp_obj_t mp_load_build_class(void);
void mp_load_method_protected(mp_obj_t, qstr, mp_obj_t *, bool);
mp_uint_t mp_native_from_obj(mp_obj_t, mp_uint_t);
mp_obj_t mp_native_to_obj(mp_uint_t, mp_uint_t);
mp_vm_return_kind_t mp_resume(mp_obj_t, mp_obj_t, mp_obj_t, mp_obj_t *);

// ---- Iteration, sequences -----------------------------------------------------------------------------------

size_t mp_get_index(const mp_obj_type_t *, size_t, mp_obj_t, bool);
mp_obj_t mp_getiter(mp_obj_t, mp_obj_iter_buf_t *);
mp_obj_t mp_iternext(mp_obj_t);
mp_obj_t mp_iternext_allow_raise(mp_obj_t);
bool mp_seq_cmp_bytes(mp_uint_t, const byte *, size_t, const byte *, size_t);
bool mp_seq_cmp_objs(mp_uint_t, const mp_obj_t *, size_t, const mp_obj_t *, size_t);
mp_obj_t mp_seq_count_obj(const mp_obj_t *, size_t, mp_obj_t);
mp_obj_t mp_seq_extract_slice(const mp_obj_t *, mp_bound_slice_t *);
bool mp_seq_get_fast_slice_indexes(mp_uint_t, mp_obj_t, mp_bound_slice_t *);
mp_obj_t mp_seq_index_obj(const mp_obj_t *, size_t, size_t, const mp_obj_t *);
void mp_seq_multiply(const void *, size_t, size_t, size_t, void *);
void mp_unpack_ex(mp_obj_t, size_t, mp_obj_t *);
void mp_unpack_sequence(mp_obj_t, size_t, mp_obj_t *);

// ---- Text and bytes -----------------------------------------------------------------------------------------

const byte *find_subbytes(const byte *, size_t, const byte *, size_t, int);
mp_obj_t mp_obj_bytes_fromhex(mp_obj_t, mp_obj_t);
mp_obj_t mp_obj_bytes_hex(size_t, const mp_obj_t *, const mp_obj_type_t *);
mp_obj_t mp_obj_new_bytearray(size_t, const void *);
mp_obj_t mp_obj_new_bytes_from_vstr(vstr_t *);
mp_obj_t mp_obj_new_memoryview(byte, size_t, void *);
mp_obj_t mp_obj_new_str_copy(const mp_obj_type_t *, const byte *, size_t);
mp_obj_t mp_obj_new_str_from_cstr(const char *);
mp_obj_t mp_obj_new_str_from_vstr(vstr_t *);
mp_obj_t mp_obj_new_str_via_qstr(const char *, size_t);
mp_obj_t mp_obj_str_binary_op(mp_binary_op_t, mp_obj_t, mp_obj_t);
bool mp_obj_str_equal(mp_obj_t, mp_obj_t);
mp_obj_t mp_obj_str_format(size_t, const mp_obj_t *, mp_map_t *);
mp_int_t mp_obj_str_get_buffer(mp_obj_t, mp_buffer_info_t *, mp_uint_t);
qstr mp_obj_str_get_qstr(mp_obj_t);
mp_obj_t mp_obj_str_intern(mp_obj_t);
mp_obj_t mp_obj_str_intern_checked(mp_obj_t);
mp_obj_t mp_obj_str_make_new(const mp_obj_type_t *, size_t, size_t, const mp_obj_t *);
void mp_obj_str_set_data(mp_obj_str_t *, const byte *, size_t);
mp_obj_t mp_obj_str_split(size_t, const mp_obj_t *);
const byte *str_index_to_ptr(const mp_obj_type_t *, const byte *, size_t, mp_obj_t, bool);

// ---- Numbers ------------------------------------------------------------------------------------------------

long long mp_binary_get_int(size_t, bool, bool, const byte *);
mp_obj_t mp_binary_get_val(char, char, byte *, byte **);
void mp_binary_set_int(size_t, byte *, size_t, mp_uint_t, bool);
void mp_binary_set_val(char, char, mp_obj_t, byte *, byte **);
void mp_obj_get_array_fixed_n(mp_obj_t, size_t, mp_obj_t **);
bool mp_obj_get_int_maybe(mp_const_obj_t, mp_int_t *);
long long mp_obj_get_ll(mp_const_obj_t);
const char *mp_obj_get_type_str(mp_const_obj_t);
mp_uint_t mp_obj_get_uint(mp_const_obj_t);
mp_int_t mp_obj_int_get_checked(mp_const_obj_t);
mp_int_t mp_obj_int_get_truncated(mp_const_obj_t);
mp_uint_t mp_obj_int_get_uint_checked(mp_const_obj_t);
mp_obj_t mp_obj_new_int_from_ll(long long);
mp_obj_t mp_obj_new_int_from_str_len(const char **, size_t, bool, unsigned int);
mp_obj_t mp_obj_new_int_from_ull(unsigned long long);
#if MICROPY_PY_BUILTINS_FLOAT
mp_obj_t mp_obj_complex_binary_op(mp_binary_op_t, mp_float_t, mp_float_t, mp_obj_t);
void mp_obj_complex_get(mp_obj_t, mp_float_t *, mp_float_t *);
mp_obj_t mp_obj_float_binary_op(mp_binary_op_t, mp_float_t, mp_obj_t);
mp_float_t mp_obj_float_get(mp_obj_t);
void mp_obj_get_complex(mp_obj_t, mp_float_t *, mp_float_t *);
bool mp_obj_get_complex_maybe(mp_obj_t, mp_float_t *, mp_float_t *);
bool mp_obj_get_float_maybe(mp_obj_t, mp_float_t *);
mp_obj_t mp_obj_new_complex(mp_float_t, mp_float_t);
mp_obj_t mp_obj_new_int_from_float(mp_float_t);
#endif

// ---- Collections --------------------------------------------------------------------------------------------

mp_obj_t mp_obj_dict_copy(mp_obj_t);
mp_obj_t mp_obj_dict_delete(mp_obj_t, mp_obj_t);
mp_obj_t mp_obj_dict_get(mp_obj_t, mp_obj_t);
void mp_obj_dict_init(mp_obj_dict_t *, size_t);
size_t mp_obj_dict_len(mp_obj_t);
mp_obj_t mp_obj_dict_make_new(const mp_obj_type_t *, size_t, size_t, const mp_obj_t *);
mp_obj_list_t *mp_obj_list_ensure(mp_obj_t, size_t);
void mp_obj_list_init(mp_obj_list_t *, size_t);
mp_obj_t mp_obj_list_make_new(const mp_obj_type_t *, size_t, size_t, const mp_obj_t *);
mp_obj_list_t *mp_obj_list_optional_arg(mp_obj_t, size_t);
mp_obj_t mp_obj_list_remove(mp_obj_t, mp_obj_t);
mp_obj_t mp_obj_list_sort(size_t, const mp_obj_t *, mp_map_t *);
mp_obj_t mp_obj_new_attrtuple(const qstr *, size_t, const mp_obj_t *);
mp_obj_t mp_obj_new_getitem_iter(mp_obj_t *, mp_obj_iter_buf_t *);
mp_obj_t mp_obj_new_set(size_t, mp_obj_t *);
mp_obj_t mp_obj_new_slice(mp_obj_t, mp_obj_t, mp_obj_t);
void mp_obj_set_store(mp_obj_t, mp_obj_t);
void mp_obj_slice_indices(mp_obj_t, mp_int_t, mp_bound_slice_t *);
mp_obj_t mp_obj_tuple_binary_op(mp_binary_op_t, mp_obj_t, mp_obj_t);
mp_obj_t mp_obj_tuple_getiter(mp_obj_t, mp_obj_iter_buf_t *);
void mp_obj_tuple_print(const mp_print_t *, mp_obj_t, mp_print_kind_t);
mp_obj_t mp_obj_tuple_subscr(mp_obj_t, mp_obj_t, mp_obj_t);
mp_obj_t mp_obj_tuple_unary_op(mp_unary_op_t, mp_obj_t);

// ---- Streams ------------------------------------------------------------------------------------------------

mp_obj_t mp_stream_close(mp_obj_t);
mp_uint_t mp_stream_rw(mp_obj_t, void *, mp_uint_t, int *, byte);
mp_off_t mp_stream_seek(mp_obj_t, mp_off_t, int, int *);
mp_obj_t mp_stream_unbuffered_iter(mp_obj_t);
mp_obj_t mp_stream_write(mp_obj_t, const void *, size_t, byte);
void mp_stream_write_adaptor(void *, const char *, size_t);

// ---- Scheduler and events -----------------------------------------------------------------------------------

void mp_event_handle_nowait(void);
void mp_event_wait_indefinite(void);
void mp_event_wait_ms(mp_uint_t);
void mp_handle_pending(mp_handle_pending_behaviour_t);

// ---- Other objects ------------------------------------------------------------------------------------------

mp_obj_t mp_identity(mp_obj_t);
bool mp_obj_equal(mp_obj_t, mp_obj_t);
mp_obj_t mp_obj_equal_not_equal(mp_binary_op_t, mp_obj_t, mp_obj_t);
void mp_obj_fun_bc_attr(mp_obj_t, qstr, mp_obj_t *);
qstr mp_obj_fun_bc_get_name(const mp_obj_fun_bc_t *);
mp_obj_t mp_obj_id(mp_obj_t);
mp_obj_t mp_obj_instance_call(mp_obj_t, size_t, size_t, const mp_obj_t *);
mp_obj_t mp_obj_instance_getiter(mp_obj_t, mp_obj_iter_buf_t *);
bool mp_obj_instance_is_callable(mp_obj_t);
bool mp_obj_is_callable(mp_obj_t);
bool mp_obj_is_dict_or_ordereddict(mp_obj_t);
bool mp_obj_is_subclass_fast(mp_const_obj_t, mp_const_obj_t);
mp_obj_t mp_obj_len_maybe(mp_obj_t);
mp_obj_t mp_obj_new_bound_meth(mp_obj_t, mp_obj_t);
mp_obj_t mp_obj_new_cell(mp_obj_t);
mp_obj_t mp_obj_new_closure(mp_obj_t, size_t, const mp_obj_t *);
mp_obj_t mp_obj_new_fun_bc(const mp_obj_t *, const byte *, const mp_module_context_t *,
    struct _mp_raw_code_t *const *);
mp_obj_t mp_obj_new_gen_wrap(mp_obj_t);
mp_obj_instance_t *mp_obj_new_instance(const mp_obj_type_t *, const mp_obj_type_t **);
mp_obj_t mp_obj_new_module(qstr);
const mp_obj_t *mp_obj_property_get(mp_obj_t);

#endif
