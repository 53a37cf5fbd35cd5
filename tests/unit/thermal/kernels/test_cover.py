"""Clipped areas, and the two halves of a cut strip."""

from collections.abc import Sequence

import numpy as np
import pytest
from shapely import Polygon, box

from thermal.kernels.cover import clipped_area, split_strip


def clipped(points: Sequence[tuple[float, float]], *cell: float) -> float:
    vx, vy = np.array(points, float).T
    return float(clipped_area(np.ascontiguousarray(vx), np.ascontiguousarray(vy), *cell))


COMB = [(0, 0), (5, 0), (5, 3), (4, 3), (4, 1), (3, 1), (3, 3), (2, 3), (2, 1), (1, 1), (1, 3), (0, 3)]


@pytest.mark.parametrize(
    "cell", [(0.5, 0.5, 4.5, 2.0), (-1, -1, 6, 4), (1.2, 1.5, 1.8, 2.5), (0, 0, 1, 1), (2.5, 2, 9, 9)]
)
@pytest.mark.parametrize("turn", [1, -1])
def test_area_of_a_comb_in_a_cell_either_way_round(cell, turn):
    expected = Polygon(COMB).intersection(box(*cell)).area
    assert clipped(COMB[::turn], *map(float, cell)) == pytest.approx(expected, abs=1e-14)


def test_a_zigzag_that_crosses_the_cell_many_times():
    """Each edge crosses two sides of the cell: the clipped polygon has twice the corners."""
    n = 60
    zigzag = [(-1.0 if i % 2 else 2.0, i / n) for i in range(n)] + [(3.0, 1.0), (3.0, -1.0)]
    outline = Polygon(zigzag)
    assert outline.is_valid
    cell = (0.2, 0.3, 0.7, 0.8)
    assert clipped(zigzag, *cell) == pytest.approx(outline.intersection(box(*cell)).area, rel=1e-12)


def halves(k: list[float], widths: list[float]) -> tuple[float, float]:
    a, b = split_strip(np.array(k), np.array(widths))
    return float(a), float(b)


def test_halves_in_series_are_the_harmonic_mean_however_it_is_cut():
    k, widths = [1.0, 100.0, 3.0, 20.0], [0.1, 0.4, 0.3, 0.2]
    a, b = halves(k, widths)
    expected = 1.0 / sum(w / v for w, v in zip(widths, k, strict=True))
    assert 2.0 / (1.0 / a + 1.0 / b) == pytest.approx(expected, rel=1e-13)


def test_a_sliver_of_good_conductor_takes_the_centre_to_itself():
    a, b = halves([1000.0, 0.001], [0.1, 0.9])
    assert a == pytest.approx(0.5 / (0.05 / 1000.0), rel=1e-3)
    assert b == pytest.approx(0.5 / (0.05 / 1000.0 + 0.9 / 0.001), rel=1e-3)


def test_void_at_a_face_and_void_within():
    assert halves([0.0, 10.0], [0.5, 0.5]) == pytest.approx((0.0, 20.0))
    assert halves([10.0, 0.0], [0.5, 0.5]) == pytest.approx((20.0, 0.0))
    a, b = halves([10.0, 0.0, 10.0], [0.25, 0.5, 0.25])
    # A gap inside one cell is passed over: a limit of validity, see docs/theory/solver.md.
    assert (a, b) == pytest.approx((20.0, 20.0))
