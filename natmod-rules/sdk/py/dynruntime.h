// The one header of a native MicroPython module, for native ABI 6.3.
//
// A source file of a module begins with
//
//     #include "py/dynruntime.h"
//
// and is compiled with `-I` set to the folder above `py/`, with -DMICROPY_ENABLE_DYNRUNTIME and with
// -DMP_CONFIGFILE='<MODULE.config.h>'. That file is generated: it defines mp_off_t and one MP_QSTR_name for
// each interned string that the module uses. No MicroPython source tree is needed.
//
// A module never links against the firmware. Everything it gets from there comes through one table of
// pointers, mp_fun_table, whose place the loader fills in. The names below hide that: mp_raise_ValueError(msg)
// for example is a call through an entry of the table.
//
// Where to look:
//
//   abi/config.h      word size, floats, compiler attributes, the answers to `#if MICROPY_...`
//   abi/base.h        byte, MIN/MAX, bits, characters, m_new and its relatives
//   abi/object.h      mp_obj_t: small integers, pointers, constants; maps and sets; operators; buffers
//   abi/type.h        mp_obj_type_t and its slots
//   abi/concrete.h    layout of str, tuple, list, dict, array, exception, function, class instance
//   abi/define.h      MP_DEFINE_CONST_...: objects laid down at compile time
//   abi/stream.h      stream protocol, errno values
//   abi/call.h        argument parsing, exception buffers
//   abi/code.h        raw code and module context: what MP_DYNRUNTIME_INIT_ENTRY works with
//   abi/fun_table.h   the table itself
//   abi/runtime.h     functions: constants, attributes, memory, calls, making and reading objects
//   abi/module.h      functions: exceptions, printing, floats; MP_DYNRUNTIME_INIT_ENTRY and its companions
//   abi/firmware.h    functions which exist in the firmware but not in the table

#ifndef NATMOD_PY_DYNRUNTIME_H
#define NATMOD_PY_DYNRUNTIME_H

#include "abi/config.h"

#ifdef __cplusplus
extern "C" {
#endif

#include "abi/base.h"
#include "abi/object.h"
#include "abi/type.h"
#include "abi/concrete.h"
#include "abi/define.h"
#include "abi/stream.h"
#include "abi/call.h"
#include "abi/code.h"
#include "abi/fun_table.h"
#include "abi/firmware.h"
#include "abi/runtime.h"
#include "abi/module.h"

#ifdef __cplusplus
}
#endif

#endif
