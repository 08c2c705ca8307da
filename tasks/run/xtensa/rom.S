// Routines in the chip's ROM that modules call at fixed addresses, as far as the tests need them: each jumps to ours.
        .macro  rom_entry address, function
        .org    \address - 0x4000ce00
        .literal literal_\function, \function
        l32r    a9, literal_\function
        jx      a9
        .endm

        .section .rom, "ax"
        rom_entry 0x4000ce60, rom_divide_wide
        rom_entry 0x4000d310, rom_divide_wide_unsigned
        rom_entry 0x4000d770, rom_modulo_wide_unsigned
        rom_entry 0x4000dc88, rom_divide
        rom_entry 0x4000dea8, memcmp
        rom_entry 0x4000df48, memcpy
        rom_entry 0x4000e04c, memmove
        rom_entry 0x4000e190, memset
        rom_entry 0x4000e21c, rom_divide_unsigned
        rom_entry 0x4000e268, rom_modulo_unsigned
