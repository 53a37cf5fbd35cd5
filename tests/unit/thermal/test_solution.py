"""A solution read at points, on planes and as power density."""

import numpy as np
import pytest
from shapely import Polygon

from tests.unit.thermal.scenes import MM, area, block, scene, slab
from thermal import Resolution, solve
from thermal.rounds import Refinement, Stop
from thermal.scene import PlacedRaster
from thermal.solution import Evidence, MeshRun, Solution

SIDE = 4 * MM
WHOLE = (0.0, 0.0, SIDE, SIDE)


@pytest.fixture(scope="module")
def solution() -> Solution:
    """A block in two cells of a void-bordered layer, and a raster in the layer above."""
    slabs = [slab(0.5 * MM, area(130.0, 0.0, 0.0, 3 * MM, SIDE)), slab(0.5 * MM, area(390.0, *WHOLE))]
    blocks = [
        block("square", (1 * MM, 1 * MM, 2 * MM, 2 * MM), (0.0, 0.5 * MM), 4.0),
        block("triangle", Polygon([(0, 3 * MM), (2 * MM, 3 * MM), (0, 3.9 * MM)]), (0.0, 0.5 * MM), 1.0),
    ]
    raster = PlacedRaster("layer1", np.array([[1.0, 0.0], [0.0, 3.0]]), *WHOLE, 0.5 * MM, MM)
    found = scene((SIDE, SIDE), slabs, blocks=blocks, rasters=[raster])
    return solve(found, resolution=Resolution(base=16, other=4))


def test_the_solution_reads_its_field(solution):
    assert solution.temperature is solution.field.temperature
    assert solution.mesh is solution.field.mesh
    assert solution.at(MM, MM, MM / 4) == solution.field.at(MM, MM, MM / 4)
    np.testing.assert_array_equal(
        solution.plane(MM / 4, WHOLE, (5, 6)), solution.field.plane(MM / 4, WHOLE, (5, 6))
    )
    np.testing.assert_array_equal(
        solution.section("y", MM, WHOLE, (5, 6)), solution.field.section("y", MM, WHOLE, (5, 6))
    )


def test_void_is_blank_on_maps(solution):
    plane = solution.plane(0.25 * MM, WHOLE, (4, 8))
    np.testing.assert_array_equal(np.isnan(plane), [[False] * 6 + [True] * 2] * 4)


def test_figures_are_made_once(solution):
    assert solution.metrics is solution.metrics


def test_maps_lie_in_the_middle_of_a_layer(solution):
    assert solution.hottest_height("layer1") == pytest.approx(0.75 * MM)


def test_an_unknown_layer_is_told_with_near_misses(solution):
    with pytest.raises(KeyError, match=r"no layer 'layer9'.*did you mean 'layer"):
        solution.hottest_height("layer9")


class TestPowerDensity:
    def test_inside_and_outside_a_block(self, solution):
        density = solution.power_density("layer0", (1 * MM, 1 * MM, 3 * MM, 2 * MM), (2, 4))
        np.testing.assert_allclose(density, [[4.0 / MM**2] * 2 + [0.0] * 2] * 2, rtol=1e-9, atol=1e-3)

    def test_it_integrates_to_the_power_of_the_layer(self, solution):
        n = 256
        for layer, watts in (("layer0", 5.0), ("layer1", 4.0)):
            density = solution.power_density(layer, WHOLE, (n, n))
            assert density.mean() * SIDE * SIDE == pytest.approx(watts, rel=1e-9)

    def test_rasters_keep_their_place(self, solution):
        density = solution.power_density("layer1", WHOLE, (2, 2))
        np.testing.assert_allclose(density, [[1 / (4 * MM**2), 0.0], [0.0, 3 / (4 * MM**2)]], rtol=1e-9)

    def test_outside_the_package_is_blank(self, solution):
        density = solution.power_density("layer0", (-SIDE, 0.0, 0.0, SIDE), (2, 2))
        assert np.isnan(density).all()


def test_evidence_speaks_for_the_fine_mesh():
    fine, mixed, coarse = (MeshRun(n, n // 4, 4, n // 100, (1.0, 1e-9), 1e-16) for n in (800, 200, 100))
    record = Refinement((), Stop.OFF)
    numbers = 1, 1e-8, 300.0, 1.0, 1.0, 0.0, 0.0, 1e-6, 1e-3, 10, 20
    found = Evidence(fine, mixed, coarse, record, *numbers, {"mesh": 0.25, "iterate": 0.5})
    assert (found.cells, found.columns, found.iterations) == (800, 200, 8)
    assert found.residuals == (1.0, 1e-9)
    assert found.energy_balance_rel == 1e-16
    assert found.wall_s == 0.75
