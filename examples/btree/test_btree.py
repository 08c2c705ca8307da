import gc
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


m = load("btree")

file = BytesIO()
db = m.open(file, pagesize=512)
assert repr(db).startswith("<btree ")

# put, get, overwrite, delete
assert db.put(b"two", b"2") == 0
db[b"one"] = b"1"
db["text"] = "also"
assert db[b"one"] == b"1" and db.get(b"two") == b"2" and db[b"text"] == b"also"
db[b"one"] = b"first"
assert db[b"one"] == b"first"
assert b"one" in db and b"three" not in db
assert db.get(b"three") is None and db.get(b"three", b"?") == b"?"
assert raises(KeyError, lambda: db[b"three"])
del db[b"one"]
assert b"one" not in db
try:
    del db[b"one"]
    assert False
except KeyError:
    pass
assert raises(TypeError, lambda: db[1])
assert raises(TypeError, db.put, b"x", 5)
assert list(db) == [b"text", b"two"]
del db[b"text"], db[b"two"]
assert list(db) == []

# Enough for several levels of pages, and one value that needs overflow pages
COUNT = 600


def key(n):
    return b"key%04d" % n


def value(n):
    return bytes([n & 255]) * (n % 40)


for n in range(COUNT):
    db[key(n * 7 % COUNT)] = value(n * 7 % COUNT)
    if n % 100 == 0:
        gc.collect()
big = bytes(range(256)) * 20
db[b"zz"] = big
assert db[b"zz"] == big
db[b"zz"] = big[:3000]
assert db[b"zz"] == big[:3000]
del db[b"zz"]
assert all(db[key(n)] == value(n) for n in range(COUNT))
assert list(db) == [key(n) for n in range(COUNT)]
assert list(db.values()) == [value(n) for n in range(COUNT)]

# ranges: start, end, flags
assert list(db.keys(key(595))) == [key(n) for n in range(595, 600)]
assert list(db.keys(key(10), key(13))) == [key(10), key(11), key(12)]
assert list(db.keys(key(10), key(13), m.INCL)) == [key(10), key(11), key(12), key(13)]
assert list(db.keys(key(13), key(10), m.DESC)) == [key(13), key(12), key(11)]
assert list(db.keys(key(13), key(10), m.DESC | m.INCL)) == [key(13), key(12), key(11), key(10)]
assert list(db.keys(None, key(2))) == [key(0), key(1)]
assert list(db.keys(None, None, m.DESC))[:2] == [key(599), key(598)]
assert list(db.items(key(3), key(5))) == [(key(3), value(3)), (key(4), value(4))]
assert list(db.items(b"key0003x", b"key0005x")) == [(key(4), value(4)), (key(5), value(5))]
assert list(db.values(key(41), key(43))) == [value(41), value(42)]
assert list(db.keys(b"zzz")) == []

# seq: 3 first, 6 last, 7 next, 9 previous, 1 at a key
assert db.seq(3) == (key(0), value(0))
assert db.seq(7) == (key(1), value(1))
assert db.seq(1, b"key0100") == (key(100), value(100))
assert db.seq(9) == (key(99), value(99))
assert db.seq(6) == (key(599), value(599)) and db.seq(7) is None

# deletion while pages empty, and reopening
for n in range(0, COUNT, 3):
    del db[key(n)]
assert db.flush() == 0
assert list(db) == [key(n) for n in range(COUNT) if n % 3]
assert db.close() == 0
assert db.close() == 0  # again
assert raises(ValueError, db.get, b"x")
assert raises(ValueError, db.flush)
assert raises(ValueError, lambda: b"x" in db)
assert raises(ValueError, list, db)

file = BytesIO(file.getvalue())
db = m.open(file, cachesize=4096)
assert list(db.items()) == [(key(n), value(n)) for n in range(COUNT) if n % 3]
db.close()

# errors
assert raises(OSError, m.open, BytesIO(), pagesize=511)
assert raises(OSError, m.open, BytesIO(b"no database at all" * 100))
assert raises(TypeError, m.open)
assert raises((OSError, TypeError), m.open, 5)
assert raises(TypeError, m.open, BytesIO(), pages=512)
assert raises(TypeError, m.open, BytesIO(), 512)
assert m.__name__ == "btree"

print("btree ok")
