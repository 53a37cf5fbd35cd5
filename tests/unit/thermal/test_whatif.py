"""Superposition: the influence matrix and fields of one watt against solves with other powers."""

from functools import cache

import numpy as np
import pytest

from tests.verification.test_principles import POWER, data
from thermal import Design, Resolution, Solution, solve
from thermal.limits import Verdict

COARSE = Resolution(analog=3, pmic=3, other=3, base=12)
NEW = {"soc0/cpu0": 9.0, "soc0/pll0": 0.3, "mem0/array": 0.2}
EXACT = 1e-6
"""Relative to the change: what the issue asks; responses are kept in single precision, 6e-8."""


@cache
def solution(physics: str, changed: bool) -> Solution:
    tree = data(power=POWER | (NEW if changed else {}))
    if physics == "leakage":
        tree["leakage"] = {"soc0/npu0": {"power_w": 1.0, "at_c": 80, "beta_per_k": 0.02}}
    tree["limits"] = {"analog": 85, "compute": 200}
    # The same cells in both.
    design = Design.from_dict(tree)
    return solve(design, resolution=COARSE, tolerance=1e-11, constant_k=physics == "linear")


def largest_change() -> float:
    before, after = (solution("linear", c).metrics.blocks for c in (False, True))
    return max(abs(a.t_avg - b.t_avg) for a, b in zip(after, before, strict=True))


def test_matrix_reproduces_the_means_of_a_solve():
    answer = solution("linear", False).what_if(NEW)
    assert answer.linear
    assert set(answer.means) == {"soc0/pll0", "soc0/ldo0"}
    for name, t in answer.means.items():
        assert t == pytest.approx(solution("linear", True).metrics.block(name).t_avg, abs=EXACT * 10.0)
    assert largest_change() > 10.0


def test_superposed_fields_reproduce_every_figure_of_a_solve():
    answer = solution("linear", False).what_if(NEW)
    for block in solution("linear", True).metrics.blocks:
        found = answer.block(block.name)
        expected = (block.t_max, block.t_avg, block.t_min)
        assert (found.t_max, found.t_avg, found.t_min) == pytest.approx(
            expected, abs=EXACT * largest_change()
        )


def test_nothing_changed_is_the_solution_itself():
    base = solution("linear", False)
    for answer in (base.what_if({}), base.what_if({"soc0/cpu0": POWER["soc0/cpu0"]})):
        for block in base.metrics.blocks:
            assert answer.block(block.name).t_max == pytest.approx(block.t_max, abs=1e-9)


def test_answers_know_limits():
    base = solution("linear", False)
    assert base.what_if({}).block("soc0/pll0").verdict is Verdict.PASS
    hot = base.what_if({"soc0/pll0": 1.0})
    worst = hot.worst
    assert worst is not None
    assert (worst.name, worst.verdict) == ("soc0/pll0", Verdict.FAIL)
    assert worst.margin is not None
    assert worst.margin == pytest.approx(85 + 273.15 - worst.t_max)


def test_solves_are_kept():
    base = solution("linear", False)
    base.what_if(NEW).blocks  # noqa: B018
    kept = base._superposition
    first = kept.response(0)
    assert base.what_if({"soc0/cpu0": 1.0}).block("soc0/cpu0").t_max < base.metrics.block("soc0/cpu0").t_max
    assert kept.response(0) is first
    # Six face offsets and a value per cell of a block, in single precision.
    assert first.shape == (kept.footprint.column.size, 7)
    assert first.dtype == np.float32


def test_influence_is_reciprocal_up_to_the_curvature_within_cells():
    influence = solution("linear", False).influence()
    assert influence.names == ("soc0/pll0", "soc0/ldo0")
    assert influence.sources == tuple(b.name for b in solution("linear", False).scene.blocks)
    # A watt in any block warms every block.
    assert influence.matrix.min() > 0.0
    everything = solution("linear", False).influence(influence.sources)
    np.testing.assert_allclose(everything.square[2:4], influence.matrix, rtol=1e-7)
    assert everything.reciprocity_defect < 0.01
    finer = solve(
        Design.from_dict(data()), resolution=Resolution(analog=6, pmic=6, other=6, base=24), constant_k=True
    )
    assert finer.influence(influence.sources).reciprocity_defect < 0.8 * everything.reciprocity_defect


@pytest.mark.parametrize("physics", ["k(T)", "leakage"])
def test_tangents_say_what_they_leave_out(physics):
    base, truth = solution(physics, False), solution(physics, True)
    answer = base.what_if(NEW)
    assert not answer.linear
    errors = {b.name: b.t_avg - answer.block(b.name).t_avg for b in truth.metrics.blocks}
    worst = max(abs(e) for e in errors.values())
    assert worst > 0.05
    assert 0.5 * worst < answer.left_out < 2.0 * worst
    for name, error in errors.items():
        # One Newton step takes most of what there is.
        assert abs(error - answer.corrections[name]) < 0.35 * abs(error) + 2e-3, name
    # A small change is left out in second order.
    small = base.what_if({"soc0/pll0": POWER["soc0/pll0"] * 1.1})
    assert small.left_out < 1e-2 * answer.left_out


def test_mistakes_are_told():
    base = solution("linear", False)
    with pytest.raises(KeyError, match="did you mean 'soc0/pll0'"):
        base.what_if({"soc0/pl0": 1.0})
    with pytest.raises(ValueError, match=r"soc0/pll0: power must be finite \(got nan\)"):
        base.what_if({"soc0/pll0": float("nan")})
    with pytest.raises(KeyError, match="did you mean 'soc0/pll0'"):
        base.sensitivity("soc0/pl0")
    with pytest.raises(KeyError, match="did you mean 'soc0/ldo0'"):
        base.influence(["soc0/ldo"])
