// What is behind this is as far from the words that it loads as l32r reaches.
        .text
        .align  4
        .global pad
pad:
#if __XTENSA__
        .space  250000
#endif
        .byte   0
