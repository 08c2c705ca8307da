#include "sequence.h"

int living = 0;

int living_sequences() {
    return living;
}

void count_sequence(int change) {
    living += change;
}
