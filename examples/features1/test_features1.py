import sys
import features1 as m


def raises(error, function, *args):
    try:
        function(*args)
    except error:
        return True
    return False


assert m.calls() == [0, 0]  # BSS starts as zeros

assert m.clamp(5, 0, 10) == 5
assert m.clamp(-5, 0, 10) == 0
assert m.clamp(15, 0, 10) == 10
assert m.clamp(-7, -7, -7) == -7
assert raises(ValueError, m.clamp, 1, 3, 2)
assert raises(TypeError, m.clamp, 1, 2)
assert raises(TypeError, m.clamp, "1", 2, 3)

assert m.collatz(1) == [1]
assert m.collatz(6) == [6, 3, 10, 5, 16, 8, 4, 2, 1]
steps = m.collatz(27)
assert len(steps) == 112 and max(steps) == 9232
assert raises(ValueError, m.collatz, 0)
assert raises(TypeError, m.collatz, [])
# The largest machine word, which is odd
assert raises(OverflowError, m.collatz, sys.maxsize)

assert m.morse("sos") == "... --- ..."
assert m.morse("a z") == ".- / --.."
assert m.morse("") == ""
assert (
    m.morse("abcdefghijklmnopqrstuvwxyz")
    == ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..- -.-- --.."
)
assert raises(ValueError, m.morse, "SOS")
assert raises(ValueError, m.morse, "a{")
assert raises(TypeError, m.morse, 1)

assert [m.ordinal(month, 1) for month in range(1, 13)] == [1, 32, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335]
assert m.ordinal(12, 31) == 365
assert m.ordinal(12, 31, True) == 366
assert m.ordinal(2, 29, True) == 60
assert raises(IndexError, m.ordinal, 0, 1)
assert raises(IndexError, m.ordinal, 13, 1)
assert raises(TypeError, m.ordinal, 1)
assert raises(TypeError, m.ordinal, 1, 2, 3, 4)

assert m.ramp(0) == b""
assert m.ramp(4) == bytearray(b"\0\1\2\3") and type(m.ramp(4)) is bytearray
assert m.ramp(300)[255:258] == b"\xff\0\1"
buffer = m.ramp(3)
buffer[0] = 9
buffer.append(7)
assert buffer == b"\x09\1\2\7"
assert raises(ValueError, m.ramp, -1)
assert raises(TypeError, m.ramp, "x")

assert m.calls() == [6, 7], m.calls()
assert m.LETTERS == 26
assert m.GREETING == "hello_from_C"

print("features1 ok: lists, strings, exceptions, memory, BSS, rodata")
