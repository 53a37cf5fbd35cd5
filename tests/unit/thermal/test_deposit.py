"""Heat of cut columns: nothing lost, the centroid kept, nothing moved to where it does not belong."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Polygon

from floorplans.geometry import rectangle
from tests.unit.thermal.scenes import MM, area, block, grid, mesh_of, scene, slab, uniform
from thermal.mesh.columns import Mesh
from thermal.scene import Area, Scene
from thermal.system import ConductionSystem, assemble

CELLS = 8
SIDE = 8.0 * MM
"""Columns of 1 mm in the uniform mesh."""


def plate(outline: Polygon, *areas: Area) -> Scene:
    parts = areas or (area(130.0, 0.0, 0.0, SIDE, SIDE),)
    return scene((SIDE, SIDE), [slab(MM, *parts)], blocks=[block("hot", outline, (0.0, MM), 1.0)])


def on_grid(placed: Scene) -> ConductionSystem:
    return assemble(placed, uniform(placed, CELLS, CELLS))


def spread(system: ConductionSystem) -> tuple[np.ndarray, np.ndarray]:
    """``[columns]`` fractions as deposited, and as the areas have them."""
    deposited, plain = np.zeros((2, system.mesh.columns))
    column, fraction = system.deposited.row(0)
    np.add.at(deposited, column, fraction)
    column, shared = system.shares.row(0)
    np.add.at(plain, column, shared / shared.sum())
    return deposited, plain


def centroid(mesh: Mesh, fraction: np.ndarray) -> np.ndarray:
    x, y, _ = mesh.centres
    return np.array([fraction @ x, fraction @ y])


def check(system: ConductionSystem) -> None:
    deposited, _ = spread(system)
    assert deposited.sum() == pytest.approx(1.0, abs=1e-13)
    assert deposited.min() >= -1e-15
    assert system.source.sum() == pytest.approx(1.0, abs=1e-13)


# Whole millimetres of the domain's inside, and how much of its last column a block covers on each side.
corner = st.integers(1, 5)
covered = st.floats(0.25, 1.0)


@given(corner, corner, st.integers(1, 5), st.integers(1, 5), covered, covered, covered, covered)
def test_the_centroid_of_a_rectangle_is_kept(x0, y0, wide, deep, left, low, right, high):
    x1, y1 = min(x0 + wide, 6), min(y0 + deep, 6)
    outline = rectangle(
        *(v * MM for v in (x0 + 1 - left, y0 + 1 - low, max(x0 + 1, x1) + right, max(y0 + 1, y1) + high))
    )
    system = on_grid(plate(outline))
    check(system)
    # A part that covers a quarter of a side or more gives at most 3/8 along each axis: 3/4 together.
    found = centroid(system.mesh, spread(system)[0])
    np.testing.assert_allclose(found, [outline.centroid.x, outline.centroid.y], atol=1e-12 * SIDE)


inside = st.floats(0.2, 7.8)


@given(inside, inside, st.floats(0.02, 4.0), st.floats(0.02, 4.0))
def test_no_rectangle_loses_heat_or_gets_worse(x, y, wide, deep):
    outline = rectangle(*(min(v, 8.0) * MM for v in (x, y, x + wide, y + deep)))
    system = on_grid(plate(outline))
    check(system)
    exact = np.array([outline.centroid.x, outline.centroid.y])
    deposited, plain = (np.abs(centroid(system.mesh, f) - exact) for f in spread(system))
    # In the outermost columns, or a corner's sliver, it may stay; opposite sides may then undo each other no
    # more than those slivers hold.
    slivers = 0.5 * MM * spread(system)[1].max()
    assert np.all(deposited <= plain + slivers)


def test_a_rectangle_on_grid_lines_stays_where_it_is():
    system = on_grid(plate(rectangle(2 * MM, 3 * MM, 5 * MM, 4 * MM)))
    deposited, plain = spread(system)
    np.testing.assert_allclose(deposited, plain, atol=1e-15)


def test_the_centroid_of_a_triangle_is_kept():
    # Its oblique side halves columns: their parts stand a sixth of a column off the centre, to one side.
    outline = Polygon([(2 * MM, 2 * MM), (6 * MM, 2 * MM), (2 * MM, 6 * MM)])
    system = on_grid(plate(outline))
    check(system)
    exact = [outline.centroid.x, outline.centroid.y]
    deposited, plain = (centroid(system.mesh, f) for f in spread(system))
    np.testing.assert_allclose(deposited, exact, atol=1e-12 * SIDE)
    # Half columns hold a quarter of the area: without deposit, heat acts 1/24 of a column from its place.
    assert plain - exact == pytest.approx(MM / 24.0)


@given(
    st.lists(st.tuples(st.floats(0.5, 7.5), st.floats(0.5, 7.5)), min_size=3, max_size=8).map(
        lambda points: Polygon(points).convex_hull
    )
)
def test_no_polygon_loses_heat(outline):
    if outline.geom_type != "Polygon" or outline.area < 0.05:
        return
    check(on_grid(plate(Polygon(np.array(outline.exterior.coords) * MM))))


def test_finer_neighbours_share_what_a_column_gives():
    outline = rectangle(2.4 * MM, 2 * MM, 4 * MM, 4 * MM)
    placed = plate(outline)
    lines = np.linspace(0.0, SIDE, CELLS + 1)
    # Fine columns right of x = 3 mm, where the whole ones are; the cut ones are coarse.
    tree = grid(lines, lines, [(3.1 * MM, 2.1 * MM, 3.9 * MM, 3.9 * MM, 0.5 * MM)], 10.0)
    system = assemble(placed, mesh_of(placed, tree))
    check(system)
    wx, _ = system.mesh.widths
    column, _ = system.shares.row(0)
    assert set(np.round(wx[column] / MM, 9)) == {0.5, 1.0}
    found = centroid(system.mesh, spread(system)[0])
    np.testing.assert_allclose(found, [outline.centroid.x, outline.centroid.y], atol=1e-12 * SIDE)


@pytest.mark.parametrize("beyond", [None, 4.0], ids=["void", "another material"])
def test_heat_stays_out_of_other_materials(beyond):
    # Silicon up to 4.3 mm: the column there is shared, those beyond are something else.
    edge = 4.3 * MM
    parts = area(130.0, 0.0, 0.0, edge, SIDE), area(beyond, edge, 0.0, SIDE, SIDE)
    outline = rectangle(2.6 * MM, 2 * MM, edge, 4 * MM)
    system = on_grid(plate(outline, *parts))
    check(system)
    deposited, plain = spread(system)
    x, _, _ = system.mesh.centres
    np.testing.assert_array_equal(deposited[x > 5 * MM], 0.0)
    shared = np.abs(x - 4.5 * MM) < 0.1 * MM
    # What lies in the shared column neither leaves it, nor gets company.
    np.testing.assert_allclose(deposited[shared], plain[shared], atol=1e-15)
    left = np.abs(x - 2.5 * MM) < 0.1 * MM
    assert deposited[left].sum() == pytest.approx(plain[left].sum() * 0.7)


def test_a_block_at_the_border_of_the_domain_keeps_its_heat_there():
    outline = rectangle(0.0, 0.0, 0.4 * MM, 0.4 * MM)
    system = on_grid(plate(outline))
    check(system)
    deposited, _ = spread(system)
    assert deposited.max() == 1.0
