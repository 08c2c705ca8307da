from features4 import Point, RangeError


def raises(error, function, *args, **kwargs):
    try:
        function(*args, **kwargs)
    except error as caught:
        return type(caught) is error
    return False


def set_x(point, value):
    point.x = value


p = Point(3, 4)
assert type(p) is Point and isinstance(p, Point)
assert (p.x, p.y) == (3, 4)
assert Point() == Point(0, 0)
assert Point(5) == Point(x=5) == Point(5, 0)
assert Point(y=-1, x=7) == Point(7, y=-1)
assert repr(p) == "Point(3, 4)" and str(p) == "(3, 4)"
assert repr(Point(-10000, 10000)) == "Point(-10000, 10000)"
assert raises(TypeError, Point, 1, 2, 3)
assert raises(TypeError, Point, "1")
assert raises(TypeError, Point, z=1)
assert raises(RangeError, Point, 10001)
assert raises(RangeError, Point, 0, -10001)

# attributes
p.x = -8
p.y += 1
assert (p.x, p.y) == (-8, 5)
assert raises(AttributeError, lambda: p.z)
assert raises(AttributeError, setattr, p, "z", 1)
assert raises(AttributeError, delattr, p, "x")
assert raises(TypeError, set_x, p, "1")
assert raises(RangeError, set_x, p, 20000)
assert (p.x, p.y) == (-8, 5)

# operators
assert Point(1, 2) + Point(10, -20) == Point(11, -18)
assert Point(1, 2) - Point(10, -20) == Point(-9, 22)
assert Point(1, 2) * -3 == Point(-3, -6)
assert -Point(1, -2) == Point(-1, 2)
assert bool(Point(0, 1)) and not Point()
assert len(Point()) == 2
assert Point(1, 2) != Point(2, 1)
assert not (Point(1, 2) == (1, 2))
assert {Point(1, 2): "a"}[Point(1, 2)] == "a"
assert raises(TypeError, lambda: p + 1)
assert raises(TypeError, lambda: p * p)
assert raises(TypeError, lambda: +p)
assert raises(TypeError, lambda: p < p)
assert raises(RangeError, lambda: Point(6000, 0) + Point(6000, 0))
assert raises(RangeError, lambda: Point(0, 1) * 1000000000)
assert Point() * 1000000000 == Point()

# sequence
assert p[0] == -8 and p[1] == 5 and p[-1] == 5
assert raises(IndexError, lambda: p[2])
assert raises(TypeError, lambda: p["x"])
assert list(Point(6, 7)) == [6, 7]
x, y = Point(8, 9)
assert (x, y) == (8, 9)
assert [a * b for a in Point(2, 3) for b in Point(5, 7)] == [10, 14, 15, 21]

# methods
assert Point(3, 4).dot(Point(5, -6)) == -9
assert Point(10000, 10000).dot(Point(10000, 10000)) == 200000000
assert raises(TypeError, p.dot, 3)
assert raises(TypeError, p.dot)
assert p.move(8, -5) is p and p == Point()
assert raises(RangeError, p.move, 9999, 10001)
assert raises(TypeError, p.move, 1)
assert p == Point()

# exception
assert issubclass(RangeError, ValueError) and RangeError.__name__ == "RangeError"
try:
    Point(10001)
except ValueError as error:
    assert error.args == ("coordinate beyond 10000",), error.args
try:
    raise RangeError("mine", 1)
except RangeError as error:
    assert error.args == ("mine", 1)

print("features4 ok: a class and its exception")
