"""Any outline on any mesh: areas as shapely finds them; any paint: means between their bounds."""

import numpy as np
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st
from shapely import Polygon

from floorplans.geometry import rectangle
from tests.properties.test_quadtree import trees
from tests.unit.thermal.scenes import area, grid, mesh_of, scene, slab, uniform
from thermal.cover import Conductivities, Shares, raster_integral, rectangles
from thermal.scene import Area

k_values = st.sampled_from([0.025, 0.3, 4.0, 130.0, 390.0])


@st.composite
def boxes(draw: st.DrawFn) -> tuple[float, float, float, float]:
    x0, y0, w, h = (draw(st.integers(1 if i > 1 else 0, 997)) / 997 for i in range(4))
    return x0, y0, x0 + w, y0 + h


@st.composite
def stars(draw: st.DrawFn) -> Polygon:
    """A star-shaped polygon, concave as it comes."""
    radii = draw(st.lists(st.floats(0.05, 0.5), min_size=3, max_size=9))
    turn = draw(st.floats(0.0, 6.28))
    angles = turn + 2 * np.pi * np.arange(len(radii)) / len(radii)
    points = 0.5 + np.array(radii)[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return Polygon(points)


@given(trees(), stars(), boxes())
def test_shares_are_the_areas_of_the_intersections(tree, star, box):
    placed = scene((float(tree.xlines[-1]), float(tree.ylines[-1])), [slab(1.0, area(1.0, 0, 0, 9, 9))])
    shares = Shares.of([star, rectangle(*box)], mesh_of(placed, tree))
    cells = shapely.box(*tree.bounds)
    for i, outline in enumerate((star, rectangle(*box))):
        column, shared = shares.row(i)
        expected = shapely.area(shapely.intersection(cells, outline))
        np.testing.assert_allclose(np.bincount(column, shared, len(tree)), expected, atol=1e-13)


@given(trees(), st.integers(1, 5), st.integers(1, 5), boxes())
def test_rasters_keep_their_sum_and_their_cells(tree, nx, ny, box):
    values = np.random.default_rng(nx * 7 + ny).uniform(0.0, 1.0, (ny, nx))
    got = raster_integral(values, box, tree)
    xs, ys = np.linspace(box[0], box[2], nx + 1), np.linspace(box[1], box[3], ny + 1)
    cells = shapely.box(*tree.bounds)
    expected = np.zeros(len(tree))
    for j in range(ny):
        for i in range(nx):
            pixel = rectangle(xs[i], ys[j], xs[i + 1], ys[j + 1])
            expected += values[j, i] * shapely.area(shapely.intersection(cells, pixel)) / pixel.area
    np.testing.assert_allclose(got, expected, atol=1e-11)


@given(st.lists(st.tuples(boxes(), st.none() | k_values), min_size=1, max_size=5), st.integers(1, 4))
def test_painted_rectangles_have_exact_vertical_means_and_bounded_lateral_ones(paint, n):
    areas = [area(k, *box) for box, k in paint]
    placed = scene((1.0, 1.0), [slab(1.0, *areas)])
    mesh = uniform(placed, n, n)
    k = Conductivities.of(placed, mesh).k[0]
    cells = shapely.box(*mesh.tree.bounds)
    mean, solid, rest = np.zeros(n * n), np.zeros(n * n), cells
    for box, value in reversed(paint):
        part = shapely.area(shapely.intersection(rest, rectangle(*box))) * n * n
        rest = shapely.difference(rest, rectangle(*box))
        mean += part * (value or 0.0)
        solid += part * (value is not None)
    np.testing.assert_allclose(k[:, 4], mean, rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(k[:, 5], solid, atol=1e-7)
    assert np.all(k[solid < 1e-9, :4] == 0.0)
    for low, high in ((0, 1), (2, 3)):
        both = (k[:, low] > 0.0) & (k[:, high] > 0.0)
        across = 2.0 / (1.0 / k[both, low] + 1.0 / k[both, high])
        assert np.all(across <= 2.0 * 390.0)
        assert np.all(across > 0.0)


@given(st.floats(0.02, 0.98), k_values, k_values)
def test_a_straight_edge_gives_harmonic_and_arithmetic_means(edge, left, right):
    placed = scene((1.0, 1.0), [slab(1.0, area(right, 0, 0, 1, 1), area(left, 0, 0, edge, 1))])
    k = Conductivities.of(placed, uniform(placed, 1, 1)).k[0, 0]
    across = 2.0 / (1.0 / k[0] + 1.0 / k[1])
    assert across == pytest.approx(1.0 / (edge / left + (1 - edge) / right), rel=1e-9)
    assert k[2] == k[3] == pytest.approx(edge * left + (1 - edge) * right, rel=1e-9)
    assert k[4] == pytest.approx(edge * left + (1 - edge) * right, rel=1e-9)


@given(st.floats(0.02, 0.98), k_values)
def test_nothing_crosses_a_void_side(edge, left):
    placed = scene((1.0, 1.0), [slab(1.0, area(left, 0, 0, edge, 1))])
    k = Conductivities.of(placed, uniform(placed, 1, 1)).k[0, 0]
    assert k[1] == 0.0
    assert k[0] == pytest.approx(left / edge, rel=1e-9)
    assert k[4] == pytest.approx(edge * left, rel=1e-9)


@given(stars())
def test_an_oblique_region_has_its_exact_area(star):
    assume(rectangles(star) is None)
    placed = scene((1.0, 1.0), [slab(1.0, Area(star, area(100.0, 0, 0, 1, 1).material))])
    tree = grid(np.linspace(0, 1, 4), np.linspace(0, 1, 4), [(0.4, 0.4, 0.5, 0.5, 0.2)])
    mesh = mesh_of(placed, tree)
    k = Conductivities.of(placed, mesh).k[0]
    assert float(k[:, 5] @ mesh.areas) == pytest.approx(star.area, rel=1e-9)
    assert float(k[:, 4] @ mesh.areas) == pytest.approx(100.0 * star.area, rel=1e-9)


@given(st.lists(boxes(), min_size=1, max_size=4))
def test_rectilinear_shapes_are_tiled(found):
    shape = shapely.union_all([rectangle(*b) for b in found])
    assert isinstance(shape, Polygon | shapely.MultiPolygon)
    tiles = rectangles(shape)
    assert tiles is not None
    pieces = shapely.box(*tiles.T)
    assert shapely.area(pieces).sum() == pytest.approx(shape.area, rel=1e-9)
    assert shapely.union_all(pieces).symmetric_difference(shape).area < 1e-9
