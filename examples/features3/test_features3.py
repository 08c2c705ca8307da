import features3 as m


def raises(error, function, *args):
    try:
        function(*args)
    except error:
        return True
    return False


assert m.types() == (
    type,
    type(None),
    bool,
    int,
    str,
    bytes,
    bytearray,
    tuple,
    list,
    dict,
    Exception,
)

none, false, true, empty_bytes, empty_tuple = m.constants()
assert none is None and false is False and true is True
assert empty_bytes == b"" and type(empty_bytes) is bytes
assert empty_tuple is ()

assert m.kind(None) == "nothing"
assert m.kind("") == "text"
assert m.kind([]) == m.kind((1,)) == "sequence"
assert m.kind(b"") == m.kind(bytearray(2)) == m.kind(memoryview(b"x")) == "memory"
assert m.kind(1) == m.kind({}) == m.kind(len) == m.kind(False) == "other"

assert m.record() == {}
assert m.record("a", 1, None, [2], 3, "c") == {"a": 1, None: [2], 3: "c"}
assert m.record("a", 1, "a", 2) == {"a": 2}
assert len(m.record(*range(200))) == 100
assert raises(TypeError, m.record, 1)
assert raises(TypeError, m.record, [], 1)  # a list cannot be a key

assert m.count([]) == {}
assert m.count(["x", "y", "x", 1, True, "x"]) == {"x": 3, "y": 1, 1: 2}
assert m.count((None, None)) == {None: 2}
assert raises(TypeError, m.count, 5)
assert raises(TypeError, m.count, [{}])

assert m.invert({}) == {}
assert m.invert({1: "one", 2: "two"}) == {"one": 1, "two": 2}
numbers = {n: str(n) for n in range(50)}
for n in range(0, 50, 3):
    del numbers[n]
assert m.invert(numbers) == {str(n): n for n in range(50) if n % 3}
assert raises(TypeError, m.invert, [])
assert raises(TypeError, m.invert, {1: []})

print("features3 ok: types, constants, dictionaries")
