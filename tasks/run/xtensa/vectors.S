// Exceptions of the core end the program: the status is 64 and the cause. Offsets are those of lx106's configuration
// (XCHAL_KERNEL_VECOFS, XCHAL_USER_VECOFS, XCHAL_DOUBLEEXC_VECOFS), counted from where the core looks for vectors.
        .macro  ending at
        .org    \at
        rsr     a3, exccause
        addi    a3, a3, 64
        movi    a2, 1
        simcall
        .endm

        .section .vectors, "ax"
        ending  0x30
        ending  0x50
        ending  0x70
