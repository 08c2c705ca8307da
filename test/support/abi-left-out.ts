/** Names of MicroPython's headers that ours leave out on purpose, and places where ours differ on purpose. */

interface LeftOut {
  readonly names: RegExp;
  readonly reason: string;
}

/** A module that compiles with MicroPython's headers may use any other name and finds it in ours. */
export const LEFT_OUT: readonly LeftOut[] = [
  {
    names: /^mp_state_|^(struct _)?mp_state_\w+|^MP_STATE_|^QSTR_TOTAL$|^mp_sys_(path|argv)$|^MP_SYS_MUTABLE_/,
    reason:
      "the interpreter's state is one object of the firmware, laid out as that was configured; no module can link to it",
  },
  {
    names:
      /^mp_(locals|globals)_[gs]et$|^mp_make_stop_iteration$|^mp_cstack_(init\w*|usage)$|^mp_sched_(exception|keyboard_interrupt)$/,
    reason: "they read or change the interpreter's state",
  },
  {
    names: /^MP_NLR_(SAVE|RESTORE)_PYSTACK$|^MP_NLR_JUMP_HEAD$|^nlr_push_tail$|^MP_PYSTACK_DEBUG$/,
    reason: 'parts of the implementation of exceptions',
  },
  {
    names:
      /^(struct _)?mp_sched_item_t$|^MP_SCHED_|^GC_(COLLECT_FLAG|LOCK_DEPTH_SHIFT)$|^MP_PLAT_(ALLOC|FREE)_EXEC$|^mp_(de)?init$/,
    reason: "the firmware's scheduler, garbage collector and start-up",
  },
  {
    names:
      /^MP_BC_PRELUDE_|^mp_bytecode_|^(struct _)?mp_(bytecode_prelude|exc_stack|code_lineinfo)_t$|^MP_CODE_STATE_EXC_SP_|^mp_execute_bytecode$|^mp_obj_fun_bc_prepare_codestate$|^mp_setup_code_state\w*$/,
    reason: 'the bytecode interpreter',
  },
  {
    names:
      /^MP_ENCODE_UINT_MAX_BYTES$|^mp_(en|de)code_uint\w*$|^MP_READER_|^mp_reader_\w+$|^struct _mp_reader_t$|^mp_raw_code_(load|save)\w*$|^MP_PERSISTENT_OBJ_|^MPY_FEATURE_|^MPY_FILE_HEADER_INT$|^MP_NATIVE_ARCH_|^mp_native_relocate$|^(struct _)?mp_(compiled|frozen)_module_t$/,
    reason: 'the loader of .mpy files',
  },
  {
    names:
      /^mp_emit_glue_\w+$|^MP_EMIT_OPT_|^mp_proto_fun_is_bytecode$|^mp_module_context_alloc_tables$|^mp_make_closure_from_proto_fun$|^mp_native_type_from_qstr$/,
    reason: 'the compiler',
  },
  {
    names:
      /^(struct _)?qstr_pool_t$|^qstr_(hash|len)_t$|^qstr_(init|pool_info|dump_data)$|^MP_QSTR(number_of\w*|start_of_main)$/,
    reason: 'the table of interned strings, whose layout the firmware chooses',
  },
  {
    names: /^MP_DEFINE_CONST_OBJ_TYPE_(NARGS\w*|EXPAND)$/,
    reason: 'steps inside MP_DEFINE_CONST_OBJ_TYPE, which is offered',
  },
  {
    names: /^DEBUG_printf$|^mp_init_emergency_exception_buf$|^mp_check$/,
    reason: 'for debugging and starting a firmware',
  },
  { names: /^MICROPY_INCLUDED_/, reason: 'include guards' },
  { names: /^MICROPY_WRAP_/, reason: "attributes of the firmware's own functions" },
  {
    names:
      /^MICROPY_(ALLOC_|BYTES_PER_GC_BLOCK|GC_STACK_ENTRY_TYPE|GC_HOOK_LOOP|MODULE_DICT_SIZE|LOADED_MODULES_DICT_SIZE|QSTR_BYTES_IN_|PYSTACK_ALIGN|OPT_MAP_LOOKUP_CACHE_SIZE|SCHEDULER_DEPTH|READLINE_HISTORY_SIZE|VM_HOOK_|SCHED_HOOK_|PORT_)/,
    reason: "sizes and hooks of the firmware's own parts",
  },
  {
    names: /^MICROPY_(EMIT_|NLR_OS_WINDOWS|NLR_NUM_REGS_(AARCH64|MIPS|LOONG64|X64_WIN)|PY_THREAD_GIL_VM_DIVISOR)/,
    reason: 'machines that have no native modules, and the code generator',
  },
  {
    names:
      /^MICROPY_(BANNER_|VERSION_STRING|VERSION_PRERELEASE|PY_BUILTINS_HELP_|PY_BUILTINS_CODE_|PY_SOCKET_|PY_SSL_|PY_MACHINE_|PY_TIME_TICKS_PERIOD|INTERNAL_PRINTF_PRINTER|PREVIEW_VERSION_2)/,
    reason: "texts and numbers of the firmware's own modules",
  },
];

/** Why the name is left out; undefined when it must be there. */
export function reasonToLeaveOut(name: string): string | undefined {
  const bare = name.replace(/^struct (?=_mp_state_)/, '').replace(/^_(?=mp_state_)/, '');
  return LEFT_OUT.find(({ names }) => names.test(name) || names.test(bare))?.reason;
}

/** Names that older trees have in another form, or that only they have; `until` is the last such version. */
export const GONE: readonly { readonly names: RegExp; readonly until: string; readonly reason: string }[] = [
  {
    names:
      /^mp_map_(new|free)$|^mp_obj_(new_type|tuple_del|tuple_hash|fun_get_name)$|^mp_binary_set_val_array_from_int$/,
    until: '1.26',
    reason: 'functions that no module could link to, dropped or made static',
  },
  { names: /^mp_obj_module_get_globals$/, until: '1.26', reason: 'now inline in py/objmodule.h, as in ours' },
  {
    names: /^MP_HTOBE(16|32)$|^MP_STATIC_ASSERT(_NONCONSTEXPR)?$|^MICROPY_PY_SYS$/,
    until: '1.26',
    reason: 'the same in other words',
  },
  {
    names: /^MP_DEFINE_(CONST_FUN_OBJ_|ATTRTUPLE$|NLR_JUMP_CALLBACK_FUNCTION_1$)|^NORETURN$/,
    until: '1.25',
    reason: 'the same in other words',
  },
  { names: /^CHECKBUF\w*$|^mp_verbose_flag$/, until: '1.26', reason: 'for debugging a firmware' },
  { names: /^MICROPY_PY_(__FILE__|SELECT_SELECT)$/, until: '1.26', reason: 'renamed, or off by default since' },
  {
    names: /^PF_FLAG_/,
    until: '1.25',
    reason: 'renumbered; only mp_print_strn and its like, which no module can link to, take them',
  },
  { names: /^MICROPY_PY_IO_IOBASE$/, until: '1.25', reason: 'off in the core features then' },
  {
    names: /^mp_(print_(strn|float|mp_int)|binary_set_int|handle_pending|stream_write1_obj)$/,
    until: '1.26',
    reason: 'firmware functions, which no module can link to, whose parameters changed',
  },
  { names: /^mp_obj_malloc_var_with_finaliser$/, until: '1.26', reason: 'had four parameters, which did not compile' },
  { names: /^MICROPY_VERSION/, until: '99', reason: 'ours say which API they follow' },
];

/** Whether a difference in that name is one between MicroPython versions, for a tree of that version. */
export function isOlder(name: string, treeVersion: string): boolean {
  return GONE.some(({ names, until }) => names.test(name) && compareVersions(treeVersion, until) <= 0);
}

/** Blocks of api.c that MicroPython's headers cannot compile; ours can. */
export const NOT_IN_UPSTREAM: Readonly<Record<string, string>> = {
  str_parts: 'GET_STR_... use MP_OBJ_QSTR_VALUE, which their dynruntime.h undefines',
  import_all: 'their mp_import_all lacks a parenthesis',
};

/**
 * Functions of api.c whose code differs, although they do the same; with `until`, only from trees up to that version.
 */
const OTHER_CODE: readonly { readonly uses: RegExp; readonly until?: string; readonly reason: string }[] = [
  {
    uses: /^(is_type|old_is_type|type_asserts)$/,
    reason: 'theirs looks up four types at run time, for a check that only a firmware can make at compile time',
  },
  { uses: /^is_integer$/, reason: 'theirs refers to mp_type_int, which no linker finds; ours asks the table' },
  {
    uses: /^nonlocal_(alloc|realloc|free)$/,
    reason: 'theirs calls memory functions of the firmware, which no linker finds; ours go through the table',
  },
  {
    uses: /^(list_get|list_set_len|list_store|tuple_get)$/,
    until: '1.26',
    reason: 'they were functions of the firmware, which no linker finds',
  },
  { uses: /^mul_u?ll$/, until: '1.26', reason: 'they were inline functions where there is no long multiply' },
  { uses: /^(htobe|be)(16|32)/, until: '1.26', reason: 'bytes were swapped with shifts' },
  { uses: /^is_float$/, until: '1.26', reason: 'used mp_obj_is_type, see there' },
  { uses: /^jump_callback$/, until: '1.25', reason: 'also cleared a field that is overwritten later' },
];

/** Whether the code of that function of api.c may differ from that of a tree of that version. */
export function mayDiffer(use: string, treeVersion: string): boolean {
  return OTHER_CODE.some(
    ({ uses, until }) => uses.test(use) && (until === undefined || compareVersions(treeVersion, until) <= 0),
  );
}

function compareVersions(a: string, b: string): number {
  const [x, y] = [a, b].map((version) => version.split('.').map(Number));
  return x![0]! - y![0]! || x![1]! - (y![1] ?? 0);
}

/** Macros whose tokens differ on purpose: they do the same, and nobody defines them again. */
export const OTHER_TOKENS: ReadonlySet<string> = new Set([
  // A parenthesis is missing.
  'mp_import_all',
  // Arguments without parentheses.
  'mp_seq_replace_slice_no_grow',
  'mp_seq_replace_slice_grow_inplace',
  // Checks of a debug build.
  'mp_obj_is_type',
  'mp_type_assert_not_bool_int_str_nonetype',
  'mp_type_assert_not_float',
  'mp_obj_is_tuple_compatible',
  // Checked in one version more than in the other.
  'mp_obj_is_float',
  // Theirs names a constant that there is not.
  'MP_UINT_MAX',
  // Several statements; theirs use what dynruntime.h takes away.
  'GET_STR_HASH',
  'GET_STR_LEN',
  'GET_STR_DATA_LEN',
  // Steps inside have other names.
  'MP_DEFINE_CONST_OBJ_TYPE',
]);
