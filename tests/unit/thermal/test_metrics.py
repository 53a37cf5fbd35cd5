"""Figures by hand in a slab, and ranks and verdicts on a plate with three spots."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from shapely import Polygon

from floorplans.block import BlockKind
from tests.unit.thermal.scenes import MM, area, block, scene, slab
from thermal import Resolution, solve
from thermal.limits import Verdict
from thermal.metrics import evaluate
from thermal.scene import Face, PlacedBlock, Scene
from thermal.solution import Solution

SIDE = 4 * MM
WHOLE = (0.0, 0.0, SIDE, SIDE)
A = SIDE * SIDE
COARSE = Resolution(base=8, other=4, analog=4)


def solved(found: Scene, **kwargs) -> Solution:
    return solve(found, resolution=COARSE, tolerance=1e-11, **kwargs)


class TestResistances:
    """A die of 1 mm, k = 100, heated with 10 W; lid of 2 mm, k = 400; 2 kW/(m2 K) to 310 K."""

    @staticmethod
    def stack(case_z: float | None = None, bottom: Face | None = None, power: float = 10.0) -> Scene:
        slabs = [slab(1 * MM, area(100.0, *WHOLE)), slab(2 * MM, area(400.0, *WHOLE))]
        heater = block("die/heater", WHOLE, (0.0, MM), power)
        found = scene((SIDE, SIDE), slabs, blocks=[heater], top=Face(310.0, 2000.0), bottom=bottom)
        return replace(found, case_z=case_z)

    def test_by_hand_with_all_heat_through_the_top(self):
        found = solved(self.stack()).metrics.resistances
        die, lid, film = 0.5 * MM / 100.0 / A, 2 * MM / 400.0 / A, 1 / 2000.0 / A
        assert found.power == pytest.approx(10.0)
        assert found.theta_ja == pytest.approx(die + lid + film, rel=1e-9)
        assert found.theta_jc == pytest.approx(die + lid, rel=1e-7)
        assert found.psi_jt == pytest.approx(die + lid, rel=1e-7)
        assert found.t_top == pytest.approx(310.0 + 10.0 * film, rel=1e-9)
        assert found.t_junction == pytest.approx(310.0 + 10.0 * (die + lid + film), rel=1e-10)

    def test_the_case_may_be_a_layer_below_the_top(self):
        found = solved(self.stack(case_z=MM)).metrics.resistances
        assert found.theta_jc == pytest.approx(0.5 * MM / 100.0 / A, rel=1e-6)
        assert found.psi_jt == pytest.approx((0.5 * MM / 100.0 + 2 * MM / 400.0) / A, rel=1e-7)

    def test_theta_jc_counts_the_heat_of_the_top_alone(self):
        solution = solved(self.stack(bottom=Face(310.0, 500.0)))
        found, evidence = solution.metrics.resistances, solution.evidence
        assert 0.5 < evidence.heat_bottom < 5.0
        assert evidence.heat_top + evidence.heat_bottom == pytest.approx(10.0, rel=1e-9)
        assert found.theta_jc == pytest.approx(
            (found.t_junction - found.t_case) / evidence.heat_top, rel=1e-12
        )
        assert found.psi_jt == pytest.approx((found.t_junction - found.t_top) / 10.0, rel=1e-9)

    def test_below_a_bare_top_the_ambient_is_that_of_the_bottom(self):
        bare = replace(self.stack(bottom=Face(280.0, 500.0)), top=Face(999.0))
        found = solved(bare).metrics.resistances
        assert found.theta_jc is None
        assert found.theta_ja == pytest.approx((0.5 * MM / 100.0 + 1 / 500.0) / A, rel=1e-9)

    def test_without_heat_there_is_no_resistance(self):
        found = solved(self.stack(power=0.0)).metrics.resistances
        assert (found.theta_ja, found.theta_jc, found.psi_jt) == (None, None, None)


SPOTS: dict[str, tuple[float, float, float]] = {
    "a": (1.0, 1.0, 3.0),
    "b": (3.0, 1.0, 2.0),
    "c": (2.0, 3.2, 1.0),
}


def spot(name: str, kind: BlockKind = BlockKind.OTHER, limit: float | None = None) -> PlacedBlock:
    x, y, power = SPOTS[name]
    outline = ((x - 0.2) * MM, (y - 0.2) * MM, (x + 0.2) * MM, (y + 0.2) * MM)
    return block(f"die/{name}", outline, (0.0, 0.2 * MM), power, kind=kind, limit=limit)


def plate(*blocks: PlacedBlock, pairs: tuple[tuple[str, str], ...] = ()) -> Solution:
    slabs = [slab(0.2 * MM, area(20.0, *WHOLE)), slab(0.5 * MM, area(20.0, *WHOLE))]
    return solved(scene((SIDE, SIDE), slabs, blocks=blocks, top=Face(300.0, 2e4), pairs=pairs))


@pytest.fixture(scope="module")
def three() -> Solution:
    return plate(spot("a"), spot("b", BlockKind.ANALOG), spot("c"), pairs=(("die/a", "die/c"),))


class TestBlocks:
    def test_temperatures_are_those_of_the_field(self, three):
        found = three.metrics.block("die/a")
        direct = three.field.statistics(spot("a").outline, 0.0, 0.2 * MM)
        assert (found.t_max, found.t_avg, found.t_min, found.at) == (
            direct.t_max,
            direct.t_avg,
            direct.t_min,
            direct.at,
        )
        assert found.t_min < found.t_avg < found.t_max
        assert 0.0 < found.error < found.t_max - 300.0

    def test_the_error_is_that_of_the_three_meshes(self, three):
        assert three.metrics.block("die/a").error == three.block_errors[0].value

    def test_gradient_of_sensitive_blocks_alone(self, three):
        found = three.metrics
        assert found.block("die/a").gradient is None
        analog = found.block("die/b")
        assert analog.gradient is not None
        assert 0.0 < analog.gradient <= analog.t_max - analog.t_min
        assert [b.name for b in found.sensitive] == ["die/b"]

    def test_a_gradient_by_hand(self):
        """Heat through a bar from one end: the drop across an unpowered block in the middle of it."""
        hot = block("hot", (0.0, 0.0, MM, MM), (0.0, MM), 2.0)
        probe = block("probe", (4 * MM, 0.0, 5 * MM, MM), (0.0, MM), kind=BlockKind.SENSOR)
        htc = np.zeros((1, 8))
        htc[0, -1] = 1e4
        bar = (0.0, 0.0, 8 * MM, MM)
        found = scene((8 * MM, MM), [slab(MM, area(50.0, *bar))], blocks=[hot, probe], top=Face(300.0, htc))
        gradient = solved(found).metrics.block("probe").gradient
        assert gradient == pytest.approx(2.0 / (MM * MM) * MM / 50.0, rel=1e-4)

    def test_cells_across_count_the_mesh(self, three):
        found = three.metrics.block("die/b")
        wx, _ = three.mesh.widths
        column = three.mesh.tree.locate(np.array([3 * MM]), np.array([1 * MM]))[0]
        assert found.cells_across <= 0.4 * MM / wx[column] * (1 + 1e-9)
        assert found.cells_across >= 4.0 - 1e-9

    def test_polygons_are_blocks_too(self):
        triangle = Polygon([(MM, MM), (3 * MM, MM), (MM, 3 * MM)])
        found = plate(block("die/t", triangle, (0.0, 0.2 * MM), 2.0)).metrics.block("die/t")
        assert 300.0 < found.t_min < found.t_avg < found.t_max

    def test_an_unknown_block_is_told_with_near_misses(self, three):
        with pytest.raises(KeyError, match=r"no block 'die/aa'.*did you mean 'die/a'"):
            three.metrics.block("die/aa")


class TestHotspots:
    def test_they_are_ranked_and_lie_in_their_blocks(self, three):
        found = [h for h in three.metrics.hotspots if h.layer == "layer0"]
        assert [h.block for h in found[:3]] == ["die/a", "die/b", "die/c"]
        assert [h.rank for h in found] == list(range(1, len(found) + 1))
        assert all(x.t >= y.t for x, y in pairwise(found))
        assert found[0].t == three.metrics.block("die/a").t_max

    def test_they_are_apart(self, three):
        found = [h for h in three.metrics.hotspots if h.layer == "layer0"]
        for i, a in enumerate(found):
            for b in found[:i]:
                assert np.hypot(a.x - b.x, a.y - b.y) >= 0.02 * SIDE

    def test_layers_without_power_have_none(self, three):
        assert {h.layer for h in three.metrics.hotspots} == {"layer0"}

    def test_beside_all_blocks_no_block_is_named(self):
        solution = plate(spot("a"))
        hidden = evaluate(replace(solution, scene=replace(solution.scene, blocks=()), block_errors=()))
        assert hidden.hotspots[0].block is None


class TestPairs:
    def test_difference_of_means_with_both_errors(self, three):
        (pair,) = three.metrics.pairs
        a, c = three.metrics.block("die/a"), three.metrics.block("die/c")
        assert (pair.first, pair.second) == ("die/a", "die/c")
        assert pair.delta == a.t_avg - c.t_avg > 0.0
        assert pair.error == a.error + c.error


class TestVerdicts:
    def test_the_verdict_and_the_worst_block(self, three):
        hottest = three.metrics.block("die/a").t_max
        solution = plate(spot("a", limit=hottest + 50.0), spot("b"), spot("c", limit=300.1))
        found = solution.metrics
        assert found.verdict is Verdict.FAIL
        assert found.block("die/a").verdict is Verdict.PASS
        assert found.block("die/b").verdict is Verdict.NONE
        assert found.worst is found.block("die/c")
        assert found.block("die/a").margin == pytest.approx(50.0, abs=1e-6)

    def test_a_limit_inside_the_error_bar_is_undecided(self, three):
        hottest = three.metrics.block("die/a").t_max
        found = plate(spot("a", limit=hottest), spot("b"), spot("c")).metrics
        assert found.verdict is Verdict.UNDECIDED

    def test_without_limits_the_hottest_block_is_the_worst(self, three):
        assert three.metrics.verdict is Verdict.NONE
        assert three.metrics.worst is three.metrics.block("die/a")

    def test_a_layer_with_a_limit_counts(self):
        solution = plate(spot("a"))
        layers = (replace(solution.scene.layers[0], limit=300.5), *solution.scene.layers[1:])
        found = evaluate(replace(solution, scene=replace(solution.scene, layers=layers)))
        assert found.layers[0].verdict is Verdict.FAIL
        assert found.layers[0].margin == pytest.approx(300.5 - found.layers[0].t_max)
        assert found.verdict is Verdict.FAIL

    @pytest.mark.parametrize("order", [1, -1])
    def test_an_idle_block_in_void_is_never_the_worst(self, order):
        half = area(20.0, 0.0, 0.0, SIDE / 2, SIDE)
        blocks = [
            block("void", (3 * MM, MM, 3.5 * MM, 2 * MM), (0.0, MM), limit=310.0),
            block("solid", (MM, MM, 1.5 * MM, 2 * MM), (0.0, MM), 1.0, limit=900.0),
        ]
        for limits in (True, False):
            shown = [b if limits else replace(b, limit=None) for b in blocks][::order]
            found = solved(scene((SIDE, SIDE), [slab(MM, half)], blocks=shown)).metrics
            assert np.isnan(found.block("void").t_max)
            assert found.block("void").verdict is Verdict.NONE
            assert found.worst is found.block("solid")
