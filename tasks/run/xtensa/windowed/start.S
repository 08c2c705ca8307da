// Start, window vectors and non-local jumps for cores whose functions turn the register window. Document: Xtensa Instruction Set
// Architecture Reference Manual, 4.7.1 (windowed registers) and 8.1.4 (calls). A frame's a0 to a3 are kept below the stack pointer of
// the function that it called, its other registers below that of its own caller.

        // simcall, which has an operand in the assembler of some cores.
        .macro  host_call
        .byte   0x00, 0x51, 0x00
        .endm

        // The core starts here. Windowed returns stay within a GiB, so everything else is in the lowest one.
        .section .entry, "ax"
        .global _start
_start: j       1f
        .align  4
        .literal_position
1:      movi    a0, begin
        jx      a0

        .section .text, "ax"
        .align  4
        .literal_position
begin:  movi    a2, _vectors
        wsr     a2, vecbase
        movi    a2, 1
        wsr     a2, windowstart
        movi    a2, 0
        wsr     a2, windowbase
        rsync
#if NATMOD_COPROCESSORS
        movi    a2, 0xff
        wsr     a2, cpenable
#endif
        movi    a2, 0x40000             // window overflow detection; no interrupts, no exception
        wsr     a2, ps
        rsync
        movi    a1, _stack_top
        movi    a4, main
        callx4  a4
        mov     a3, a6
        movi    a2, 1
        host_call
1:      j       1b

        // void spill_windows(int depth): calls itself until every other frame is in memory.
        .align  4
        .global spill_windows
spill_windows:
        entry   a1, 48
        beqz    a2, 1f
        addi    a14, a2, -1
        call12  spill_windows
1:      retw

        // int setjmp(buffer): the words are the caller's a0 to a7, then this function's return address and stack pointer. The caller
        // must have used call8, as compilers do.
        .align  4
        .global setjmp
setjmp: entry   a1, 48
        movi    a10, 6
        call8   spill_windows
        addi    a5, a1, -16
        l32i    a6, a5, 0
        s32i    a6, a2, 0
        l32i    a6, a5, 4
        s32i    a6, a2, 4
        l32i    a7, a5, 8
        s32i    a7, a2, 8
        l32i    a7, a5, 12
        s32i    a7, a2, 12
        addi    a6, a6, -16
        l32i    a5, a6, 4               // stack pointer of the caller's caller
        addi    a5, a5, -32
        l32i    a7, a5, 0
        s32i    a7, a2, 16
        l32i    a7, a5, 4
        s32i    a7, a2, 20
        l32i    a7, a5, 8
        s32i    a7, a2, 24
        l32i    a7, a5, 12
        s32i    a7, a2, 28
        s32i    a0, a2, 32
        s32i    a1, a2, 36
        movi    a2, 0
        retw

        // void longjmp(buffer, value): puts the words back where they are kept, and returns as setjmp did.
        .align  4
        .global longjmp
longjmp:
        entry   a1, 48
        movi    a10, 6
        call8   spill_windows
        l32i    a4, a2, 36
        addi    a5, a4, -16
        l32i    a7, a2, 0
        s32i    a7, a5, 0
        l32i    a6, a2, 4
        s32i    a6, a5, 4
        l32i    a7, a2, 8
        s32i    a7, a5, 8
        l32i    a7, a2, 12
        s32i    a7, a5, 12
        addi    a6, a6, -16
        l32i    a5, a6, 4
        addi    a5, a5, -32
        l32i    a7, a2, 16
        s32i    a7, a5, 0
        l32i    a7, a2, 20
        s32i    a7, a5, 4
        l32i    a7, a2, 24
        s32i    a7, a5, 8
        l32i    a7, a2, 28
        s32i    a7, a5, 12
        l32i    a0, a2, 32
        mov     a1, a4
        mov     a2, a3
        retw

        // Offsets are those of the cores' configurations (XCHAL_WINDOW_OF4_VECOFS and so on).
        .section .vectors, "ax"
        .global _vectors
        .align  1024
_vectors:
        s32e    a0, a5, -16
        s32e    a1, a5, -12
        s32e    a2, a5, -8
        s32e    a3, a5, -4
        rfwo
        .org    0x40
        l32e    a0, a5, -16
        l32e    a1, a5, -12
        l32e    a2, a5, -8
        l32e    a3, a5, -4
        rfwu
        .org    0x80
        s32e    a0, a9, -16
        l32e    a0, a1, -12
        s32e    a1, a9, -12
        s32e    a2, a9, -8
        s32e    a3, a9, -4
        s32e    a4, a0, -32
        s32e    a5, a0, -28
        s32e    a6, a0, -24
        s32e    a7, a0, -20
        rfwo
        .org    0xc0
        l32e    a0, a9, -16
        l32e    a1, a9, -12
        l32e    a2, a9, -8
        l32e    a7, a1, -12
        l32e    a3, a9, -4
        l32e    a4, a7, -32
        l32e    a5, a7, -28
        l32e    a6, a7, -24
        l32e    a7, a7, -20
        rfwu
        .org    0x100
        s32e    a0, a13, -16
        l32e    a0, a1, -12
        s32e    a1, a13, -12
        s32e    a2, a13, -8
        s32e    a3, a13, -4
        s32e    a4, a0, -48
        s32e    a5, a0, -44
        s32e    a6, a0, -40
        s32e    a7, a0, -36
        s32e    a8, a0, -32
        s32e    a9, a0, -28
        s32e    a10, a0, -24
        s32e    a11, a0, -20
        rfwo
        .org    0x140
        l32e    a0, a13, -16
        l32e    a1, a13, -12
        l32e    a2, a13, -8
        l32e    a11, a1, -12
        l32e    a3, a13, -4
        l32e    a4, a11, -48
        l32e    a5, a11, -44
        l32e    a6, a11, -40
        l32e    a7, a11, -36
        l32e    a8, a11, -32
        l32e    a9, a11, -28
        l32e    a10, a11, -24
        l32e    a11, a11, -20
        rfwu
        // Whatever else happens ends the program: the status tells the cause.
        .macro  ending at
        .org    \at
        rsr     a3, exccause
        movi    a2, 64
        add     a3, a3, a2
        movi    a2, 1
        host_call
        .endm
        ending  0x300
        ending  0x340
        ending  0x3c0
