"""Morton codes and the search in them."""

import numpy as np

from thermal.kernels import quadtree as kernels


def ints(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


def test_morton_interleaves_bits_x_first():
    np.testing.assert_array_equal(
        kernels.morton(ints(0, 1, 0, 1, 2, 3), ints(0, 0, 1, 1, 0, 3)), [0, 1, 2, 3, 4, 15]
    )


def test_morton_holds_31_bits():
    top = (1 << 31) - 1
    found = kernels.morton(ints(top, 0, top), ints(0, top, top))
    bits = sum(1 << (2 * i) for i in range(31))
    np.testing.assert_array_equal(found, [bits, 2 * bits, 3 * bits])


def test_morton_is_the_bitwise_definition():
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 1 << 31, 50), rng.integers(0, 1 << 31, 50)
    for code, i, j in zip(kernels.morton(x, y), x, y, strict=True):
        expected = sum(((int(i) >> b & 1) << 2 * b) | ((int(j) >> b & 1) << (2 * b + 1)) for b in range(31))
        assert code == expected


def test_find_gives_the_leaf_that_starts_at_or_before_the_code():
    # Four quarters of a cell of 4 x 4, the last of them in quarters again.
    ix, iy = ints(0, 2, 0, 2, 3, 2, 3), ints(0, 0, 2, 2, 2, 3, 3)
    keys = kernels.morton(ix, iy)
    found = kernels.find_many(keys, ints(1, 3, 1, 2, 3, 2, 3), ints(1, 1, 3, 2, 2, 3, 3))
    np.testing.assert_array_equal(found, range(7))


def test_grow_counts_beyond_its_room():
    lines = np.array([0.0, 1.0])
    sizes = np.array([[0.0, 0.0, 1.0, 1.0, 0.25]])
    out = np.zeros((3, 3), np.int64)
    assert kernels.grow(lines, lines, sizes, 1.0, 2, out) == 16
    np.testing.assert_array_equal(out[:, 2], 2)
