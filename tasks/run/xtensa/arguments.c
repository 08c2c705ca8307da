// What the function table does with the arguments of calls, as far as they are given by position.

#include "harness.h"

void check_count(size_t n, size_t least, size_t most) {
    if (n < least || n > most) {
        raise_named("TypeError");
    }
}

static void check_signature(size_t n_args, size_t n_kw, uint32_t sig) {
    if (n_kw != 0 && !(sig & 1)) {
        raise_named("TypeError");
    }
    check_count(n_args, sig >> 17, sig >> 1 & 0xffff);
}

static void parse_args(size_t n_pos, const mp_obj_t *pos, mp_map_t *kws, size_t n_allowed, const mp_arg_t *allowed,
    mp_arg_val_t *out_vals) {
    if (kws != NULL && kws->used != 0) {
        give_up("keyword arguments are something that the harness does not have");
    }
    size_t taken = 0;
    for (size_t i = 0; i < n_allowed; ++i) {
        bool is_given = !(allowed[i].flags & MP_ARG_KW_ONLY) && taken < n_pos;
        if (!is_given && (allowed[i].flags & MP_ARG_REQUIRED)) {
            raise_named("TypeError");
        }
        out_vals[i] = allowed[i].defval;
        if (is_given) {
            mp_obj_t value = pos[taken++];
            switch (allowed[i].flags & MP_ARG_KIND_MASK) {
                case MP_ARG_BOOL:
                    out_vals[i].u_bool = table.native_from_obj(value, MP_NATIVE_TYPE_BOOL);
                    break;
                case MP_ARG_INT:
                    out_vals[i].u_int = int_value(value);
                    break;
                default:
                    out_vals[i].u_obj = value;
            }
        }
    }
    if (taken < n_pos) {
        raise_named("TypeError");
    }
}

static void parse_args_array(size_t n_pos, size_t n_kw, const mp_obj_t *args, size_t n_allowed, const mp_arg_t *allowed,
    mp_arg_val_t *out_vals) {
    mp_map_t map = { .used = n_kw };
    parse_args(n_pos, args, &map, n_allowed, allowed, out_vals);
}

void init_arguments(void) {
    table.arg_check_num_sig = check_signature;
    table.arg_parse_all = parse_args;
    table.arg_parse_all_kw_array = parse_args_array;
}
