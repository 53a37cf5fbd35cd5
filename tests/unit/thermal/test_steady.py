"""The whole solve: stages told, evidence complete, the same bits twice, refusals."""

from functools import partial

import numba
import numpy as np
import pytest

from floorplans.diagnostics import InputError
from tests.unit.thermal.scenes import MM, UM, area, block, scene, slab, uniform
from thermal import Design, Resolution, load, solve
from thermal.equilibrium import balanced
from thermal.krylov import NoConvergence, conjugate_gradients
from thermal.memory import MemoryLimit
from thermal.scene import Face, Scene
from thermal.system import assemble

SIDE = 4 * MM
WHOLE = (0.0, 0.0, SIDE, SIDE)
COARSE = Resolution(base=8, other=4)

YAML = """
design: tiny
package:
  outline_mm: [4, 4]
  ambient_c: 25
  top: {htc_w_m2k: 2000}
  layers:
    - {name: die, thickness_um: 500, material: silicon, floorplan: {blocks: [
        {name: core, kind: compute, rect_um: [500, 500, 2500, 2500]}]}}
    - {name: lid, thickness_um: 1000, material: copper}
power: {die/core: 5}
limits: {compute: 105}
scenarios:
  hot: {package.ambient_c: 45}
"""


def plate(power: float = 5.0, **kwargs) -> Scene:
    slabs = [
        slab(0.5 * MM, area(130.0, *WHOLE)),
        slab(20 * UM, area(4.0, *WHOLE)),
        slab(MM, area(390.0, *WHOLE)),
    ]
    heater = block("hot", (0.5 * MM, 0.5 * MM, 1.7 * MM, 2.1 * MM), (0.0, 0.5 * MM), power)
    return scene((SIDE, SIDE), slabs, blocks=[heater], **kwargs)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> Design:
    path = tmp_path_factory.mktemp("design") / "tiny.yaml"
    path.write_text(YAML)
    return load(path)


def test_stages_are_told_from_nothing_to_done():
    told: list[tuple[str, float]] = []
    solution = solve(plate(), resolution=COARSE, progress=lambda stage, done: told.append((stage, done)))
    stages = list(dict.fromkeys(stage for stage, _ in told))
    assert set(stages) == set(solution.evidence.stages)
    for stage in stages:
        done = [d for s, d in told if s == stage]
        assert done[0] == 0.0
        assert done[-1] == 1.0
        assert all(0.0 <= d <= 1.0 for d in done)
    iterations = [d for s, d in told if s == "iterate"]
    assert len(iterations) == 2 + solution.evidence.iterations


def test_the_evidence_is_complete():
    solution = solve(plate(bottom=Face(305.0, 50.0)), resolution=COARSE)
    found = solution.evidence
    assert found.cells == solution.temperature.size == found.unknowns
    assert found.columns == solution.mesh.columns == 4 * found.coarse.columns
    assert found.fine.layers == solution.mesh.nz
    assert found.residuals[0] == 1.0
    assert found.residuals[-1] <= found.tolerance == 1e-8
    assert len(found.residuals) == found.iterations + 1
    assert found.energy_balance_rel < 1e-12
    assert found.power == pytest.approx(5.0, rel=1e-13)
    assert found.heat_top + found.heat_bottom + found.heat_sides == pytest.approx(5.0, rel=1e-11)
    assert found.heat_sides == pytest.approx(0.0, abs=1e-9)
    wx, wy = solution.mesh.widths
    assert found.smallest == min(wx.min(), wy.min())
    assert found.largest == max(wx.max(), wy.max())
    assert found.predicted_bytes > 0
    assert found.peak_bytes > 1 << 20
    assert found.wall_s == sum(found.stages.values()) > 0.0


def test_heat_of_exposed_sides_is_told_apart():
    slabs = [slab(MM, area(130.0, *WHOLE), exposed=(100.0, 300.0))]
    found = solve(
        scene((SIDE, SIDE), slabs, blocks=[block("b", WHOLE, (0.0, MM), 2.0)]), resolution=COARSE
    ).evidence
    # 16 mm2 of side at 0.1 kW/(m2 K) beside 16 mm2 of top at 1: about an eleventh of the heat.
    assert found.heat_sides == pytest.approx(2.0 / 11.0, rel=0.05)
    assert found.heat_top + found.heat_sides == pytest.approx(2.0, rel=1e-10)


def test_twice_the_same_bits_on_one_thread_and_on_all():
    first = solve(plate(), resolution=COARSE)
    before = numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        second = solve(plate(), resolution=COARSE)
    finally:
        numba.set_num_threads(before)
    np.testing.assert_array_equal(first.temperature, second.temperature)
    assert first.evidence.residuals == second.evidence.residuals
    assert first.metrics == second.metrics


def test_temperature_rise_is_proportional_to_power():
    one, three = (
        solve(plate(p), resolution=COARSE, tolerance=1e-11).temperature - 300.0 for p in (5.0, 15.0)
    )
    np.testing.assert_allclose(three, 3.0 * one, rtol=1e-9)


def test_without_heat_everything_is_at_ambient_after_no_iteration():
    solution = solve(plate(0.0), resolution=COARSE)
    np.testing.assert_array_equal(solution.temperature, 300.0)
    assert solution.evidence.iterations == 0
    assert solution.evidence.energy_balance_rel == 0.0


def test_a_tighter_tolerance_is_met():
    assert solve(plate(), resolution=COARSE, tolerance=1e-11).evidence.residuals[-1] <= 1e-11


def test_the_balance_is_closed_by_a_constant():
    placed = plate()
    system = assemble(placed, uniform(placed, 6, 6, 2))
    rough = np.full(system.source.shape, 2.0)
    before = rough.copy()
    closed, left = balanced(system, rough)
    assert left < 1e-14
    np.testing.assert_allclose(np.ptp(closed - before), 0.0, atol=1e-9)
    assert system.outflow(closed) == pytest.approx(5.0, rel=1e-13)


class TestDesigns:
    def test_a_file_and_a_loaded_design_give_the_same(self, tiny, tmp_path):
        (tmp_path / "tiny.yaml").write_text(YAML)
        from_file = solve(tmp_path / "tiny.yaml", resolution=COARSE)
        loaded = solve(tiny, resolution=COARSE)
        np.testing.assert_array_equal(from_file.temperature, loaded.temperature)
        assert loaded.design is tiny
        assert loaded.scenario is None

    def test_a_scenario_overrides_the_base(self, tiny):
        base = solve(tiny, resolution=COARSE, constant_k=True)
        hot = solve(tiny, resolution=COARSE, constant_k=True, scenario="hot")
        assert hot.scenario == "hot"
        np.testing.assert_allclose(hot.temperature - base.temperature, 20.0, rtol=1e-9)

    def test_a_bare_scene_has_no_design(self):
        assert solve(plate(), resolution=COARSE).design is None

    def test_an_unknown_name_is_an_input_error(self):
        with pytest.raises(InputError, match="no-such-design"):
            solve("no-such-design")


class TestRefusals:
    def test_more_memory_than_allowed(self):
        with pytest.raises(MemoryLimit, match="may use 1 KiB"):
            solve(plate(), resolution=COARSE, max_memory=1024)

    def test_the_memory_foreseen_is_what_is_compared(self):
        foreseen = solve(plate(), resolution=COARSE).evidence.predicted_bytes
        solve(plate(), resolution=COARSE, max_memory=foreseen)
        with pytest.raises(MemoryLimit):
            solve(plate(), resolution=COARSE, max_memory=foreseen - 1)

    def test_an_iteration_that_stops_short_is_told(self, monkeypatch):
        stopped = partial(conjugate_gradients, limit=2)
        monkeypatch.setattr("thermal.linearised.conjugate_gradients", stopped)
        with pytest.raises(NoConvergence, match="after 2 iterations"):
            solve(plate(), resolution=COARSE)

    def test_no_cooling(self):
        with pytest.raises(InputError, match="'hot': powered, but no path"):
            solve(plate(top=Face(300.0)), resolution=COARSE)
