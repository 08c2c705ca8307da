// What core-isa.h leaves open: the choices of a compiler (literals beside the code, functions that turn the window), and settings that
// some cores do not name.

#ifndef NATMOD_XTENSA_CONFIG_H
#define NATMOD_XTENSA_CONFIG_H

#include CORE_ISA

#define XSHAL_USE_ABSOLUTE_LITERALS 0
#define XSHAL_HAVE_TEXT_SECTION_LITERALS 1
#define XTHAL_ABI_WINDOWED 0
#define XTHAL_ABI_CALL0 1
#define XSHAL_ABI XTHAL_ABI_WINDOWED

#ifndef XCHAL_HAVE_FP_DIV
#define XCHAL_HAVE_FP_DIV 0
#define XCHAL_HAVE_FP_RECIP 0
#define XCHAL_HAVE_FP_SQRT 0
#define XCHAL_HAVE_FP_RSQRT 0
#endif

#ifndef XCHAL_HAVE_MMU
#define XCHAL_HAVE_MMU 0
#endif

#endif
