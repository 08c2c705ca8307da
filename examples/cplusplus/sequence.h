// A list of values that grows, on MicroPython's heap.

#ifndef SEQUENCE_H
#define SEQUENCE_H

#include <stddef.h>

int living_sequences();
void count_sequence(int change);

template <class T> class Sequence {
public:
    Sequence() { count_sequence(1); }
    ~Sequence() {
        delete[] items;
        count_sequence(-1);
    }
    Sequence(const Sequence &) = delete;
    Sequence &operator=(const Sequence &) = delete;

    void append(T item) {
        if (length == capacity) {
            grow();
        }
        items[length++] = item;
    }

    // By insertion: short lists only.
    void sort() {
        for (size_t i = 1; i < length; i++) {
            T item = items[i];
            size_t place = i;
            for (; place > 0 && item < items[place - 1]; place--) {
                items[place] = items[place - 1];
            }
            items[place] = item;
        }
    }

    T *begin() { return items; }
    T *end() { return items + length; }

private:
    void grow() {
        capacity = capacity == 0 ? 4 : capacity * 2;
        T *larger = new T[capacity];
        for (size_t i = 0; i < length; i++) {
            larger[i] = items[i];
        }
        delete[] items;
        items = larger;
    }

    T *items = nullptr;
    size_t length = 0;
    size_t capacity = 0;
};

#endif
