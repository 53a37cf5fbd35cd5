"""Cell sizes wanted, and z nodes graded to them."""

import numpy as np
import pytest

from floorplans.block import BlockKind
from tests.unit.thermal.scenes import MM, UM, area, block, scene, slab
from thermal.mesh.build import build_mesh, nested_meshes, refined
from thermal.mesh.resolution import Resolution, graded_heights
from thermal.scene import CHIPLET_EDGE, LAYER_EDGE, PlacedBlock, Scene

WIDE = (4 * MM, 4 * MM)


def stack(*blocks: PlacedBlock) -> Scene:
    """Bulk below a 10 um device slab below 60 um of TIM below 2 mm of copper."""
    whole = (0.0, 0.0, *WIDE)
    heights = 400 * UM, 10 * UM, 60 * UM, 2000 * UM
    return scene(
        WIDE,
        [slab(h, area(k, *whole)) for h, k in zip(heights, (130, 120, 4, 390), strict=True)],
        blocks=blocks,
    )


def pll(power: float = 0.01) -> PlacedBlock:
    side = 40 * UM
    return block(
        "pll",
        (MM, MM, MM + side, MM + side),
        (400 * UM, 410 * UM),
        power,
        kind=BlockKind.ANALOG,
        layer="layer1",
    )


def test_sizes_in_blocks_by_kind():
    square = (0.0, 0.0, 80 * UM, 320 * UM)
    r = Resolution(analog=8, pmic=16, other=4)
    assert r.size_in(block("a", square, (0, 1), kind=BlockKind.ANALOG)) == pytest.approx(10 * UM)
    assert r.size_in(block("s", square, (0, 1), kind=BlockKind.SENSOR)) == pytest.approx(10 * UM)
    assert r.size_in(block("p", square, (0, 1), kind=BlockKind.PMIC)) == pytest.approx(5 * UM)
    assert r.size_in(block("o", square, (0, 1))) == pytest.approx(40 * UM)
    assert r.coarsened().size_in(block("p", square, (0, 1), kind=BlockKind.PMIC)) == pytest.approx(10 * UM)
    assert r.refined().coarsened() == r


def test_idle_blocks_ask_for_nothing_unless_they_are_sensitive():
    idle = block("o", (0, 0, MM, MM), (0, 1))
    sensitive = block("a", (0, 0, MM, MM), (0, 1), kind=BlockKind.ANALOG)
    powered = block("p", (0, 0, MM, MM), (0, 1), 1.0)
    assert Resolution().sizes([idle]).shape == (0, 5)
    assert Resolution().sizes([idle, sensitive, powered]).shape == (2, 5)


def test_small_chiplets_refine_the_base_grid_but_no_further_than_half():
    plain = stack()
    r = Resolution(base=40, chiplet=8)
    assert r.base_size(plain) == pytest.approx(0.1 * MM)
    for side, expected in ((1.0, 0.1), (0.6, 0.075), (0.1, 0.05)):
        edges = ((CHIPLET_EDGE, 0.0, 0.0, side * MM, side * MM),)
        small = scene(WIDE, [slab(MM, area(1, 0, 0, *WIDE))], edges=edges)
        assert r.base_size(small) == pytest.approx(expected * MM)
    edges = ((LAYER_EDGE, 0.0, 0.0, 0.1 * MM, 0.1 * MM),)
    assert r.base_size(scene(WIDE, [slab(MM, area(1, 0, 0, *WIDE))], edges=edges)) == pytest.approx(0.1 * MM)


def test_planes_of_the_stack_are_nodes_and_every_cell_knows_its_slab():
    placed = stack(pll())
    z, slabs = graded_heights(placed, Resolution())
    assert np.all(np.diff(z) > 0)
    assert set(placed.planes) <= set(z)
    middle = 0.5 * (z[1:] + z[:-1])
    np.testing.assert_array_equal(slabs, np.searchsorted(placed.planes, middle) - 1)


def test_heights_are_no_larger_than_the_block_wants_plus_growth():
    placed, r = stack(pll()), Resolution(analog=8, growth_z=0.5)
    z, _ = graded_heights(placed, r)
    distance = np.maximum(0.0, np.maximum(400 * UM - z[1:], z[:-1] - 410 * UM))
    # A cell's far side is what grows most: the size wanted there bounds it.
    farther = distance + np.diff(z)
    wanted = np.minimum(5 * UM + 0.5 * farther, placed.planes[-1] / 8)
    assert np.all(np.diff(z) <= wanted * (1 + 1e-6))
    inside = (z[:-1] >= 400 * UM - 1e-12) & (z[1:] <= 410 * UM + 1e-12)
    assert np.count_nonzero(inside) == 2


def test_a_quiet_thin_slab_is_one_cell_and_two_in_the_fine_mesh():
    placed = stack()
    _, slabs = graded_heights(placed, Resolution())
    assert np.count_nonzero(slabs == 1) == 1
    coarse, fine = nested_meshes(placed, Resolution())
    assert np.count_nonzero(fine.slab == 1) == 2 * np.count_nonzero(coarse.slab == 1) == 2


def test_the_fine_mesh_is_nested_in_the_coarse_one():
    coarse, fine = nested_meshes(stack(pll()), Resolution(base=8))
    assert fine.columns == 4 * coarse.columns
    assert set(coarse.z) <= set(fine.z)
    x0, y0, x1, y1 = fine.tree.bounds
    parent = coarse.tree.locate(0.5 * (x0 + x1), 0.5 * (y0 + y1))
    np.testing.assert_allclose(np.bincount(parent, fine.areas), coarse.areas, rtol=1e-12)


def test_the_fine_mesh_resolves_the_block_as_asked():
    placed = stack(pll())
    _, fine = nested_meshes(placed, Resolution(analog=8, base=8))
    x, y = np.meshgrid(np.linspace(1.001, 1.039, 9) * MM, np.linspace(1.001, 1.039, 9) * MM)
    wx, wy = fine.widths
    columns = fine.tree.locate(x.ravel(), y.ravel())
    assert max(wx[columns].max(), wy[columns].max()) <= 5 * UM * (1 + 1e-6)


def test_refined_halves_every_cell():
    coarse = build_mesh(stack(), Resolution(base=4))
    fine = refined(coarse)
    assert fine.cells == 8 * coarse.cells
    np.testing.assert_allclose(fine.heights.reshape(-1, 2), 0.5 * coarse.heights[:, None].repeat(2, axis=1))
    np.testing.assert_array_equal(fine.slab, coarse.slab.repeat(2))


def test_columns_and_centres():
    mesh = build_mesh(stack(), Resolution(base=4))
    cx, cy, cz = mesh.centres
    np.testing.assert_array_equal(mesh.tree.locate(cx, cy), np.arange(mesh.columns))
    assert mesh.cells == mesh.columns * mesh.nz
    assert mesh.areas.sum() == pytest.approx(16 * MM * MM)
    np.testing.assert_allclose(np.cumsum(mesh.heights) - 0.5 * mesh.heights, cz)
