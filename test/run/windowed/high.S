// High words of products. The assembler knows cores without instructions for them: these two become mulsh and muluh.
        .text
        .align  4
        .global high_signed
        .type   high_signed, @function
high_signed:
        entry   a1, 32
        mull    a2, a2, a3
        retw
        .size   high_signed, . - high_signed
        .align  4
        .global high_unsigned
        .type   high_unsigned, @function
high_unsigned:
        entry   a1, 32
        mull    a2, a2, a3
        retw
        .size   high_unsigned, . - high_unsigned
