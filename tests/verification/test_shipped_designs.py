"""The shipped designs on coarse meshes: heat is conserved, the base case holds its limits, the worst not."""

from functools import cache

import numpy as np
import pytest

from thermal.mesh.resolution import Resolution
from thermal.solution import Solution
from thermal.steady import solve

# Peak of the base case in degC: what a designer of the class would expect to see.
PEAK = {
    "accel-2p5d": (85, 95),
    "chiplets-ucie": (84, 95),
    "npu-custom": (70, 85),
    "soc-multipurpose": (60, 75),
    "stack-3d": (90, 101),
}


@cache
def solved(name: str, scenario: str | None = None) -> Solution:
    return solve(name, scenario=scenario, resolution=Resolution(scale=4.0))


@pytest.mark.parametrize("name", PEAK)
def test_heat_in_is_heat_out(name: str):
    assert solved(name).evidence.energy_balance_rel <= 1e-8


@pytest.mark.parametrize("name", PEAK)
def test_newton_takes_five_steps_at_most_from_cold_and_from_a_coarser_mesh(name: str):
    """Conductivity and mostly leakage depend on temperature; the coarse mesh starts at the ambient."""
    evidence = solved(name).evidence
    for run in (evidence.coarse, evidence.fine):
        assert 1 <= len(run.inner) <= 5
        assert run.outer[-1] <= evidence.tolerance
        assert run.iterations == sum(run.inner) == len(run.residuals) - 1
    if name != "stack-3d":
        assert evidence.leakage > 0.0
        assert evidence.coarse.loop_gain is not None
        assert 0.0 < evidence.coarse.loop_gain < 0.3


@pytest.mark.parametrize("name", PEAK)
def test_nothing_is_colder_than_the_coldest_ambient(name: str):
    solution = solved(name)
    ambients = [f.ambient for f in (solution.scene.top, solution.scene.bottom) if f.cools]
    ambients += [e.ambient for s in solution.scene.slabs for e in s.exposures]
    assert np.nanmin(solution.temperature) >= min(ambients) - 1e-9


@pytest.mark.parametrize("name", PEAK)
def test_base_case_is_as_hot_as_its_class_and_violates_no_limit(name: str):
    metrics = solved(name).metrics
    low, high = PEAK[name]
    assert low < max(block.t_max for block in metrics.blocks) - 273.15 < high
    assert metrics.verdict != "fail"


@pytest.mark.parametrize("name", PEAK)
def test_something_in_the_base_case_is_near_its_limit(name: str):
    """A design in which nothing is near its limit would teach nothing."""
    metrics = solved(name).metrics
    blocks = [block.margin for block in metrics.blocks if block.margin is not None]
    layers = [layer.margin for layer in metrics.layers if layer.margin is not None]
    assert -1.0 < min(blocks + layers) < 8.0


def test_worst_case_of_the_accelerator_violates_its_limits():
    assert solved("accel-2p5d", "worst").metrics.verdict == "fail"


@pytest.mark.parametrize("unit", ["mat_r0c0", "adapter", "ucie0", "hbm_d2d", "ivr"])
def test_a_mirrored_chiplet_is_as_warm_as_its_image(unit: str):
    """core5 (R270) and core6 (MY_R90) are images of each other about an axis that the cooling map shares."""
    metrics = solved("chiplets-ucie").metrics
    left, right = metrics.block(f"core6/{unit}"), metrics.block(f"core5/{unit}")
    assert left.t_avg == pytest.approx(right.t_avg, abs=1.0)
