// py/mphal.h for native modules: time and standard input/output of the port, which are in the firmware and not in
// mp_fun_table. See abi/firmware.h for what that means. From a module, call the Python modules time and machine.

#ifndef NATMOD_PY_MPHAL_H
#define NATMOD_PY_MPHAL_H

#include "dynruntime.h"

#ifdef __cplusplus
extern "C" {
#endif

#ifdef MICROPY_MPHALPORT_H
#include MICROPY_MPHALPORT_H
#endif

#ifndef MICROPY_BEGIN_ATOMIC_SECTION
#define MICROPY_BEGIN_ATOMIC_SECTION() (0)
#endif
#ifndef MICROPY_END_ATOMIC_SECTION
#define MICROPY_END_ATOMIC_SECTION(state) (void)(state)
#endif

#ifndef mp_hal_stdin_rx_chr
int mp_hal_stdin_rx_chr(void);
#endif
#ifndef mp_hal_stdout_tx_str
void mp_hal_stdout_tx_str(const char *);
#endif
#ifndef mp_hal_stdout_tx_strn
mp_uint_t mp_hal_stdout_tx_strn(const char *, size_t);
#endif
#ifndef mp_hal_stdout_tx_strn_cooked
void mp_hal_stdout_tx_strn_cooked(const char *, size_t);
#endif
#ifndef mp_hal_delay_ms
void mp_hal_delay_ms(mp_uint_t);
#endif
#ifndef mp_hal_delay_us
void mp_hal_delay_us(mp_uint_t);
#endif
#ifndef mp_hal_ticks_ms
mp_uint_t mp_hal_ticks_ms(void);
#endif
#ifndef mp_hal_ticks_us
mp_uint_t mp_hal_ticks_us(void);
#endif
#ifndef mp_hal_ticks_cpu
mp_uint_t mp_hal_ticks_cpu(void);
#endif
#ifndef mp_hal_time_ns
uint64_t mp_hal_time_ns(void);
#endif

#ifdef __cplusplus
}
#endif

#endif
