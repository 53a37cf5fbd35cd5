"""Reading between cell centres: exact in one dimension, continuous, suprema on closed outlines."""

import numpy as np
import pytest
from shapely import MultiPolygon, Polygon

from floorplans.geometry import rectangle
from tests.unit.thermal.scenes import MM, area, block, grid, mesh_of, scene, slab, temperatures, uniform
from thermal.field import Field, summarised
from thermal.scene import Face

SIDE = 4 * MM
WHOLE = (0.0, 0.0, SIDE, SIDE)
A = SIDE * SIDE


@pytest.fixture(scope="module")
def slabs() -> Field:
    """2 mm of k = 5 below 1 mm of k = 20 heated with 8 W; both faces cooled."""
    placed = scene(
        (SIDE, SIDE),
        [slab(2 * MM, area(5.0, *WHOLE)), slab(1 * MM, area(20.0, *WHOLE))],
        blocks=[block("b", WHOLE, (2 * MM, 3 * MM), 8.0, layer="layer1")],
        top=Face(300.0, 1000.0),
        bottom=Face(320.0, 400.0),
    )
    return temperatures(placed, uniform(placed, 3, 2, (2, 3)))


def exact(z: np.ndarray) -> np.ndarray:
    """Closed form of `slabs`: flux up through the lower layer is constant, quadratic above it."""
    q = 8.0 / A
    r_low, r_high = 1 / 400.0 + 2 * MM / 5.0, 1 / 1000.0 + 0.5 * MM / 20.0
    r_half = 0.5 * MM / 20.0
    # Temperature drops from bottom ambient to top ambient: f r_low + (f + q/2-weighted) layer + film.
    f = (20.0 - q * (r_half + 1 / 1000.0)) / (r_low + r_half + r_high)
    t2 = 320.0 - f * r_low
    s = z - 2 * MM
    upper = t2 - (f * s + 0.5 * q * s**2 / MM) / 20.0
    return np.where(z <= 2 * MM, 320.0 - f * (1 / 400.0 + z / 5.0), upper)


class TestOneDimension:
    z = np.linspace(0.0, 3 * MM, 61)

    def test_linear_and_quadratic_profiles_are_read_exactly(self, slabs):
        np.testing.assert_allclose(slabs.at(0.7 * MM, 1.1 * MM, self.z), exact(self.z), rtol=1e-10)

    def test_mean_and_extremes_of_the_heated_layer_are_exact(self, slabs):
        found = slabs.statistics(rectangle(0.3 * MM, 0.2 * MM, 3.1 * MM, 2.9 * MM), 2 * MM, 3 * MM)
        fine = np.linspace(2 * MM, 3 * MM, 20_001)
        values = exact(fine)
        assert found.t_max == pytest.approx(values.max(), abs=1e-7)
        assert found.t_min == pytest.approx(values.min(), abs=1e-7)
        assert found.t_avg == pytest.approx(np.trapezoid(values, fine) / MM, abs=1e-7)
        assert found.at[2] == pytest.approx(fine[values.argmax()], abs=1e-6 * MM + MM / 20_000)
        assert found.volume == pytest.approx(2.8 * 2.7 * 1.0 * MM**3, rel=1e-12)

    def test_the_same_sideways(self):
        """Heated bar between a warm and a cold column of HTC: linear in x where nothing is heated."""
        n = 4
        htc = np.zeros((1, n))
        htc[0, 0], htc[0, -1] = 1e9, 1e9
        placed = scene((SIDE, MM), [slab(1e-6, area(10.0, 0, 0, SIDE, MM))], top=Face(300.0, htc))
        mesh = uniform(placed, n, 1)
        # Warm the left end by hand: a source there is all that the field has to carry to the right end.
        t = np.linspace(340.0, 310.0, n)[:, None]
        field = Field(temperatures(placed, mesh).system, t)
        x = np.linspace(1.5, 2.5, 7) * MM
        np.testing.assert_allclose(field.at(x, 0.5 * MM, 0.5e-6), 340.0 - 10.0 * (x / MM - 0.5), rtol=1e-12)


class TestPoints:
    def test_outside_the_package_is_nothing(self, slabs):
        points = [(-1e-9, 1e-3, 1e-3), (1e-3, 4.01e-3, 1e-3), (1e-3, 1e-3, -1e-9), (1e-3, 1e-3, 3.001e-3)]
        assert np.all(np.isnan(slabs.at(*np.array(points).T)))

    def test_the_faces_of_the_package_belong_to_it(self, slabs):
        assert np.all(np.isfinite(slabs.at([0.0, SIDE], [0.0, SIDE], [0.0, 3 * MM])))

    def test_shapes_are_kept_and_broadcast(self, slabs):
        assert slabs.at(1e-3, 1e-3, 1e-3).shape == ()
        assert slabs.at(np.full((2, 3), 1e-3), 1e-3, 1e-3).shape == (2, 3)

    def test_planes_and_sections_are_points_at_pixel_centres(self, slabs):
        plane = slabs.plane(2.5 * MM, (0.0, 0.0, SIDE, 2 * MM), (3, 4))
        assert plane.shape == (3, 4)
        assert plane[1, 2] == slabs.at(2.5 * MM, 1 * MM, 2.5 * MM)
        cut = slabs.section("x", 1 * MM, (0.0, 0.0, SIDE, 3 * MM), (6, 2))
        assert cut.shape == (6, 2)
        assert cut[4, 1] == slabs.at(1 * MM, 3 * MM, 2.25 * MM)
        other = slabs.section("y", 1 * MM, (0.0, 0.0, SIDE, 3 * MM), (6, 2))
        assert other[0, 0] == slabs.at(1 * MM, 1 * MM, 0.25 * MM)


SPOT = (0.9 * MM, 1.1 * MM, 1.6 * MM, 1.7 * MM)


@pytest.fixture(scope="module")
def field() -> Field:
    placed = scene((SIDE, SIDE), [slab(MM, area(50.0, *WHOLE))], blocks=[block("b", SPOT, (0, MM), 5.0)])
    tree = grid(np.linspace(0, SIDE, 5), np.linspace(0, SIDE, 5), [(*SPOT, 0.3 * MM)])
    return temperatures(placed, mesh_of(placed, tree, 3))


class TestSpot:
    """A small hot square in a corner of a coarse plate."""

    def test_the_supremum_bounds_the_field_on_the_closed_outline_and_is_attained(self, field):
        found = field.statistics(rectangle(*SPOT), 0.0, MM)
        g = np.linspace(0.0, 1.0, 41)
        x, y, z = np.meshgrid(0.9 * MM + 0.7 * MM * g, 1.1 * MM + 0.6 * MM * g, MM * np.linspace(0, 1, 25))
        sampled = field.at(x, y, z)
        assert sampled.max() <= found.t_max + 1e-12 * found.t_max
        assert sampled.min() >= found.t_min - 1e-12 * found.t_min
        assert found.t_max - sampled.max() < 0.02 * (found.t_max - found.t_min)
        x0, y0, x1, y1 = SPOT
        assert x0 <= found.at[0] <= x1
        assert y0 <= found.at[1] <= y1
        assert float(field.at(*found.at)) == pytest.approx(found.t_max, rel=1e-12)

    def test_the_mean_is_that_of_the_samples(self, field):
        found = field.statistics(rectangle(*SPOT), 0.0, MM)
        n = 140
        x, y = np.meshgrid(
            0.9 * MM + 0.7 * MM * (np.arange(n) + 0.5) / n, 1.1 * MM + 0.6 * MM * (np.arange(n) + 0.5) / n
        )
        mean = np.mean([field.at(x, y, h * MM).mean() for h in (np.arange(30) + 0.5) / 30])
        assert found.t_avg == pytest.approx(mean, abs=2e-3 * (found.t_max - found.t_min))

    def test_parts_are_summed(self, field):
        left, right = (
            rectangle(0.9 * MM, 1.1 * MM, 1.2 * MM, 1.7 * MM),
            rectangle(1.2 * MM, 1.1 * MM, 1.6 * MM, 1.7 * MM),
        )
        whole = field.statistics(rectangle(*SPOT), 0.0, MM)
        parts = field.statistics(MultiPolygon([left, right]), 0.0, MM)
        assert parts.t_max == pytest.approx(whole.t_max, rel=1e-12)
        assert parts.volume == pytest.approx(whole.volume, rel=1e-12)

    def test_a_polygon_has_no_more_than_its_bounding_box(self, field):
        x0, y0, x1, y1 = SPOT
        triangle = field.statistics(Polygon([(x0, y0), (x1, y0), (x0, y1)]), 0.0, MM)
        box = field.statistics(rectangle(*SPOT), 0.0, MM)
        assert triangle.t_max <= box.t_max
        assert triangle.volume == pytest.approx(0.5 * box.volume, rel=1e-10)


def test_void_has_no_share_in_means_and_no_rows_give_nothing():
    placed = scene(
        (SIDE, SIDE),
        [slab(MM, area(10.0, 0, 0, SIDE / 2, SIDE))],
        blocks=[block("b", (0, 0, MM, MM), (0, MM), 1.0)],
    )
    field = temperatures(placed, uniform(placed, 4, 4))
    half = field.statistics(rectangle(*WHOLE), 0.0, MM)
    assert half.volume == pytest.approx(0.5 * A * MM)
    assert np.isfinite(half.t_avg)
    void = field.statistics(rectangle(SIDE / 2, 0, SIDE, SIDE), 0.0, MM)
    assert void.volume == 0.0
    assert np.isnan([void.t_max, void.t_min, void.t_avg, *void.at]).all()
    assert np.isnan(summarised(np.empty((0, 7))).t_max)


def test_the_field_is_continuous_across_equal_cells_in_one_dimension(slabs):
    for z in slabs.mesh.z[1:-1]:
        low, high = slabs.at(1 * MM, 1 * MM, [z - 1e-12, z + 1e-12])
        assert low == pytest.approx(high, abs=1e-6)


def test_nothing_is_read_below_the_coldest_ambient():
    """At the corner of a cell with colder neighbours on three sides the three parabolas add up to less."""
    placed = scene((2 * MM, 2 * MM), [slab(MM, area(10.0, 0, 0, 2 * MM, 2 * MM))], top=Face(300.0, 1e4))
    system = temperatures(placed, uniform(placed, 2, 2)).system
    t = np.full((4, 1), 300.0)
    t[system.mesh.tree.locate(np.array([0.5 * MM]), np.array([0.5 * MM]))[0]] = 310.0
    field = Field(system, t)
    assert field.at(0.5 * MM, 0.5 * MM, 0.0) > 300.0
    assert field.at(0.999 * MM, 0.999 * MM, 0.999 * MM) == 300.0
    assert field.statistics(rectangle(0, 0, MM, MM), 0.0, MM).t_min == 300.0
