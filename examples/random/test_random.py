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


m = load("random")


def bits(n, count):
    return [m.getrandbits(n) for _ in range(count)]


# The generator's numbers, as the built-in module gives them
assert bits(32, 2) == [3210414086, 1932810334]  # without a seed
m.seed(0)
assert bits(32, 4) == [2002156, 1421650768, 1366029939, 3697879127]
m.seed(12345)
assert bits(32, 4) == [3467018, 3807299722, 3120426959, 1967513514]
m.seed(7)
assert [m.getrandbits(n) for n in (1, 3, 8, 16, 31)] == [0, 5, 184, 44644, 947086947]
assert m.getrandbits(0) == 0
assert raises(ValueError, m.getrandbits, 33)
assert raises(ValueError, m.getrandbits, -1)
assert raises(TypeError, m.getrandbits, "8")
assert raises(ValueError, m.seed)  # a module knows no source of seeds
assert raises(TypeError, m.seed, "x")

m.seed(7)
assert [m.randrange(10) for _ in range(12)] == [4, 5, 8, 4, 3, 0, 0, 9, 1, 5, 2, 3]
assert [m.randint(-5, 5) for _ in range(8)] == [2, 4, 4, 2, 3, -4, -4, 0]
assert [m.randrange(0, 100, 7) for _ in range(6)] == [42, 84, 84, 63, 77, 70]
assert [m.choice("abcdef") for _ in range(8)] == ["d", "b", "e", "f", "a", "e", "a", "c"]

assert {m.randrange(3) for _ in range(200)} == {0, 1, 2}
assert {m.randrange(-2, 2) for _ in range(200)} == {-2, -1, 0, 1}
assert {m.randrange(10, 0, -3) for _ in range(200)} == {10, 7, 4, 1}
assert {m.randint(5, 7) for _ in range(200)} == {5, 6, 7}
assert m.randint(4, 4) == 4
assert {m.choice([1, None]) for _ in range(200)} == {1, None}
for arguments in ((0,), (-3,), (2, 2), (3, 2), (0, 10, 0), (10, 0, 1), (0, 10, -1)):
    assert raises(ValueError, m.randrange, *arguments), arguments
assert raises(ValueError, m.randint, 2, 1)
assert raises(IndexError, m.choice, "")
assert raises(TypeError, m.choice, 5)

# Floats are made of the same numbers, with the precision of the float the module was built for.
for seed in (7, 8, 99):
    m.seed(seed)
    high, low = bits(32, 2)
    single = (high & 0x7FFFFF) / 0x800000
    double = (((high & 0xFFFFF) << 32) | low) / (1 << 52)
    m.seed(seed)
    value = m.random()
    assert min(abs(value - single), abs(value - double)) < 1e-6, value
    m.seed(seed)
    assert abs(m.uniform(-2, 6.0) - (-2 + 8 * value)) < 1e-5
values = [m.random() for _ in range(500)]
assert all(0 <= value < 1 for value in values)
assert 0.4 < sum(values) / 500 < 0.6
assert all(1.5 <= m.uniform(1.5, 2) <= 2 for _ in range(100))
assert all(-1 <= m.uniform(3, -1) <= 3 for _ in range(100))
assert raises(TypeError, m.uniform, "a", 1)
assert raises(TypeError, m.uniform, 1)
assert m.__name__ == "random"

print("random ok")
