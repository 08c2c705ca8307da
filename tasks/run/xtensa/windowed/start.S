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
        // Whatever else happens ends the program: the status tells the cause. The kernel's vector is the one in use.
        .macro  ending at
        .org    \at
        rsr     a3, exccause
        movi    a2, 64
        add     a3, a3, a2
        movi    a2, 1
        host_call
        .endm
        .org    0x300
        wsr     a0, excsave1
        rsr     a0, exccause
        beqi    a0, 5, 1f
        j       high_product
1:      j       fill_caller
        ending  0x340
        ending  0x3c0

        // A stack pointer moves (movsp) while the caller's registers are in memory, where the next return looks for them below the new
        // one. They are filled as such a return would do it, by its handler, which then goes back to movsp. The registers of frames
        // before are free meanwhile.
        .section .text, "ax"
        .align  4
fill_caller:
        rsr     a0, windowbase
        rotw    -1
        rsr     a2, ps
        extui   a3, a2, 8, 4            // the window that the handler goes back to
        xor     a3, a3, a4
        slli    a3, a3, 8
        xor     a2, a2, a3
        rsr     a4, excsave1            // the return address again; its first bits are the caller's kind of call
        wsr     a2, ps
        rsync
        bbsi    a4, 31, 1f
        j       _vectors + 0x40
1:      rotw    -1
        bbsi    a8, 30, 1f
        j       _vectors + 0xc0
1:      rotw    -1
        j       _vectors + 0x140

        // The high words of products, which Espressif's cores have instructions for and these have not: muluh r, s, t (bytes t0 rs a2) and
        // mulsh r, s, t (t0 rs b2). While an exception is handled, registers are used without a look at other windows; code that
        // named the result's register before has its window. Any other exception ends the program.
        .section .text, "ax"
        .align  4
        .literal_position
high_product:
        movi    a0, registers
        .irp    n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
        s32i    a\n, a0, 4 * \n
        .endr
        rsr     a1, excsave1
        s32i    a1, a0, 0
        rsr     a1, exccause
        bnez    a1, 2f
        rsr     a1, epc1
        addi    a5, a1, 3
        wsr     a5, epc1
        rsr     a7, sar
        movi    a2, -4                  // code is read in whole words
        and     a2, a1, a2
        l32i    a3, a2, 0
        l32i    a4, a2, 4
        ssa8l   a1
        src     a2, a4, a3
        wsr     a7, sar
        extui   a5, a2, 0, 4
        bnez    a5, 1f
        extui   a5, a2, 16, 4
        bnei    a5, 2, 1f
        extui   a4, a2, 20, 4           // 10 or 11
        addi    a4, a4, -10
        bgeui   a4, 2, 1f
        extui   a3, a2, 12, 4           // r
        extui   a5, a2, 8, 4
        addx4   a5, a5, a0
        l32i    a5, a5, 0               // s
        extui   a6, a2, 4, 4
        addx4   a6, a6, a0
        l32i    a6, a6, 0               // t
        extui   a8, a5, 0, 16
        extui   a9, a6, 0, 16
        extui   a10, a5, 16, 16
        extui   a11, a6, 16, 16
        mull    a12, a8, a9
        extui   a12, a12, 16, 16
        mull    a13, a10, a9
        add     a13, a13, a12
        mull    a14, a8, a11
        extui   a15, a13, 0, 16
        add     a14, a14, a15
        mull    a15, a10, a11
        extui   a13, a13, 16, 16
        add     a15, a15, a13
        extui   a14, a14, 16, 16
        add     a15, a15, a14
        beqz    a4, 3f
        bgez    a5, 4f
        sub     a15, a15, a6
4:      bgez    a6, 3f
        sub     a15, a15, a5
3:      addx4   a3, a3, a0
        s32i    a15, a3, 0
        .irp    n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
        l32i    a\n, a0, 4 * \n
        .endr
        l32i    a0, a0, 0
        rfe
1:      movi    a1, 0
2:      movi    a3, 64
        add     a3, a3, a1
        movi    a2, 1
        host_call
        j       2b

        .section .bss, "aw", @nobits
        .align  4
registers:
        .space  64
