from features0 import factorial


def raises(error, *args):
    try:
        factorial(*args)
    except error:
        return True
    return False


expected = 1
for n in range(13):
    expected *= n or 1
    assert factorial(n) == expected, n
assert factorial(True) == 1

assert raises(ValueError, -1)
assert raises(ValueError, 21)  # 21! does not fit 64 bits
assert raises(TypeError, "3")
assert raises(TypeError, None)
assert raises(TypeError)
assert raises(TypeError, 1, 2)

try:
    largest = factorial(20)  # fits 64 bits, not 32
    assert largest == 2432902008176640000, largest
    bits = 64
except ValueError:
    bits = 32

print("features0 ok: factorial, %d-bit integers" % bits)
