import zig as m

# A table that Zig's compiler made
assert [n for n in range(40) if m.is_prime(n)] == [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37]
assert m.is_prime(251) and not m.is_prime(255) and not m.is_prime(256) and m.is_prime(257)
assert m.is_prime(65537) and not m.is_prime(65536) and not m.is_prime(257 * 257) and m.is_prime(1000003)

# One function for two types
assert m.largest([3, -1, 17, 2]) == 17
assert m.largest([-5]) == -5
assert m.largest([]) is None
assert m.largest(b"hello") == ord("o")
assert m.largest(b"") is None

assert m.rot13(bytearray(b"Hello, World!")) == b"Uryyb, Jbeyq!"

# A variable that begins with a value
assert [m.calls(), m.calls()] == [41, 42]

print("zig ok: tables, generic functions, variables")
