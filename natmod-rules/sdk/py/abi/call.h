// Arguments of functions, and the buffers behind exceptions.

#ifndef NATMOD_ABI_CALL_H
#define NATMOD_ABI_CALL_H

// ---- Description of arguments, for mp_arg_parse_all ----------------------------------------------------------

typedef enum {
    // What the argument is converted to.
    MP_ARG_BOOL = 0x001,
    MP_ARG_INT = 0x002,
    MP_ARG_OBJ = 0x003,
    MP_ARG_KIND_MASK = 0x0ff,
    // How it may be passed.
    MP_ARG_REQUIRED = 0x100,
    MP_ARG_KW_ONLY = 0x200,
} mp_arg_flag_t;

typedef union _mp_arg_val_t {
    bool u_bool;
    mp_int_t u_int;
    mp_obj_t u_obj;
    mp_rom_obj_t u_rom_obj;
} mp_arg_val_t;

typedef struct _mp_arg_t {
    uint16_t qst; // name
    uint16_t flags;
    mp_arg_val_t defval;
} mp_arg_t;

typedef struct _mp_call_args_t {
    mp_obj_t fun;
    size_t n_args;
    size_t n_kw;
    size_t n_alloc;
    mp_obj_t *args;
} mp_call_args_t;

typedef enum {
    MP_VM_RETURN_NORMAL,
    MP_VM_RETURN_YIELD,
    MP_VM_RETURN_EXCEPTION,
} mp_vm_return_kind_t;

// ---- Catching exceptions: the buffer of nlr_push -------------------------------------------------------------

// The number of saved registers is the architecture's. A firmware that uses setjmp instead (every xtensawin
// one) needs a bigger buffer than this: there, let the Python part of the module catch exceptions.
#define MICROPY_NLR_NUM_REGS_X86 (6)
#define MICROPY_NLR_NUM_REGS_X64 (8)
#define MICROPY_NLR_NUM_REGS_ARM_THUMB (10)
#define MICROPY_NLR_NUM_REGS_ARM_THUMB_FP (10 + 6)
#define MICROPY_NLR_NUM_REGS_XTENSA (10)
#define MICROPY_NLR_NUM_REGS_XTENSAWIN (17)
#define MICROPY_NLR_NUM_REGS_RV32I (14)
#define MICROPY_NLR_NUM_REGS_RV64I (14)

#if defined(__i386__)
#define MICROPY_NLR_X86 (1)
#define MICROPY_NLR_NUM_REGS (MICROPY_NLR_NUM_REGS_X86)
#elif defined(__x86_64__)
#define MICROPY_NLR_X64 (1)
#define MICROPY_NLR_NUM_REGS (MICROPY_NLR_NUM_REGS_X64)
#elif defined(__arm__) && defined(__SOFTFP__)
#define MICROPY_NLR_THUMB (1)
#define MICROPY_NLR_NUM_REGS (MICROPY_NLR_NUM_REGS_ARM_THUMB)
#elif defined(__arm__)
#define MICROPY_NLR_THUMB (1)
#define MICROPY_NLR_NUM_REGS (MICROPY_NLR_NUM_REGS_ARM_THUMB_FP)
#elif defined(__xtensa__)
#define MICROPY_NLR_XTENSA (1)
#define MICROPY_NLR_NUM_REGS (MICROPY_NLR_NUM_REGS_XTENSA)
#elif defined(__riscv) && __riscv_xlen == 32
#define MICROPY_NLR_RV32I (1)
#define MICROPY_NLR_NUM_REGS (MICROPY_NLR_NUM_REGS_RV32I)
#elif defined(__riscv) && __riscv_xlen == 64
#define MICROPY_NLR_RV64I (1)
#define MICROPY_NLR_NUM_REGS (MICROPY_NLR_NUM_REGS_RV64I)
#else
#error "This compiler's architecture has no native modules (x86, x64, ARM Thumb, xtensa and RISC-V have)."
#endif

typedef struct _nlr_buf_t nlr_buf_t;
struct _nlr_buf_t {
    nlr_buf_t *prev;
    void *ret_val; // the exception that was raised
    void *regs[MICROPY_NLR_NUM_REGS];
};

typedef void (*nlr_jump_callback_fun_t)(void *ctx);

typedef struct _nlr_jump_callback_node_t nlr_jump_callback_node_t;
struct _nlr_jump_callback_node_t {
    nlr_jump_callback_node_t *prev;
    nlr_jump_callback_fun_t fun;
};

typedef struct _nlr_jump_callback_node_call_function_1_t {
    nlr_jump_callback_node_t callback;
    void (*func)(void *);
    void *arg;
} nlr_jump_callback_node_call_function_1_t;

#define MP_DEFINE_NLR_JUMP_CALLBACK_FUNCTION_1(ctx, f, a) \
    nlr_jump_callback_node_call_function_1_t ctx; \
    ctx.func = (void (*)(void *))(f); \
    ctx.arg = (a)

typedef struct _nlr_jump_callback_node_globals_locals_t {
    nlr_jump_callback_node_t callback;
    mp_obj_dict_t *globals;
    mp_obj_dict_t *locals;
} nlr_jump_callback_node_globals_locals_t;

// ---- Scheduled callbacks -------------------------------------------------------------------------------------

struct _mp_sched_node_t;
typedef void (*mp_sched_callback_t)(struct _mp_sched_node_t *);
typedef struct _mp_sched_node_t {
    mp_sched_callback_t callback;
    struct _mp_sched_node_t *next;
} mp_sched_node_t;

typedef enum {
    MP_HANDLE_PENDING_CALLBACKS_AND_CLEAR_EXCEPTIONS = 0,
    MP_HANDLE_PENDING_CALLBACKS_AND_EXCEPTIONS = 1,
    MP_HANDLE_PENDING_CALLBACKS_ONLY = 2,
} mp_handle_pending_behaviour_t;

#endif
