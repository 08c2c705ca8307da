// Routines in the chip's ROM that modules call at fixed addresses: each jumps to ours.
        .macro  rom_entry address, function
        .org    \address - 0x40000600
        .literal literal_\function, \function
        l32r    a9, literal_\function
        jx      a9
        .endm

        .section .rom, "ax"
        rom_entry 0x40000650, rom_multiply_wide
        rom_entry 0x4000c180, rom_add_single
        rom_entry 0x4000c268, rom_subtract_single
        rom_entry 0x4000c3dc, rom_multiply_single
        rom_entry 0x4000c4c4, rom_single_to_unsigned
        rom_entry 0x4000c538, rom_add_double
        rom_entry 0x4000c688, rom_subtract_double
        rom_entry 0x4000c8f0, rom_multiply_double
        rom_entry 0x4000cb94, rom_divide_double
        rom_entry 0x4000ccb8, rom_double_to_integer
        .org    0x4000cd00 - 0x40000600
        l32r    a9, literal_rom_double_to_integer
        jx      a9
        rom_entry 0x4000cd5c, rom_truncate
        rom_entry 0x4000cdfc, rom_extend
        rom_entry 0x4000ce60, rom_divide_wide
        rom_entry 0x4000d310, rom_divide_wide_unsigned
        rom_entry 0x4000d770, rom_modulo_wide_unsigned
        rom_entry 0x4000dc88, rom_divide
        rom_entry 0x4000dcf0, rom_multiply_unsigned
        rom_entry 0x4000dea8, memcmp
        rom_entry 0x4000df48, memcpy
        rom_entry 0x4000e04c, memmove
        rom_entry 0x4000e190, memset
        rom_entry 0x4000e21c, rom_divide_unsigned
        rom_entry 0x4000e268, rom_modulo_unsigned
        rom_entry 0x4000e2a4, rom_unsigned_to_single
        rom_entry 0x4000e2ac, rom_signed_to_single
        rom_entry 0x4000e2e8, rom_unsigned_to_double
        rom_entry 0x4000e2f0, rom_signed_to_double
