import math

from hypothesis import given
from hypothesis import strategies as st
from shapely import Polygon

from floorplans.block import Block
from floorplans.diagnostics import Problems
from floorplans.floorplan import Floorplan
from floorplans.formats.flp import parse_flp, write_flp
from floorplans.geometry import Orientation, oriented, oriented_size, overlaps, placed, rectangle

orientations = st.sampled_from(list(Orientation))
lengths = st.floats(1e-6, 0.1, allow_subnormal=False)
sizes = st.tuples(lengths, lengths)
places = st.tuples(st.floats(-0.1, 0.1), st.floats(-0.1, 0.1))


@st.composite
def triangles(draw: st.DrawFn) -> tuple[Polygon, tuple[float, float]]:
    """A triangle well away from a line, and the size of a box it lies in."""
    width, height = draw(sizes)
    share = st.floats(0.0, 1.0)
    a, b, c = draw(st.floats(0.1, 0.9)), draw(share), draw(share)
    return Polygon([(0.0, b * height), (width, c * height), (a * width, 1.5 * height)]), (width, 2 * height)


def close(a: Polygon, b: Polygon, scale: float) -> bool:
    return math.isclose(a.area, b.area, rel_tol=1e-9) and a.hausdorff_distance(b) <= 1e-12 * scale


@given(triangles(), orientations, places)
def test_turning_keeps_the_area_and_placing_sets_the_corner(
    shape: tuple[Polygon, tuple[float, float]], orient: Orientation, at: tuple[float, float]
):
    polygon, size = shape
    assert math.isclose(placed(polygon, size, orient, at).area, polygon.area, rel_tol=1e-6)
    whole = placed(rectangle(0.0, 0.0, *size), size, orient, at)
    width, height = oriented_size(size, orient)
    assert whole.bounds == (at[0], at[1], at[0] + width, at[1] + height)


@given(triangles(), orientations, orientations)
def test_turning_twice_is_turning_once_by_the_product(
    shape: tuple[Polygon, tuple[float, float]], first: Orientation, second: Orientation
):
    polygon, size = shape
    twice = oriented(oriented(polygon, size, first), oriented_size(size, first), second)
    assert close(twice, oriented(polygon, size, first.then(second)), max(size))


@given(triangles(), orientations)
def test_every_turn_is_undone_by_its_inverse(shape: tuple[Polygon, tuple[float, float]], orient: Orientation):
    polygon, size = shape
    back = oriented(oriented(polygon, size, orient), oriented_size(size, orient), orient.inverse)
    assert close(back, polygon, max(size))


@given(orientations, orientations, orientations)
def test_orientations_form_a_group(a: Orientation, b: Orientation, c: Orientation):
    assert a.then(b).then(c) is a.then(b.then(c))
    assert a.then(Orientation.R0) is a
    assert a.then(a.inverse) is Orientation.R0


@given(
    st.lists(
        st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(1, 9), st.integers(1, 9)), max_size=30
    )
)
def test_overlaps_are_those_of_every_pair(boxes: list[tuple[int, int, int, int]]):
    expected = []
    for j, (x, y, w, h) in enumerate(boxes):
        for i, (u, v, a, b) in enumerate(boxes[:j]):
            across = min(x + w, u + a) - max(x, u)
            along = min(y + h, v + b) - max(y, v)
            if across > 0 and along > 0:
                expected.append((i, j, float(across * along)))
    found = overlaps([rectangle(x, y, x + w, y + h) for x, y, w, h in boxes], most=1000)
    assert found == sorted(expected)


@given(st.lists(st.tuples(places, sizes), min_size=1, max_size=20))
def test_hotspot_floorplans_return_as_written(rects: list[tuple[tuple[float, float], tuple[float, float]]]):
    blocks = tuple(
        Block(name=f"b{i}", rect_um=(x * 1e6, y * 1e6, x * 1e6 + w * 1e6, y * 1e6 + h * 1e6))
        for i, ((x, y), (w, h)) in enumerate(rects)
    )
    problems = Problems()
    units = parse_flp(write_flp(Floorplan(blocks=blocks)), "t.flp", problems)
    assert not len(problems)
    for block, unit in zip(blocks, units, strict=True):
        again = Block(name=unit.name, rect_um=unit.rect_um)
        assert again.name == block.name
        assert all(
            math.isclose(a, b, rel_tol=1e-15, abs_tol=1e-24)
            for a, b in zip(again.outline.bounds, block.outline.bounds, strict=True)
        )
