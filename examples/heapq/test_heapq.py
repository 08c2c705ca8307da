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


m = load("heapq")


def drain(heap):
    return [m.heappop(heap) for _ in range(len(heap))]


heap = []
for item in (5, 3, 8, 1, 9, 2, 1):
    assert m.heappush(heap, item) is None
    assert heap[0] == min(heap)
assert drain(heap) == [1, 1, 2, 3, 5, 8, 9] and heap == []

# 101 is prime: every number from 1 to 100 once, in a scattered order
heap = [n * 37 % 101 for n in range(1, 101)]
assert m.heapify(heap) is None
assert all(heap[(i - 1) // 2] <= heap[i] for i in range(1, 100))
m.heappush(heap, -5)
assert drain(heap) == [-5] + list(range(1, 101))

heap = ["pear", "apple", "fig"]
m.heapify(heap)
assert drain(heap) == ["apple", "fig", "pear"]
heap = [(2, "b"), (1, "z"), (1, "a")]
m.heapify(heap)
assert drain(heap) == [(1, "a"), (1, "z"), (2, "b")]
m.heapify(heap)
assert heap == []


class Reversed:
    def __init__(self, n):
        self.n = n

    def __lt__(self, other):
        return self.n > other.n


heap = []
for n in (3, 1, 2):
    m.heappush(heap, Reversed(n))
assert [item.n for item in drain(heap)] == [3, 2, 1]

assert raises(IndexError, m.heappop, [])
assert raises(TypeError, m.heappop, (1, 2))
assert raises(TypeError, m.heapify, "abc")
assert raises(TypeError, m.heappush, None, 1)
assert raises(TypeError, m.heappush, [])
assert raises(TypeError, m.heapify, [1, "a"])
assert m.__name__ == "heapq"

print("heapq ok")
