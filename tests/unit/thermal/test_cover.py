"""Conductivities of cut cells, exact shares of outlines, integrals of rasters."""

import numpy as np
import pytest
import shapely
from shapely import MultiPolygon, Polygon

from floorplans.geometry import rectangle
from tests.unit.thermal.scenes import area, grid, material, mesh_of, scene, slab, uniform
from thermal.cover import Conductivities, Shares, raster_integral, rectangles
from thermal.kernels.cover import split_strip
from thermal.scene import Area

UNIT = (0.0, 0.0, 1.0, 1.0)
COPPER, MOLD = 400.0, 0.8


def conductivity(*areas: Area, nx: int = 1, ny: int = 1) -> np.ndarray:
    """``[columns, 6]`` of areas painted on the unit square."""
    placed = scene((1.0, 1.0), [slab(1.0, *areas)])
    found = Conductivities.of(placed, uniform(placed, nx, ny))
    return np.asarray(found.k[found.pattern[0]], float)


def harmonic(*parts: tuple[float, float]) -> float:
    return sum(w for _, w in parts) / sum(w / k for k, w in parts)


def arithmetic(*parts: tuple[float, float]) -> float:
    return sum(k * w for k, w in parts) / sum(w for _, w in parts)


def series(low: float, high: float) -> float:
    """Conductivity of a cell across both of its halves."""
    return 2.0 / (1.0 / low + 1.0 / high)


class TestStraightEdge:
    k = conductivity(area(MOLD, *UNIT), area(COPPER, 0.0, 0.0, 0.3, 1.0))[0]
    parts = (COPPER, 0.3), (MOLD, 0.7)

    def test_across_the_edge_the_halves_in_series_are_the_harmonic_mean(self):
        assert series(self.k[0], self.k[1]) == pytest.approx(harmonic(*self.parts), rel=1e-12)

    def test_the_cell_stands_where_its_conductor_is(self):
        centre = (COPPER * 0.3 * 0.15 + MOLD * 0.7 * 0.65) / (COPPER * 0.3 + MOLD * 0.7)
        assert self.k[0] == pytest.approx(0.5 / (centre / COPPER), rel=1e-12)
        assert self.k[1] == pytest.approx(0.5 / ((0.3 - centre) / COPPER + 0.7 / MOLD), rel=1e-12)

    def test_along_the_edge_both_halves_are_the_arithmetic_mean(self):
        np.testing.assert_allclose(self.k[[2, 3, 4]], arithmetic(*self.parts), rtol=1e-12)
        assert self.k[5] == 1.0

    def test_turned_by_a_quarter_the_axes_change_places(self):
        turned = conductivity(area(MOLD, *UNIT), area(COPPER, 0.0, 0.0, 1.0, 0.3))[0]
        np.testing.assert_allclose(turned, self.k[[2, 3, 0, 1, 4, 5]], rtol=1e-12)

    def test_mirrored_the_halves_change_places(self):
        mirrored = conductivity(area(MOLD, *UNIT), area(COPPER, 0.7, 0.0, 1.0, 1.0))[0]
        np.testing.assert_allclose(mirrored, self.k[[1, 0, 2, 3, 4, 5]], rtol=1e-12)


def test_a_whole_cell_keeps_its_anisotropic_conductivity():
    k = conductivity(Area(rectangle(*UNIT), material(1.0, 2.0, 3.0)))[0]
    np.testing.assert_array_equal(k, [1.0, 1.0, 2.0, 2.0, 3.0, 1.0])


def test_the_void_side_conducts_nothing():
    k = conductivity(area(COPPER, 0.0, 0.0, 0.3, 1.0))[0]
    assert k[1] == 0.0
    assert k[0] == pytest.approx(0.5 * COPPER / 0.15)
    np.testing.assert_allclose(k[[2, 3, 4]], 0.3 * COPPER)
    assert k[5] == pytest.approx(0.3)


def test_void_painted_over_solid_takes_it_away():
    k = conductivity(area(COPPER, *UNIT), area(None, 0.5, 0.0, 1.0, 1.0), nx=4)
    np.testing.assert_array_equal(k[:, 5], [1.0, 1.0, 0.0, 0.0])
    np.testing.assert_array_equal(k[2:], 0.0)


def test_the_later_paint_wins():
    first = conductivity(area(1.0, *UNIT), area(2.0, 0.0, 0.0, 0.6, 1.0), area(3.0, 0.4, 0.0, 1.0, 1.0))[0]
    last = conductivity(area(1.0, *UNIT), area(3.0, 0.4, 0.0, 1.0, 1.0), area(2.0, 0.0, 0.0, 0.6, 1.0))[0]
    assert first[4] == pytest.approx(0.4 * 2 + 0.6 * 3)
    assert last[4] == pytest.approx(0.6 * 2 + 0.4 * 3)


def test_a_cell_in_four_parts_by_hand():
    """Strips along x in parallel, each with its own harmonic mean."""
    k = conductivity(area(1.0, *UNIT), area(4.0, 0.0, 0.0, 0.5, 0.25))[0]
    centre = (4 * 0.5 * 0.25 + 0.5 * 0.75) / 2.5
    low, high = 0.5 / (centre / 4), 0.5 / ((0.5 - centre) / 4 + 0.5)
    assert k[0] == pytest.approx(0.25 * low + 0.75 * 1.0, rel=1e-12)
    assert k[1] == pytest.approx(0.25 * high + 0.75 * 1.0, rel=1e-12)
    assert k[4] == pytest.approx(1.0 + 3.0 * 0.125, rel=1e-12)


def test_split_strip_of_one_material_is_that_material():
    assert split_strip(np.full(3, 7.0), np.array([0.1, 0.5, 0.4])) == pytest.approx((7.0, 7.0))
    assert split_strip(np.zeros(2), np.array([0.5, 0.5])) == (0.0, 0.0)


def test_slabs_painted_alike_share_a_pattern():
    a, b = area(1.0, *UNIT), area(2.0, *UNIT)
    placed = scene((1.0, 1.0), [slab(1.0, a), slab(2.0, b), slab(3.0, a)])
    found = Conductivities.of(placed, uniform(placed, 2, 2))
    np.testing.assert_array_equal(found.pattern, [0, 1, 0])
    assert found.k.shape == (2, 4, 6)


class TestOblique:
    triangle = Polygon([(0.1, 0.1), (0.9, 0.2), (0.4, 0.85)])

    def test_vertical_mean_and_solid_share_are_exact(self):
        areas = area(MOLD, 0.0, 0.0, 0.8, 1.0), Area(self.triangle, material(COPPER))
        k = conductivity(*areas, nx=5, ny=3)
        placed = scene((1.0, 1.0), [slab(1.0, *areas)])
        x0, y0, x1, y1 = uniform(placed, 5, 3).tree.bounds
        cells = shapely.box(x0, y0, x1, y1)
        copper = shapely.area(shapely.intersection(cells, self.triangle)) * 15
        below = shapely.difference(rectangle(0.0, 0.0, 0.8, 1.0), self.triangle)
        mold = shapely.area(shapely.intersection(cells, below)) * 15
        np.testing.assert_allclose(k[:, 4], COPPER * copper + MOLD * mold, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(k[:, 5], copper + mold, rtol=1e-9, atol=1e-9)

    def test_lateral_conductivity_lies_between_its_bounds(self):
        """At least the harmonic mean; at most twice the arithmetic, as each strip has its own centroid."""
        k = conductivity(area(MOLD, *UNIT), Area(self.triangle, material(COPPER)), nx=3, ny=3)
        for low, high in ((0, 1), (2, 3)):
            across = 2.0 / (1.0 / k[:, low] + 1.0 / k[:, high])
            share = (k[:, 4] - MOLD) / (COPPER - MOLD)
            # Samples see the share of copper to a sixteenth of the cell's edge.
            sampled = np.clip(share + np.array([[-1 / 16], [1 / 16]]), 0.0, 1.0)
            assert np.all(across >= 1.0 / (sampled[0] / COPPER + (1 - sampled[0]) / MOLD) - 1e-9)
            assert np.all(across <= 2.0 * (sampled[1] * COPPER + (1 - sampled[1]) * MOLD) + 1e-9)

    def test_paint_order_holds_for_oblique_areas(self):
        over = conductivity(Area(self.triangle, material(COPPER)), area(MOLD, *UNIT))
        np.testing.assert_allclose(over, [[MOLD] * 5 + [1.0]], rtol=1e-9)

    def test_far_from_the_oblique_area_nothing_changes(self):
        small = Polygon([(0.05, 0.05), (0.2, 0.1), (0.1, 0.2)])
        k = conductivity(area(MOLD, *UNIT), Area(small, material(COPPER)), nx=4, ny=4)
        np.testing.assert_array_equal(k[1:, :5], MOLD)
        assert k[0, 4] == pytest.approx(MOLD + (COPPER - MOLD) * small.area * 16, rel=1e-9)


class TestRectangles:
    def test_an_l_shape_with_a_hole_is_tiled_exactly(self):
        corners = [(0, 0), (4, 0), (4, 2), (2, 2), (2, 4), (0, 4)]
        outer = Polygon(corners, [[(0.5, 0.5), (1, 0.5), (1, 1), (0.5, 1)]])
        boxes = rectangles(outer)
        assert boxes is not None
        union = shapely.union_all(shapely.box(*boxes.T))
        assert union.symmetric_difference(outer).area < 1e-12
        assert shapely.area(shapely.box(*boxes.T)).sum() == pytest.approx(outer.area)

    def test_several_parts(self):
        boxes = rectangles(MultiPolygon([rectangle(0, 0, 1, 1), rectangle(2, 0, 3, 1)]))
        assert boxes is not None
        assert len(boxes) == 2

    def test_an_oblique_edge_is_refused(self):
        assert rectangles(Polygon([(0, 0), (1, 0), (1, 1)])) is None

    def test_a_rectilinear_region_gives_the_same_cells_as_its_parts(self):
        shape = Polygon([(0, 0), (0.7, 0), (0.7, 0.3), (0.25, 0.3), (0.25, 0.9), (0, 0.9)])
        whole = conductivity(area(MOLD, *UNIT), Area(shape, material(COPPER)), nx=3, ny=3)
        parts = conductivity(
            area(MOLD, *UNIT), area(COPPER, 0, 0, 0.7, 0.3), area(COPPER, 0, 0, 0.25, 0.9), nx=3, ny=3
        )
        np.testing.assert_allclose(whole, parts, rtol=1e-12)


class TestShares:
    placed = scene((1.0, 1.0), [slab(1.0, area(1.0, *UNIT))])
    tree = grid(np.linspace(0, 1, 4), np.linspace(0, 1, 3), [(0.2, 0.2, 0.3, 0.3, 0.05)])
    mesh = mesh_of(placed, tree)

    def test_areas_of_overlaps_are_those_of_shapely(self):
        outlines = [
            rectangle(0.11, 0.13, 0.57, 0.71),
            Polygon([(0.1, 0.1), (0.9, 0.3), (0.5, 0.5), (0.8, 0.9), (0.2, 0.7)]),
            rectangle(0.21, 0.21, 0.22, 0.22),
        ]
        shares = Shares.of(outlines, self.mesh)
        cells = shapely.box(*self.tree.bounds)
        for i, outline in enumerate(outlines):
            column, shared = shares.row(i)
            assert len(set(column)) == len(column)
            expected = shapely.area(shapely.intersection(cells, outline))
            got = np.bincount(column, shared, len(self.tree))
            np.testing.assert_allclose(got, expected, rtol=1e-11, atol=1e-15)

    def test_a_polygon_with_needless_vertices_is_a_rectangle(self):
        plain = Shares.of([rectangle(0.1, 0.1, 0.6, 0.6)], self.mesh)
        dotted = Shares.of([rectangle(0.1, 0.1, 0.6, 0.6).segmentize(0.05)], self.mesh)
        np.testing.assert_array_equal(plain.area, dotted.area)

    def test_outlines_on_cell_edges_touch_only_what_they_cover(self):
        column, shared = Shares.of([rectangle(2 / 3, 0.5, 1.0, 1.0)], self.mesh).row(0)
        assert shared.sum() == pytest.approx(1 / 6, rel=1e-12)
        assert np.all(self.tree.bounds[0][column] >= 2 / 3 - 1e-12)

    def test_no_outlines(self):
        assert Shares.of([], self.mesh).start.tolist() == [0]

    def test_more_pieces_than_the_first_guess_of_room(self):
        fine = uniform(self.placed, 300, 300)
        shares = Shares.of([rectangle(*UNIT)], fine)
        assert shares.column.size == 90_000
        assert shares.area.sum() == pytest.approx(1.0, rel=1e-12)


class TestRasterIntegral:
    tree = grid(np.linspace(0, 1, 4), np.linspace(0, 1, 3), [(0.2, 0.2, 0.3, 0.3, 0.05)])

    def test_every_column_gets_the_exact_share_of_every_raster_cell(self):
        values = np.arange(1.0, 13.0).reshape(3, 4)
        bounds = (0.15, 0.05, 0.93, 0.88)
        got = raster_integral(values, bounds, self.tree)
        xs, ys = np.linspace(0.15, 0.93, 5), np.linspace(0.05, 0.88, 4)
        cells = shapely.box(*self.tree.bounds)
        expected = np.zeros(len(self.tree))
        for j in range(3):
            for i in range(4):
                pixel = rectangle(xs[i], ys[j], xs[i + 1], ys[j + 1])
                expected += values[j, i] * shapely.area(shapely.intersection(cells, pixel)) / pixel.area
        np.testing.assert_allclose(got, expected, rtol=1e-11, atol=1e-12)

    def test_the_sum_is_kept(self):
        values = np.random.default_rng(5).uniform(0, 1, (7, 5))
        assert raster_integral(values, UNIT, self.tree).sum() == pytest.approx(values.sum(), rel=1e-13)

    def test_a_single_value(self):
        np.testing.assert_allclose(
            raster_integral(np.array([[3.0]]), UNIT, self.tree),
            3.0
            * np.prod(
                [b - a for a, b in zip(self.tree.bounds[:2], self.tree.bounds[2:], strict=True)], axis=0
            ),
            rtol=1e-12,
        )
