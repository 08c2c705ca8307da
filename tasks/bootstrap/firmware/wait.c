// Linked into MicroPython's firmware for QEMU's machines. Where it asks the UART for a character over and over, QEMU
// computes without end while nobody types. Here the processor sleeps until a character comes, as one of hardware would
// be made to. (CMSDK APB UART, Armv7-M ARM B3.4; 16550, SiFive PLIC, RISC-V privileged 3.3.3.)

#include <stdint.h>

#define REGISTER(type, address) (*(volatile type *)(address))

int __real_uart_rx_chr(void);

// Interrupts are only pending while they are waited for, and none is ever taken, so no handler is needed.
#if defined(QEMU_SOC_MPS2)

#define UART_STATE REGISTER(uint32_t, 0x40004004)
#define UART_CONTROL REGISTER(uint32_t, 0x40004008)
#define UART_INTERRUPTS REGISTER(uint32_t, 0x4000400c)
#define NVIC_ENABLE REGISTER(uint32_t, 0xe000e100)
#define NVIC_DISABLE REGISTER(uint32_t, 0xe000e180)
#define NVIC_FORGET REGISTER(uint32_t, 0xe000e280)
#define RECEIVED 1 // Bit 1: there is a character; it has interrupt 0.

static void wait(void) {
    __asm volatile ("cpsid i" ::: "memory");
    UART_CONTROL |= 1 << 3;
    NVIC_ENABLE = 1;
    // One that came before has no interrupt.
    if (!(UART_STATE & (1 << RECEIVED))) {
        __asm volatile ("wfi" ::: "memory");
    }
    UART_INTERRUPTS = 1 << RECEIVED;
    NVIC_DISABLE = 1;
    NVIC_FORGET = 1;
    __asm volatile ("cpsie i" ::: "memory");
}

#elif defined(QEMU_SOC_VIRT)

#define UART_INTERRUPTS REGISTER(uint8_t, 0x10000001)
#define UART_SOURCE 10
#define PLIC_PRIORITY REGISTER(uint32_t, 0x0c000000 + 4 * UART_SOURCE)
#define PLIC_ENABLE REGISTER(uint32_t, 0x0c002000)
#define PLIC_CLAIM REGISTER(uint32_t, 0x0c200004)
#define TAKES_INTERRUPTS 8 // In mstatus; of no concern to wfi.
#define EXTERNAL 0x800 // In mie.

static void wait(void) {
    unsigned long status;
    __asm volatile ("csrrc %0, mstatus, %1" : "=r" (status) : "r" (TAKES_INTERRUPTS) : "memory");
    PLIC_PRIORITY = 1;
    PLIC_ENABLE = 1 << UART_SOURCE;
    UART_INTERRUPTS = 1;
    __asm volatile ("csrs mie, %0\n\twfi\n\tcsrc mie, %0" :: "r" (EXTERNAL) : "memory");
    UART_INTERRUPTS = 0;
    PLIC_CLAIM = PLIC_CLAIM;
    __asm volatile ("csrs mstatus, %0" :: "r" (status & TAKES_INTERRUPTS) : "memory");
}

#else

static void wait(void) {
}

#endif

int __wrap_uart_rx_chr(void) {
    int character = __real_uart_rx_chr();
    if (character >= 0) {
        return character;
    }
    wait();
    return __real_uart_rx_chr();
}
