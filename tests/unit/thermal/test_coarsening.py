"""Merging of columns: partitions, shapes, slots, strong couplings first."""

import numpy as np
import pytest

from tests.unit.thermal.scenes import MM, area, grid, material, mesh_of, scene, slab
from thermal.coarsening import Coarsening, Plane, coarsened, slots
from thermal.cover import Conductivities
from thermal.mesh.columns import Mesh
from thermal.mesh.quadtree import QuadTree, snapped_lines
from thermal.scene import Area, Scene
from thermal.system import assemble

SIZE = (8 * MM, 8 * MM)


def placed(*areas: Area) -> Scene:
    return scene(SIZE, [slab(MM, *(areas or (area(10.0, 0, 0, *SIZE),)))])


def plane_of(tree: QuadTree, *areas: Area) -> tuple[Plane, np.ndarray, Mesh]:
    """Finest plane, height of every pattern, and mesh."""
    found = placed(*areas)
    mesh = mesh_of(found, tree, 2)
    conductivities = Conductivities.of(found, mesh)
    weights = np.bincount(conductivities.pattern[mesh.slab], mesh.heights).astype(np.float32)
    return Plane.of(mesh, conductivities.k), weights, mesh


def square(n: int, sizes: tuple[tuple[float, ...], ...] = ()) -> QuadTree:
    return grid(np.linspace(0, SIZE[0], n + 1), np.linspace(0, SIZE[1], n + 1), sizes)


def chain(plane: Plane, weights: np.ndarray) -> list[Coarsening]:
    """All coarsenings down to one column."""
    steps = []
    while len(plane) > 1:
        steps.append(coarsened(plane, weights))
        assert len(steps[-1].coarse) < len(plane)
        plane = steps[-1].coarse
    return steps


REFINED = ((1.1 * MM, 1.3 * MM, 1.2 * MM, 1.4 * MM, 0.1 * MM),)


class TestPartition:
    plane, weights, _ = plane_of(square(5, REFINED))
    steps = chain(plane, weights)

    def test_every_column_merges_into_one(self):
        for step in self.steps:
            np.testing.assert_array_equal(np.sort(step.members), np.arange(len(step.fine)))
            assert step.children[0] == 0
            assert step.children[-1] == len(step.fine)
            assert np.all(np.diff(step.children) >= 1)
            for c in range(len(step.coarse)):
                np.testing.assert_array_equal(
                    step.owner[step.members[step.children[c] : step.children[c + 1]]], c
                )

    def test_no_more_than_four_merge(self):
        for step in self.steps:
            assert np.diff(step.children).max() <= 4

    def test_areas_are_kept_and_outlines_are_rectangles(self):
        for step in self.steps:
            fine, coarse = step.fine, step.coarse
            area_of = (fine.x1 - fine.x0) * (fine.y1 - fine.y0)
            expected = (coarse.x1 - coarse.x0) * (coarse.y1 - coarse.y0)
            np.testing.assert_allclose(np.bincount(step.owner, area_of), expected, rtol=1e-9)
            for low, fine_low in ((coarse.x0, fine.x0), (coarse.y0, fine.y0)):
                assert np.all(low[step.owner] <= fine_low + 1e-15)

    def test_faces_of_the_coarse_plane_touch_and_cover_what_the_fine_ones_cover(self):
        for step in self.steps:
            fine, coarse = step.fine, step.coarse
            assert np.all(coarse.lengths() > 0.0)
            a, b = step.owner[fine.first], step.owner[fine.second]
            kept = a != b
            for across_y in (False, True):
                on_fine = kept & ((np.arange(a.size) >= fine.x_faces) == across_y)
                on_coarse = (np.arange(coarse.first.size) >= coarse.x_faces) == across_y
                assert fine.lengths()[on_fine].sum() == pytest.approx(
                    coarse.lengths()[on_coarse].sum(), rel=1e-9
                )


def test_a_uniform_square_grid_merges_in_fours():
    plane, weights, _ = plane_of(square(8))
    assert [len(s.coarse) for s in chain(plane, weights)] == [16, 4, 1]


@pytest.mark.parametrize("cells", [5, 9, 11, 20, 33])
def test_a_grid_of_no_power_of_two_merges_to_one_column(cells):
    """Columns that reach across the whole axis stop growing, or they never fit their neighbours."""
    plane, weights, _ = plane_of(square(cells))
    assert len(chain(plane, weights)[-1].coarse) == 1


def test_columns_merge_along_the_better_conductor_alone():
    plane, weights, _ = plane_of(square(8), Area(area(1.0, 0, 0, *SIZE).outline, material(100.0, 1.0, 1.0)))
    step = coarsened(plane, weights)
    assert len(step.coarse) == 32
    np.testing.assert_array_equal(step.coarse.ex, step.coarse.ey + 1)


def test_long_thin_cells_merge_across_their_short_side():
    tree = grid(np.linspace(0, SIZE[0], 3), np.linspace(0, SIZE[1], 17))
    plane, weights, _ = plane_of(tree)
    step = coarsened(plane, weights)
    np.testing.assert_array_equal(step.coarse.ey, step.coarse.ex + 1)
    # Cells of 4 mm x 0.5 mm, three times over: they are square then.
    steps = chain(plane, weights)
    assert [len(s.coarse) for s in steps][:3] == [16, 8, 4]


def test_half_conductances_of_the_finest_plane():
    plane, _, mesh = plane_of(square(4), Area(area(1.0, 0, 0, *SIZE).outline, material(3.0, 5.0, 1.0)))
    np.testing.assert_allclose(plane.half[0], [[6.0, 6.0, 10.0, 10.0]] * mesh.columns, rtol=1e-6)


def test_coarse_faces_of_a_uniform_plane_keep_the_conductance_per_length():
    plane, weights, mesh = plane_of(square(8))
    pairs, _ = mesh.faces
    # k = 10, square cells of 1 mm: 10 W/(m K) x height.
    fine = np.full((pairs.shape[0], 2), 10.0 * 0.5 * MM, np.float32)
    step = coarsened(plane, weights)
    coarse = step.lateral(fine, np.zeros(2, np.int64), mesh.heights)
    np.testing.assert_allclose(coarse, 10.0 * 0.5 * MM, rtol=1e-5)


def test_coarse_faces_survive_a_good_conductor_beside_a_poor_one():
    """Columns half of copper, half of mold: strips of copper must stay connected along themselves."""
    strips = [
        area(0.8, 0, 0, *SIZE),
        *(area(400.0, 0, 2 * i * MM, 8 * MM, (2 * i + 1) * MM) for i in range(4)),
    ]
    plane, weights, mesh = plane_of(square(8), *strips)
    found = placed(*strips)
    conductivities = Conductivities.of(found, mesh)
    system = assemble(found, mesh)
    assert conductivities.k.shape[0] == 1
    step = coarsened(plane, weights)
    values = system.lateral.astype(np.float32)
    coarse = step.lateral(values, np.zeros(2, np.int64), mesh.heights)
    # Along x every coarse column of two rows conducts as its strip of copper and its strip of mold together.
    along = coarse[: step.coarse.x_faces]
    length = step.coarse.lengths()[: step.coarse.x_faces]
    distance = step.coarse.distances()[: step.coarse.x_faces]
    expected = 0.5 * (400.0 + 0.8) * length / distance * 0.5 * MM
    np.testing.assert_allclose(along, expected[:, None].repeat(2, axis=1), rtol=1e-4)


class TestSlots:
    def test_without_inner_edges_cells_are_counted_through(self):
        fixed = np.array([True, False, False, False, True])
        np.testing.assert_array_equal(slots(fixed), [0, 1, 2, 3])

    def test_every_interval_starts_at_a_multiple_of_its_power_of_two(self):
        fixed = np.array([True, False, False, True, False, False, False, False, True, True])
        found = slots(fixed)
        # Three cells take four slots, five take eight, one takes one.
        np.testing.assert_array_equal(found, [0, 1, 2, 8, 9, 10, 11, 12, 16])

    def test_slots_are_distinct_and_increase(self):
        rng = np.random.default_rng(0)
        for _ in range(20):
            fixed = rng.uniform(size=40) < 0.3
            fixed[[0, -1]] = True
            found = slots(fixed)
            assert found.size == 39
            assert np.all(np.diff(found) > 0)

    def test_buddies_meet_across_a_fixed_line_last(self):
        """Edges stay edges of columns until everything between them has merged."""
        lines, fixed = snapped_lines(SIZE[0], [(0, 3.1 * MM)], 1.05 * MM)
        tree = QuadTree.grown((lines, fixed), (lines, fixed), np.empty((0, 5)), 1.0)
        plane, weights, _ = plane_of(tree)
        for step in chain(plane, weights):
            crossing = (step.coarse.x0 < 3.1 * MM - 1e-9) & (step.coarse.x1 > 3.1 * MM + 1e-9)
            if crossing.any():
                assert np.all(step.coarse.x0[crossing] == 0.0)
                assert np.all(step.coarse.x1[crossing] == SIZE[0])
