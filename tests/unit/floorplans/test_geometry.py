import math

import numpy as np
import pytest
from shapely import Polygon

from floorplans.geometry import (
    Orientation,
    centred,
    oriented,
    oriented_size,
    overhang,
    overlaps,
    placed,
    rectangle,
)

# A mark near the lower-left corner of a 4 x 2 die, longer along x.
SIZE = (4.0, 2.0)
MARK = rectangle(0.0, 0.0, 1.0, 0.5)


@pytest.mark.parametrize(
    ("orient", "bounds"),
    [
        ("R0", (0, 0, 1, 0.5)),
        ("R90", (1.5, 0, 2, 1)),
        ("R180", (3, 1.5, 4, 2)),
        ("R270", (0, 3, 0.5, 4)),
        ("MX", (0, 1.5, 1, 2)),
        ("MY", (3, 0, 4, 0.5)),
        ("MX_R90", (0, 0, 0.5, 1)),
        ("MY_R90", (1.5, 3, 2, 4)),
    ],
)
def test_where_the_corner_of_a_die_goes(orient: str, bounds: tuple[float, ...]):
    # By hand: turn counter-clockwise about the origin, mirror first where named, shift the die back.
    assert oriented(MARK, SIZE, Orientation(orient)).bounds == bounds


def test_placing_shifts_the_turned_box():
    assert placed(MARK, SIZE, Orientation.R90, (10.0, 20.0)).bounds == (11.5, 20.0, 12.0, 21.0)


def test_outlines_stay_counter_clockwise_when_mirrored():
    for orient in Orientation:
        assert oriented(Polygon([(0, 0), (2, 0), (0, 1)]), SIZE, orient).exterior.is_ccw


def test_edges_of_the_die_stay_exactly_on_its_edge():
    size = (0.1 + 0.2, 0.7)
    for orient in Orientation:
        whole = oriented(rectangle(0.0, 0.0, *size), size, orient)
        assert whole.bounds == (0.0, 0.0, *oriented_size(size, orient))


def test_orientations_named_by_composition():
    assert Orientation.MX.then(Orientation.R90) is Orientation.MX_R90
    assert Orientation.MY.then(Orientation.R90) is Orientation.MY_R90
    assert Orientation.R90.then(Orientation.R90) is Orientation.R180
    assert Orientation.MX.then(Orientation.MY) is Orientation.R180


def test_a_box_is_centred():
    assert centred((2.0, 1.0), (5.0, 5.0)) == (1.5, 2.0)


def test_overhang_is_the_worst_side_and_forgives_rounding():
    outer = (0.0, 0.0, 1.0, 1.0)
    assert overhang((0.0, 0.0, 1.0, 1.0), outer) == 0.0
    assert overhang((0.0, -1e-12, 1.0 + 1e-12, 1.0), outer) == 0.0
    assert overhang((-0.25, 0.0, 1.5, 1.0), outer) == 0.5


def test_overlaps_name_the_pair_and_the_area():
    found = overlaps([rectangle(0, 0, 2, 2), rectangle(5, 5, 6, 6), rectangle(1, 1, 3, 3)])
    assert found == [(0, 2, 1.0)]


def test_neighbours_do_not_overlap():
    tiles = [rectangle(x, y, x + 1e-4, y + 1e-4) for x in np.arange(5) / 1e4 for y in np.arange(5) / 1e4]
    assert overlaps(tiles) == []


def test_an_overlap_thinner_than_rounding_is_none():
    assert overlaps([rectangle(0, 0, 1e-3 + 1e-13, 1e-3), rectangle(1e-3, 0, 2e-3, 1e-3)]) == []
    assert len(overlaps([rectangle(0, 0, 1e-3 + 1e-8, 1e-3), rectangle(1e-3, 0, 2e-3, 1e-3)])) == 1


def test_boxes_may_overlap_where_polygons_do_not():
    lower = Polygon([(0, 0), (2, 0), (0, 2)])
    upper = Polygon([(2, 2), (0.5, 2), (2, 0.5)])
    assert overlaps([lower, upper]) == []


def test_of_very_many_overlaps_some_are_given():
    assert len(overlaps([rectangle(0, 0, 1, 1)] * 3000, most=100)) == 100


def test_nothing_overlaps_alone():
    assert overlaps([]) == []
    assert overlaps([rectangle(0, 0, 1, 1)]) == []


def test_areas_are_kept():
    outline = Polygon([(0, 0), (3, 0), (3, 1), (1, 1), (1, 2), (0, 2)])
    for orient in Orientation:
        assert math.isclose(oriented(outline, SIZE, orient).area, outline.area)
