// A module as far as a linker sees one. Of the C libraries it needs only what the reference linker can link.
float sinf(float), floorf(float), atan2f(float, float);

float mpy_init(void *self, float *x) {
    (void)self;
    return sinf(x[0]) + floorf(x[1]) / atan2f(x[2], x[3]);
}
