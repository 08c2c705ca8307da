# The Python half of the module. It runs in the same namespace as the C half, so C's names are simply there.

# ruff: noqa: F821


def mean(values):
    return dot(values, [1] * len(values)) / len(values)


def variance(values):
    centre = mean(values)
    offsets = [value - centre for value in values]
    return dot(offsets, offsets) / len(values)


def line_fit(xs, ys):
    """Slope and offset of the straight line with the least squared error."""
    slope = (mean([x * y for x, y in zip(xs, ys)]) - mean(xs) * mean(ys)) / variance(xs)
    return slope, polynomial([-slope, mean(ys)], mean(xs))
