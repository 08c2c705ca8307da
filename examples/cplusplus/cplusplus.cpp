// A module in C++: classes with virtual functions, a template, objects on MicroPython's heap, and an object that is there, with
// its constructor run, before mpy_init begins.

#include "py/dynruntime.h"

#include "sequence.h"

namespace {

// What shapes have in common. Their class is found out when the program runs, through the table of virtual functions.
class Shape {
public:
    virtual ~Shape() {}
    virtual mp_int_t area() const = 0;
    virtual qstr name() const { return MP_QSTR_shape; }
};

class Rectangle : public Shape {
public:
    Rectangle(mp_int_t width, mp_int_t height) : width(width), height(height) {}
    mp_int_t area() const override { return width * height; }
    qstr name() const override { return width == height ? MP_QSTR_square : MP_QSTR_rectangle; }

protected:
    mp_int_t width;
    mp_int_t height;
};

class Frame : public Rectangle {
public:
    Frame(mp_int_t width, mp_int_t height, mp_int_t border) : Rectangle(width, height), border(border) {}
    mp_int_t area() const override { return Rectangle::area() - (width - 2 * border) * (height - 2 * border); }
    qstr name() const override { return MP_QSTR_frame; }

private:
    mp_int_t border;
};

} // namespace

// Counts what was asked for. The constructor gives it a value that is not zero, so it can only work when that has run.
class Statistics {
public:
    Statistics() : asked(100) { history.append(-1); }
    void note(mp_int_t area) {
        asked++;
        history.append(area);
    }
    mp_int_t count() const { return asked; }
    Sequence<mp_int_t> history;

private:
    mp_int_t asked;
};

// Not static: so it lies where the garbage collector looks for pointers on every architecture, and `history` has one.
Statistics statistics;

// describe(width, height[, border]) -> (name, area)
static mp_obj_t describe(size_t n_args, const mp_obj_t *args) {
    mp_int_t width = mp_obj_get_int(args[0]);
    mp_int_t height = mp_obj_get_int(args[1]);
    Shape *shape = n_args == 3 ? new Frame(width, height, mp_obj_get_int(args[2])) : new Rectangle(width, height);
    statistics.note(shape->area());
    mp_obj_t parts[] = {MP_OBJ_NEW_QSTR(shape->name()), mp_obj_new_int(shape->area())};
    delete shape;
    return mp_obj_new_tuple(2, parts);
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(describe_obj, 2, 3, describe);

// history() -> [-1, area, ...]
static mp_obj_t history() {
    mp_obj_t list = mp_obj_new_list(0, NULL);
    for (mp_int_t area : statistics.history) {
        mp_obj_list_append(list, mp_obj_new_int(area));
    }
    return list;
}
static MP_DEFINE_CONST_FUN_OBJ_0(history_obj, history);

static mp_obj_t asked() {
    return mp_obj_new_int(statistics.count());
}
static MP_DEFINE_CONST_FUN_OBJ_0(asked_obj, asked);

// sort(list of int) -> sorted list, and sort(text) -> text with its bytes in order: one template for both.
static mp_obj_t sort(mp_obj_t what) {
    if (mp_obj_is_str(what)) {
        size_t length;
        const char *text = mp_obj_str_get_data(what, &length);
        Sequence<char> letters;
        for (size_t i = 0; i < length; i++) {
            letters.append(text[i]);
        }
        letters.sort();
        return mp_obj_new_str(letters.begin(), length);
    }
    if (!mp_obj_is_type(what, &mp_type_list)) {
        mp_raise_TypeError("a list or a str is needed");
    }
    size_t length;
    mp_obj_t *items;
    mp_obj_list_get(what, &length, &items);
    Sequence<mp_int_t> numbers;
    for (size_t i = 0; i < length; i++) {
        numbers.append(mp_obj_get_int(items[i]));
    }
    numbers.sort();
    mp_obj_t list = mp_obj_new_list(0, NULL);
    for (mp_int_t number : numbers) {
        mp_obj_list_append(list, mp_obj_new_int(number));
    }
    return list;
}
static MP_DEFINE_CONST_FUN_OBJ_1(sort_obj, sort);

// living() -> number of sequences that were constructed and not destroyed
static mp_obj_t living() {
    return mp_obj_new_int(living_sequences());
}
static MP_DEFINE_CONST_FUN_OBJ_0(living_obj, living);

// The firmware looks for this name as C has it.
extern "C" mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY
    mp_store_global(MP_QSTR_describe, MP_OBJ_FROM_PTR(&describe_obj));
    mp_store_global(MP_QSTR_history, MP_OBJ_FROM_PTR(&history_obj));
    mp_store_global(MP_QSTR_asked, MP_OBJ_FROM_PTR(&asked_obj));
    mp_store_global(MP_QSTR_sort, MP_OBJ_FROM_PTR(&sort_obj));
    mp_store_global(MP_QSTR_living, MP_OBJ_FROM_PTR(&living_obj));
    MP_DYNRUNTIME_INIT_EXIT
}
