from io import BytesIO


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


m = load("deflate")

TEXT = b"the quick brown fox " * 6 + b"jumps"
# What zlib's own compress functions make of TEXT
RAW = (
    b"\x2b\xc9\x48\x55\x28\x2c\xcd\x4c\xce\x56\x48\x2a\xca\x2f\xcf\x53\x48\xcb\xaf\x50"
    b"\x28\xa1\x83\x58\x56\x69\x6e\x41\x31\x00"
)
ZLIB = b"\x78\xda" + RAW + b"\x51\x74\x2e\x22"
GZIP = b"\x1f\x8b\x08\0\0\0\0\0\x02\x03" + RAW + b"\x0f\xff\x19\xdf\x7d\0\0\0"
STORED = b"\x78\x01\x01\x0e\x00\xf1\xffstored data \x00\xff\x28\xf5\x05\x6b"


def unpack(data, *args):
    return m.DeflateIO(BytesIO(data), *args).read()


def pack(data, *args):
    file = BytesIO()
    with m.DeflateIO(file, *args) as stream:
        for start in range(0, len(data), 1000):
            assert stream.write(data[start : start + 1000]) == len(data[start : start + 1000])
    return file.getvalue()


# reading
assert (m.AUTO, m.RAW, m.ZLIB, m.GZIP) == (0, 1, 2, 3)
assert unpack(RAW, m.RAW) == TEXT
assert unpack(ZLIB) == unpack(ZLIB, m.ZLIB) == TEXT
assert unpack(GZIP) == unpack(GZIP, m.GZIP) == TEXT
assert unpack(STORED) == b"stored data \x00\xff"
assert unpack(ZLIB, m.AUTO, 15) == TEXT

stream = m.DeflateIO(BytesIO(ZLIB))
assert stream.read(0) == b"" and stream.read(9) == b"the quick"
buffer = bytearray(6)
assert stream.readinto(buffer) == 6 and buffer == b" brown"
rest = stream.read()
assert rest == TEXT[15:] and stream.read() == b""
lines = m.DeflateIO(BytesIO(pack(b"one\ntwo\n\nlast", m.ZLIB)))
assert [lines.readline() for _ in range(5)] == [b"one\n", b"two\n", b"\n", b"last", b""]

# writing
binary = bytes((n * n >> 3) & 255 for n in range(5000))
for format in (m.RAW, m.ZLIB, m.GZIP):
    for window in (0, 5, 9, 15):
        for data in (b"x", TEXT, binary, bytes(3000)):
            assert unpack(pack(data, format, window), format, window or 15) == data, (format, window, len(data))
assert pack(b"", m.ZLIB) == b""  # nothing is written before the first byte
packed = pack(TEXT, m.ZLIB)
assert packed[0] == 0x18 and (packed[0] * 256 + packed[1]) % 31 == 0 and packed[-4:] == ZLIB[-4:]
assert len(packed) < 50
packed = pack(TEXT, m.GZIP)
assert packed[:4] == b"\x1f\x8b\x08\0" and packed[-8:] == GZIP[-8:]

# closing
file = BytesIO(ZLIB)
with m.DeflateIO(file) as stream:
    stream.read(1)
assert file.read(0) == b""  # the file stays open
assert raises(OSError, stream.read)
file = BytesIO()
stream = m.DeflateIO(file, m.RAW, 0, True)
stream.write(b"x")
assert stream.close() is None
assert raises(ValueError, file.getvalue) or raises(OSError, file.getvalue)

# errors
broken = bytearray(ZLIB)
broken[0] = 0x79
assert raises(OSError, unpack, broken)
broken = bytearray(ZLIB)
broken[-1] ^= 1  # checksum
assert raises(OSError, unpack, broken)
assert raises(OSError, unpack, ZLIB, m.GZIP)
assert raises(OSError, unpack, GZIP, m.ZLIB)
assert raises(EOFError, unpack, ZLIB[:20])
assert raises(EOFError, unpack, b"")
assert raises(OSError, unpack, b"\x07", m.RAW)  # block of an unknown type
assert raises(ValueError, m.DeflateIO, BytesIO(), 4)
assert raises(ValueError, m.DeflateIO, BytesIO(), m.RAW, 16)
assert raises(ValueError, m.DeflateIO, BytesIO(), m.RAW, 4)
assert raises(TypeError, m.DeflateIO)
assert raises((OSError, AttributeError), m.DeflateIO(5).read)
assert m.__name__ == "deflate"

print("deflate ok")
