from array import array
import features2 as m


def raises(error, function, *args):
    try:
        function(*args)
    except error:
        return True
    return False


def close(a, b):
    return isinstance(a, float) and abs(a - b) < 1e-5 * max(1, abs(b))


# C
assert close(m.dot([1, 2, 3], (4, 5, 6)), 32)
assert close(m.dot([0.5, -1.25], [3, 2.0]), -1)
assert close(m.dot([], []), 0)
assert close(m.dot([1e10], [1e-10]), 1)
assert raises(ValueError, m.dot, [1], [1, 2])
assert raises(TypeError, m.dot, [1], ["x"])
assert raises(TypeError, m.dot, 1, [1])
assert raises(TypeError, m.dot, [1])

assert close(m.polynomial([2, -3, 0.5], 2), 2.5)
assert close(m.polynomial((1, 0, 0, 0), -0.5), -0.125)
assert close(m.polynomial([], 7), 0)
assert raises(TypeError, m.polynomial, [1, 2], "x")
assert raises(TypeError, m.polynomial, [1, None], 2)
assert raises(TypeError, m.polynomial, 3, 2)

items = array("f", [1, -2.5, 4])
assert m.scale(items, 1.5) is None
assert [close(a, b) for a, b in zip(items, (1.5, -3.75, 6))] == [True] * 3
m.scale(items, 0)
assert list(items) == [0, 0, 0]
assert raises(ValueError, m.scale, array("i", [1]), 2)
assert raises(ValueError, m.scale, bytearray(4), 2)
assert raises(TypeError, m.scale, b"abcd", 2)  # cannot be written
assert raises(TypeError, m.scale, items, "2")
assert raises(TypeError, m.scale, items)

# Python that calls C
assert close(m.mean([1, 2, 3, 6]), 3)
assert close(m.variance([1, 2, 3, 6]), 3.5)
slope, offset = m.line_fit([0, 1, 2, 3], [1.5, 3.5, 5.5, 7.5])
assert close(slope, 2) and close(offset, 1.5)
assert raises(ZeroDivisionError, m.mean, [])

assert m.C_FLOAT_BITS in (0, 32, 64)
floats = "%d-bit hardware" % m.C_FLOAT_BITS if m.C_FLOAT_BITS else "the firmware"
print("features2 ok: Python and C, floats by " + floats)
