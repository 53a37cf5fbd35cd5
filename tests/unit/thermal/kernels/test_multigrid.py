"""Colouring, adjacency and the factors of columns."""

from fractions import Fraction
from itertools import pairwise

import numpy as np

from thermal.kernels import multigrid as kernels


def path(n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Adjacency of n columns in a row."""
    first, second = np.arange(n - 1, dtype=np.int32), np.arange(1, n, dtype=np.int32)
    start, other = np.empty(n + 1, np.int64), np.empty(2 * n - 2, np.int32)
    face = np.empty(2 * n - 2, np.int32)
    kernels.adjacency(first, second, n, start, other, face)
    return start, other, face


def test_adjacency_lists_every_face_from_both_sides():
    start, other, face = path(4)
    listed = [sorted(zip(other[a:b], face[a:b], strict=True)) for a, b in pairwise(start)]
    assert listed == [[(1, 0)], [(0, 0), (2, 1)], [(1, 1), (3, 2)], [(2, 2)]]


def test_neighbouring_blocks_differ_in_colour():
    start, other, _ = path(10)
    starts = np.array([0, 3, 6, 10], np.int64)
    block_of = np.repeat(np.arange(3), [3, 3, 4])
    shade = np.empty(3, np.int64)
    assert kernels.colour(starts, block_of, start, other, shade) == 2
    assert shade[0] != shade[1] != shade[2]


def test_pivots_are_those_of_gaussian_elimination_without_cancellation():
    """Vertical couplings 1e6 times the lateral ones: the exact pivot is found to single precision."""
    start, _, face = path(2)
    nz = 40
    lateral = np.full((1, nz), 1e-3, np.float32)
    vertical = np.full((2, nz), 1e3, np.float32)
    vertical[:, -1] = 0.0
    loss = np.zeros((2, 2), np.float32)
    pivot = np.empty((2, nz), np.float32)
    kernels.factor(start, face, lateral, vertical, loss, pivot)

    g, v = Fraction(float(np.float32(1e-3))), Fraction(1000)
    exact: list[Fraction] = []
    below = Fraction(0)
    for k in range(nz):
        up = v if k < nz - 1 else Fraction(0)
        p = g + up + (below - below * below / exact[-1] if exact else 0)
        exact.append(p)
        below = up
    np.testing.assert_allclose(pivot[0], [float(1 / p) for p in exact], rtol=3e-7)


def test_a_void_cell_has_the_pivot_one():
    start, _, face = path(2)
    zeros = np.zeros((2, 3), np.float32)
    pivot = np.empty((2, 3), np.float32)
    kernels.factor(start, face, np.zeros((1, 3), np.float32), zeros, np.zeros((2, 2), np.float32), pivot)
    np.testing.assert_array_equal(pivot, 1.0)
