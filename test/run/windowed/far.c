extern char pad[];

unsigned far_number(unsigned n) {
    return n * 2654435761u + (n > 20 ? (unsigned)(unsigned long)pad % 4 : 0x1234567u);
}
