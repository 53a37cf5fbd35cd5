"""Adaptive refinement: why it ends, where it starts, and what it writes down."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from floorplans.block import BlockKind
from tests.unit.thermal.scenes import MM, area, block, scene, slab
from thermal import Resolution, memory, solve
from thermal.adaptive import GROWTH, Triple, refined, told, wanted
from thermal.clock import Clock
from thermal.equilibrium import equilibrium
from thermal.mesh.build import Family
from thermal.rounds import Stop
from thermal.scene import Scene

SIDE = 4 * MM
COARSE = Resolution(base=8, other=2, analog=2)


def plate(accuracy: float | None = None) -> Scene:
    """A heater, and an analog block of which an accuracy may be asked."""
    slabs = [slab(0.5 * MM, area(130.0, 0, 0, SIDE, SIDE)), slab(MM, area(390.0, 0, 0, SIDE, SIDE))]
    hot = block("hot", (0.5 * MM, 0.5 * MM, 2 * MM, 2 * MM), (0.0, 0.5 * MM), 3.0)
    pll = block("pll", (2.5 * MM, 2.5 * MM, 3 * MM, 3 * MM), (0.0, 0.5 * MM), 0.2, kind=BlockKind.ANALOG)
    return scene((SIDE, SIDE), slabs, blocks=[hot, replace(pll, accuracy=accuracy)])


def silent() -> Clock:
    return Clock(lambda _stage, _done: None)


def record(accuracy: float | None, **options):
    return solve(plate(accuracy), resolution=COARSE, refine=True, **options).evidence.refinement


def test_it_ends_at_the_accuracy():
    found = solve(plate(0.05), resolution=COARSE, refine=True)
    rounds = found.evidence.refinement.rounds
    assert found.evidence.refinement.stop is Stop.ACCURACY
    assert len(rounds) > 1
    assert rounds[-1].missing == 0
    assert rounds[-1].worst <= 1.0
    assert all(r.missing for r in rounds[:-1])
    bars = {b.name: b.error for b in found.metrics.blocks}
    assert bars["pll"] <= 0.05
    assert bars["hot"] <= 1.0


def test_nothing_is_refined_where_everything_is_accurate_enough():
    found = record(100.0)
    assert found.stop is Stop.ACCURACY
    assert len(found.rounds) == 1


def test_it_ends_at_the_cell_budget():
    start = record(100.0).rounds[0].cells
    found = record(1e-9, max_cells=int(1.5 * start))
    assert found.stop is Stop.CELLS
    assert found.rounds[-1].cells <= 1.5 * start
    assert found.rounds[-1].missing


@pytest.mark.parametrize("budget", [1.3, 1.6, 2.0])
def test_a_cell_budget_is_used_up(budget):
    start = record(100.0).rounds[0].cells
    found = record(1e-9, max_cells=int(budget * start))
    # What was marked for the room left may not fit once the mesh is balanced: less is marked then.
    assert 0.8 * budget * start < found.rounds[-1].cells <= budget * start


def test_a_spot_is_where_a_block_is_hottest_if_its_maximum_changes_more():
    placed = plate()
    triple = Triple.solved(placed, Family.of(placed, COARSE), 1e-8, silent())
    for placed_block, bar, spot in zip(placed.blocks, triple.blocks, triple.spots, strict=True):
        if bar.maximum.size > bar.mean.size:
            x0, y0, x1, y1 = placed_block.outline.bounds
            assert x0 <= spot[0] <= x1
            assert y0 <= spot[1] <= y1
        else:
            assert np.isnan(spot).all()
    assert not np.isnan(triple.spots).all()


def test_it_ends_at_the_memory_limit():
    placed = plate(1e-9)
    needed = memory.predicted_for(placed, Family.of(placed, COARSE).fine)
    found = record(1e-9, max_memory=int(1.05 * needed))
    assert found.stop is Stop.MEMORY
    assert found.rounds[-1].missing


def test_it_ends_at_the_number_of_rounds(monkeypatch):
    monkeypatch.setattr("thermal.adaptive.MAX_ROUNDS", 2)
    found = record(1e-9)
    assert found.stop is Stop.ROUNDS
    assert len(found.rounds) == 2


def test_it_ends_where_rounds_gain_nothing(monkeypatch):
    # No round can leave less than nothing of the error.
    monkeypatch.setattr("thermal.adaptive.GAINED", 0.0)
    found = record(1e-9)
    assert found.stop is Stop.STALLED
    assert len(found.rounds) == 1


@pytest.mark.parametrize("options", [{}, {"refine": False}])
def test_a_mesh_that_was_asked_for_is_left_alone(options):
    found = solve(plate(1e-9), resolution=COARSE, **options).evidence
    assert found.refinement.stop is Stop.OFF
    assert [r.cells for r in found.refinement.rounds] == [found.cells]
    # What misses is told all the same.
    assert found.refinement.rounds[0].missing >= 1


def test_the_record_is_that_of_the_meshes():
    solution = solve(plate(0.05), resolution=COARSE, refine=True)
    found, rounds = solution.evidence, solution.evidence.refinement.rounds
    last = rounds[-1]
    assert (last.cells, last.columns, last.layers) == (found.cells, found.columns, found.fine.layers)
    assert last.iterations == found.iterations
    cells = [r.cells for r in rounds]
    assert cells == sorted(set(cells))
    # Balancing the tree adds to what is marked.
    assert all(b <= 1.5 * GROWTH * a for a, b in pairwise(cells))
    for r in rounds:
        assert r.cells == r.columns * r.layers
        assert r.block in {b.name for b in solution.scene.blocks}
    ratio = {b.name: b.error / (b.accuracy or np.nan) for b in solution.metrics.blocks}
    assert last.worst == max(ratio.values())
    assert ratio[last.block] == last.worst


def test_a_round_starts_from_the_one_before():
    placed = plate(0.02)
    seen: list[Triple] = []
    first = Triple.solved(placed, Family.of(placed, COARSE), 1e-8, silent())
    last, found = refined(placed, first, tolerance=1e-8, clock=silent(), watch=seen.append)
    assert len(seen) == len(found.rounds) - 1 > 0
    assert seen[-1] is last
    for triple in seen:
        for solved in (triple.coarse, triple.mixed, triple.fine):
            # From ambient the first residual is the right-hand side: 1. A field read from another mesh may
            # have a larger one, of short waves that the first V-cycle takes.
            assert solved.run.residuals[0] != 1.0
    cold = equilibrium(placed, last.family.fine, 1e-8, silent())
    assert last.fine.run.iterations < cold.run.iterations
    np.testing.assert_allclose(last.fine.field.temperature, cold.field.temperature, atol=1e-5)


def test_without_blocks_there_is_nothing_to_refine():
    slabs = [slab(0.5 * MM, area(130.0, 0, 0, SIDE, SIDE))]
    bare = scene((SIDE, SIDE), slabs)
    found = solve(bare, resolution=COARSE, refine=True).evidence.refinement
    assert found.stop is Stop.ACCURACY
    (only,) = found.rounds
    assert (only.missing, only.worst, only.block) == (0, 0.0, "")


def test_a_block_in_void_has_no_error_to_miss():
    placed = plate(0.5)
    half = [
        slab(0.5 * MM, area(130.0, 0, 0, SIDE, 2.25 * MM)),
        slab(MM, area(390.0, 0, 0, SIDE, SIDE)),
    ]
    void = scene(
        (SIDE, SIDE),
        half,
        blocks=[placed.blocks[0], block("no", (MM, 3 * MM, 2 * MM, 3.5 * MM), (0.0, 0.5 * MM))],
    )
    triple = Triple.solved(void, Family.of(void, COARSE), 1e-8, silent())
    found = told(void, triple, wanted(void.blocks))
    assert found.block == "hot"
    assert np.isnan(triple.blocks[1].value)
