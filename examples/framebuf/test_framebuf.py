from array import array


# The file name tells the architecture: take the module that is there.
def load(name):
    for arch in "x64 x86 armv6m armv7m armv7emsp armv7emdp xtensa xtensawin rv32imc rv64imc".split():
        try:
            return __import__(name + "_" + arch)
        except ImportError:
            pass
    raise ImportError(name)


def raises(error, function, *args, **kwargs):
    try:
        function(*args, **kwargs)
    except error:
        return True
    return False


m = load("framebuf")


def pixels(fb, width, height):
    return ["".join(".123456789abcdefX"[min(fb.pixel(x, y), 16)] for x in range(width)) for y in range(height)]


def draw(width, height, function, *args):
    """What one call draws on an empty one-bit picture."""
    fb = m.FrameBuffer(bytearray((width + 7) // 8 * height), width, height, m.MONO_HLSB)
    getattr(fb, function)(*args)
    return pixels(fb, width, height)


# Every format: where a pixel lies in memory, and its value back
for format, size, x, y, colour, expected in (
    (m.MONO_VLSB, 16, 2, 9, 1, {10: 0x02}),
    (m.MONO_HLSB, 16, 2, 9, 1, {9: 0x20}),
    (m.MONO_HMSB, 16, 2, 9, 1, {9: 0x04}),
    (m.GS2_HMSB, 32, 2, 9, 3, {18: 0x30}),
    (m.GS4_HMSB, 64, 2, 9, 9, {37: 0x90}),
    (m.GS8, 128, 2, 9, 200, {74: 200}),
    (m.RGB565, 256, 2, 9, 0x1234, {148: 0x34, 149: 0x12}),
):
    memory = bytearray(size)
    fb = m.FrameBuffer(memory, 8, 16, format)
    fb.pixel(x, y, colour)
    assert {i: memory[i] for i in range(size) if memory[i]} == expected, format
    assert fb.pixel(x, y) == colour and fb.pixel(x + 1, y) == 0
    fb.pixel(8, 0, 1)  # outside: nothing happens
    fb.pixel(-1, 0, 1)
    assert fb.pixel(0, 16) is None
    assert bytes(memory) == bytes(fb)
    fb.fill(colour)
    assert all(fb.pixel(px, py) == colour for px in range(8) for py in range(16))
    fb.fill_rect(1, 2, 3, 4, 0)
    assert sum(fb.pixel(px, py) == 0 for px in range(8) for py in range(16)) == 12
    fb.fill(0)
    assert memory == bytes(size)
assert m.MVLSB == m.MONO_VLSB == 0

# a stride that is wider than the picture
memory = bytearray(12)
fb = m.FrameBuffer(memory, 3, 3, m.GS8, 4)
fb.fill(7)
assert memory == b"\7\7\7\0\7\7\7\0\7\7\7\0"

# shapes
assert draw(5, 3, "hline", 1, 1, 3, 1) == [".....", ".111.", "....."]
assert draw(5, 3, "vline", 4, -1, 3, 1) == ["....1", "....1", "....."]
assert draw(5, 3, "rect", 0, 0, 4, 3, 1) == ["1111.", "1..1.", "1111."]
assert draw(5, 3, "rect", 1, 0, 9, 9, 1, True) == [".1111", ".1111", ".1111"]
assert draw(5, 5, "line", 0, 0, 4, 2, 1) == ["1....", ".11..", "...11", ".....", "....."]
assert draw(5, 5, "line", 4, 0, 0, 4, 1) == ["....1", "...1.", "..1..", ".1...", "1...."]
assert draw(5, 3, "line", 2, 1, 2, 1, 1) == [".....", "..1..", "....."]
assert draw(5, 3, "line", 1, -5, 1, 9, 1) == [".1...", ".1...", ".1..."]
assert draw(5, 5, "ellipse", 2, 2, 2, 2, 1) == [".111.", "1...1", "1...1", "1...1", ".111."]
assert draw(5, 5, "ellipse", 2, 2, 2, 1, 1, True) == [".....", ".111.", "11111", ".111.", "....."]
assert draw(5, 5, "ellipse", 2, 2, 2, 2, 1, True, 0b0011) == [".111.", "11111", "11111", ".....", "....."]
triangle = array("h", [0, 0, 4, 2, 0, 4])
assert draw(5, 5, "poly", 0, 0, triangle, 1) == ["11...", "1.11.", "1..11", "111..", "1...."]
assert draw(5, 5, "poly", 0, 0, triangle, 1, True) == ["1....", "111..", "11111", "111..", "1...."]
square = array("b", [0, 0, 3, 0, 3, 3, 0, 3])
assert draw(5, 4, "poly", 1, 0, square, 1) == [".1111", ".1..1", ".1..1", ".1111"]
assert draw(16, 8, "text", "A~", 0, 0) == [
    "...11.....111.11",
    "..1111...11.111.",
    ".11..11.........",
    ".111111.........",
    ".11..11.........",
    ".11..11.........",
    ".11..11.........",
    "................",
]
assert draw(8, 2, "text", "A", -2, 0) == [".11.....", "1111...."]

# scroll leaves what it does not overwrite
fb = m.FrameBuffer(bytearray(9), 3, 3, m.GS8)
for n in range(9):
    fb.pixel(n % 3, n // 3, n + 1)
fb.scroll(1, 0)
assert pixels(fb, 3, 3) == ["112", "445", "778"]
fb.scroll(0, -1)
assert pixels(fb, 3, 3) == ["445", "778", "778"]

# blit: clipped, with a transparent colour, with a palette
source = m.FrameBuffer(bytearray([1, 2, 3, 4]), 2, 2, m.GS8)


def blitted(*args):
    fb = m.FrameBuffer(bytearray(9), 3, 3, m.GS8)
    fb.fill(9)
    fb.blit(*args)
    return pixels(fb, 3, 3)


assert blitted(source, 0, 1) == ["999", "129", "349"]
assert blitted(source, -1, 2) == ["999", "999", "299"]
assert blitted(source, 2, -1, 3) == ["999", "999", "999"]
assert blitted(source, 3, 0) == blitted(source, 0, -2) == ["999", "999", "999"]
palette = m.FrameBuffer(bytearray([0, 5, 6, 7, 8]), 5, 1, m.GS8)
assert blitted(source, 0, 0, -1, palette) == ["569", "789", "999"]
assert blitted(source, 0, 0, 8, palette) == ["569", "799", "999"]
try:
    assert blitted((b"\1\2\3\4", 2, 2, m.GS8), 1, 1) == ["999", "912", "934"]
except TypeError:
    pass  # the original of MicroPython 1.25 takes no tuples


class Canvas(m.FrameBuffer):
    def __init__(self, width, height):
        self.memory = bytearray(width * height)
        super().__init__(self.memory, width, height, m.GS8)


canvas = Canvas(3, 2)
canvas.fill(2)
canvas.blit(source, 1, 0)
assert canvas.memory == b"\2\1\2\2\3\4"

# errors
assert raises(ValueError, m.FrameBuffer, bytearray(3), 2, 2, m.GS8)  # too small
assert raises(ValueError, m.FrameBuffer, bytearray(4), 2, 2, 99)
assert raises(ValueError, m.FrameBuffer, bytearray(4), 0, 2, m.GS8)
assert raises(ValueError, m.FrameBuffer, bytearray(4), 2, 2, m.GS8, 1)
assert raises(TypeError, m.FrameBuffer, b"read only", 2, 2, m.GS8)
assert raises(TypeError, m.FrameBuffer, bytearray(4), 2, 2)
assert raises(TypeError, canvas.blit, 5, 0, 0)
assert raises((TypeError, ValueError), canvas.poly, 0, 0, [1, 2], 1)
assert raises(TypeError, canvas.text, 5, 0, 0)
assert raises(TypeError, canvas.pixel, "0", 0)
assert m.__name__ == "framebuf"

print("framebuf ok")
