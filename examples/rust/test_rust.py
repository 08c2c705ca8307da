import rust as m


def raises(error, function, *args):
    try:
        function(*args)
    except error as e:
        return e.args[0] if e.args else True
    return False


# A table that Rust's compiler made
assert m.crc32(b"") == 0
assert m.crc32(b"123456789") == 0xCBF43926
assert m.crc32(bytearray(range(256))) == 0x29058C73
assert raises(TypeError, m.crc32, 1)

# UTF-8 and Unicode of Rust's core library
assert m.count_words("") == 0
assert m.count_words("  one two\tthree\n") == 3
assert m.count_words("drei\u2003sch\u00f6ne W\u00f6rter\u3000\u65e5\u672c") == 4
assert raises(ValueError, m.count_words, b"\xff") == "not UTF-8"

# Its sorting
assert m.sort([]) == []
assert m.sort([3, -1, 2]) == [-1, 2, 3]
numbers = [(i * 7919) % 1009 - 500 for i in range(200)]
assert m.sort(numbers) == sorted(numbers)
assert raises(TypeError, m.sort, 3)

# A panic becomes an exception with the line of the source.
assert m.middle([1, 2, 3]) == 2
line = raises(RuntimeError, m.middle, [])
assert 60 < line < 90, line
assert m.middle([7]) == 7

# A static variable that begins with a value
assert [m.calls(), m.calls()] == [41, 42]

print("rust ok: core library, panics, tables, static variables")
