import gc
import cplusplus as m


def raises(error, function, *args):
    try:
        function(*args)
    except error:
        return True
    return False


# The static object's constructor has run, once.
assert m.asked() == 100
assert m.history() == [-1]
assert m.living() == 1

# Virtual functions
assert m.describe(3, 4) == ("rectangle", 12)
assert m.describe(5, 5) == ("square", 25)
assert m.describe(5, 5, 1) == ("frame", 16)
assert m.asked() == 103
assert m.history() == [-1, 12, 25, 16]
assert raises(TypeError, m.describe, 1)
assert raises(TypeError, m.describe, 1, "2")

# What the static object points to outlives the garbage collector.
for i in range(50):
    m.describe(i, 2)
    gc.collect()
    bytearray(100)
assert m.history()[4:] == [2 * i for i in range(50)]
assert m.asked() == 153

# Two instances of one template
assert m.sort([3, -1, 2]) == [-1, 2, 3]
assert m.sort([]) == []
numbers = [(i * 7919) % 1009 for i in range(100)]
assert m.sort(numbers) == sorted(numbers)
assert m.sort("template") == "aeelmptt"
assert raises(TypeError, m.sort, 3)

# Destructors have run at the end of their blocks.
assert m.living() == 1
# An exception of MicroPython's leaves a function without them.
assert raises(TypeError, m.sort, [1, "x"])
assert m.living() == 2

print("cplusplus ok: classes, virtual functions, templates, new and delete, constructors")
