"""Where refinement goes: indicators, marking within a room, and what splitting does to the true error."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.thermal.scenes import MM, area, block, scene, slab, temperatures, uniform
from tests.verification.exact import ExactBlock, design_of, exact_figures, series_of
from thermal import Resolution, solve
from thermal.field import Field
from thermal.mesh.build import Family
from thermal.mesh.columns import Mesh
from thermal.refine import ROUGH, Indicators, goal, indicators, marked, split, weights_of
from thermal.scene import Scene
from thermal.verification import LayeredStack, RectSource, StackLayer

SIDE = 4 * MM


def plate(x: tuple[float, float] = (0.5, 1.5)) -> Scene:
    """A heater in silicon under copper, and an idle block far from it."""
    slabs = [slab(0.5 * MM, area(130.0, 0, 0, SIDE, SIDE)), slab(MM, area(390.0, 0, 0, SIDE, SIDE))]
    hot = block("hot", (x[0] * MM, 0.5 * MM, x[1] * MM, 1.5 * MM), (0.0, 0.5 * MM), 5.0)
    idle = block("idle", (3 * MM, 3 * MM, 3.5 * MM, 3.5 * MM), (0.0, 0.5 * MM))
    return scene((SIDE, SIDE), slabs, blocks=[hot, idle])


def fields(placed: Scene, n: int) -> tuple[Field, Field, Field]:
    family = Family(uniform(placed, n, n, (n // 4, n // 4)))
    coarse, mixed, fine = (temperatures(placed, m) for m in (family.coarse, family.mixed, family.fine))
    return coarse, mixed, fine


def test_a_goal_is_the_mean_of_the_cells_that_heat_goes_to():
    field = fields(plate(), 8)[2]
    weights = goal(field, np.array([1.0, 3.0]))
    assert weights.sum() == pytest.approx(4.0)
    hot = goal(field, np.array([1.0, 0.0]))
    np.testing.assert_allclose(hot, field.system.source / 5.0, atol=1e-15)


def test_a_goal_by_a_spot_is_the_temperature_around_it():
    field = fields(plate(), 16)[2]
    spots = np.array([[1.4 * MM, 1.4 * MM], [math.nan, math.nan]])
    weights = goal(field, np.array([1.0, 3.0]), spots)
    hot, idle = goal(field, np.array([1.0, 0.0]), spots), goal(field, np.array([0.0, 3.0]))
    np.testing.assert_allclose(weights, hot + idle, atol=1e-15)
    assert hot.sum() == pytest.approx(1.0)
    x, y, _ = field.mesh.centres
    share = hot.sum(axis=1)
    # The bell is cut off at the block's border, so its centroid lies a little inside of the spot.
    assert share @ x == pytest.approx(1.4 * MM, abs=0.25 * MM)
    assert share[np.hypot(x - 1.4 * MM, y - 1.4 * MM) < 0.5 * MM].sum() > 0.95
    assert not share[(x > 1.5 * MM) | (y > 1.5 * MM)].any()
    assert share @ y == pytest.approx(share @ x)


def test_a_spot_between_columns_still_has_a_weight():
    # A block far smaller than a column: the bell is narrower than the distance to any centre.
    placed = plate((0.5, 0.502))
    field = fields(placed, 8)[2]
    weights = goal(field, np.array([1.0, 0.0]), np.array([[0.501 * MM, 0.9 * MM], [math.nan] * 2]))
    assert weights.sum() == pytest.approx(1.0)


def test_indicators_point_at_the_block_asked_about():
    placed = plate()
    run = fields(placed, 16)
    x, y, _ = run[0].mesh.centres
    hot = indicators(*run, np.array([1.0, 0.0])).plane
    near = np.hypot(x - MM, y - MM) < MM
    # Nine tenths of it arise within a block's side of its border, on a fifth of the area.
    assert hot[near].sum() > 0.9 * hot.sum()
    idle = indicators(*run, np.array([0.0, 1.0])).plane
    around = np.hypot(x - 3.25 * MM, y - 3.25 * MM) < MM
    # Where the idle block's own heat would go, errors weigh more for it than for the heater.
    assert idle[around].sum() / idle.sum() > 10.0 * hot[around].sum() / hot.sum()


def test_indicators_of_a_mirrored_scene_are_mirrored():
    weights = np.array([1.0, 0.0])
    here = indicators(*fields(plate((0.5, 1.5)), 8), weights)
    run = fields(plate((2.5, 3.5)), 8)
    there = indicators(*run, weights)
    x, y, _ = run[0].mesh.centres
    image = run[0].mesh.tree.locate(SIDE - x, y)
    # Multigrid does not know the mirror, and adjoints are solved no better than they need be.
    np.testing.assert_allclose(there.plane[image], here.plane, atol=ROUGH * here.plane.max())
    np.testing.assert_allclose(there.height, here.height, atol=ROUGH * here.height.max())


def test_indicators_fade_at_the_order_of_the_method_or_faster():
    weights = np.array([1.0, 0.0])
    first, second = (indicators(*fields(plate(), n), weights) for n in (8, 16))
    # Second order takes three quarters of a change by halving; the product of two changes shrinks faster.
    assert second.plane.sum() < 0.25 * first.plane.sum()
    assert second.height.sum() < 0.25 * first.height.sum()


def test_sums_are_made_those_that_were_measured():
    found = Indicators(np.array([1.0, 3.0]), np.array([0.5, 0.0])).scaled(2.0, 3.0)
    np.testing.assert_allclose(found.plane, [0.5, 1.5])
    np.testing.assert_allclose(found.height, [3.0, 0.0])
    nothing = Indicators(np.zeros(2), np.zeros(1)).scaled(2.0, 3.0)
    assert not nothing.plane.any()
    assert not nothing.height.any()


def test_weights_are_those_of_blocks_that_miss_what_is_asked():
    np.testing.assert_array_equal(weights_of([0.3, 0.1, math.nan], [0.2, 0.2, 1.0]), [5.0, 0.0, 0.0])


def mesh() -> Mesh:
    return uniform(plate(), 4, 4, 2)


gains = st.lists(st.floats(0.0, 1.0), min_size=20, max_size=20).filter(lambda g: max(g) > 1e-3)


@given(gains, st.floats(0.05, 1.0), st.floats(0.0, 400.0))
def test_marking_keeps_within_its_room_and_takes_the_best_first(gain, share, room):
    coarse = mesh()
    found = Indicators(np.array(gain[:16]), np.array(gain[16:]))
    columns, heights = marked(found, coarse, share, room)
    # A split column is three more, a split height one more in every column.
    cost = np.concatenate([np.full(16, 3.0 * coarse.nz), np.full(4, 16.0)])
    chosen = np.concatenate([columns, heights])
    assert cost[chosen].sum() <= room
    worth = np.array(gain) / cost
    if chosen.any() and not chosen.all():
        assert worth[chosen].min() >= worth[~chosen].max()
    if cost[chosen].sum() + cost.max() <= room:
        # Room was left, so the share of the error was reached, up to the rounding of a sum.
        assert np.array(gain)[chosen].sum() >= share * sum(gain) * (1 - 1e-12)


def test_a_split_mesh_is_nested_and_balanced():
    coarse = mesh()
    columns, heights = np.zeros(16, bool), np.zeros(4, bool)
    columns[5] = heights[2] = True
    finer = split(coarse, columns, heights)
    assert (finer.columns, finer.nz) == (19, 5)
    assert set(coarse.z) < set(finer.z)
    again = np.zeros(19, bool)
    again[np.argmin(finer.areas)] = True
    twice = split(finer, again, np.zeros(5, bool))
    twice = split(twice, twice.areas < 1.01 * twice.areas.min(), np.zeros(5, bool))
    pairs, _ = twice.faces
    assert np.abs(np.diff(twice.tree.level[pairs], axis=1)).max() == 1
    assert twice.areas.sum() == pytest.approx(SIDE**2)
    assert split(coarse, np.zeros(16, bool), heights).tree is coarse.tree


def test_refinement_brings_the_true_error_down():
    stack = LayeredStack(
        (0.006, 0.006),
        (StackLayer(3e-4, 130.0, 130.0, 130.0), StackLayer(1e-3, 390.0, 390.0, 390.0)),
        1e4,
        10.0,
        300.0,
        300.0,
    )
    blocks = [
        ExactBlock("core", "compute", RectSource(0, (0.001, 0.001, 0.004, 0.004), 8.0)),
        ExactBlock("pll", "analog", RectSource(0, (0.0046, 0.0046, 0.0048, 0.0048), 1.5)),
    ]
    design, exact = design_of(stack, blocks), series_of(stack, blocks)
    hottest, mean = exact_figures(exact, blocks[1])
    coarse = Resolution(analog=2, other=2, base=12)
    off, bars, cells = [], [], []
    for refine in (False, True):
        solution = solve(design, resolution=coarse, refine=refine, max_cells=60_000)
        found = solution.metrics.block("layer0/pll")
        off.append(max(abs(found.t_max - hottest.value), abs(found.t_avg - mean.value)))
        bars.append(found.error)
        cells.append(solution.evidence.cells)
    assert cells[0] < cells[1] <= 60_000
    # The bar was above what is asked, so refinement was due; half of a first-order error goes by halving.
    assert bars[0] > 0.2
    assert off[1] < 0.5 * off[0]
    assert bars[1] < 0.5 * bars[0]
    assert off[1] <= bars[1]
