// The core starts at 0x50000000. Constants must lie before the code that loads them, so a jump over them comes first.
        .section .entry, "ax"
        .global _start
_start: j       begin

        .section .start, "ax"
        .align  4
begin:  l32r    a1, stack_top
        l32r    a0, main_address
        callx0  a0
        mov     a3, a2
        movi    a2, 1
        simcall
1:      j       1b
        .literal stack_top, _stack_top
        .literal main_address, main
