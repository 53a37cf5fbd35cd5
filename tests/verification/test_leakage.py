"""Leakage that feeds back, against fixed points known exactly (Lambert's W, Liouville's solution).

Values of reference/exact/leakage_feedback, 40 digits: a die of 1 cm2 in a five-layer stack, cooled at the
top. The whole die leaks P0 exp(beta (T - T0)), by its mean or place by place.
"""

import numpy as np
import pytest
from scipy.special import lambertw

from tests.verification.exact import ExactBlock, design_of
from tests.verification.test_slab import ADIABATIC_BOTTOM, SIZE
from thermal import Design, Resolution, ThermalRunaway, runaway_margin, solve
from thermal.mesh.build import nested_meshes
from thermal.nonlinear import NoSteadyState, newton
from thermal.placement import place
from thermal.system import assemble
from thermal.verification import RectSource

DIE, AMBIENT = 2, 298.15
P0, BETA, T0 = 10.0, 0.02, 358.15
RESISTANCE = 0.6961538461538461
"""K/W from the mean of the die to the ambient."""
THRESHOLD = 155.97288761541122
"""W of dynamic power beyond which there is no steady state."""
# dynamic W: mean K, leaked W, loop gain
LUMPED = {
    0.0: (300.3406848005283, 3.14684004495783, 0.04381369601056671),
    60.0: (345.30343300103624, 7.7342131506598175, 0.10768404463610977),
    100.0: (378.1509840157421, 14.918540575099135, 0.2077119880071495),
    140.0: (419.22873856626745, 33.925259818947765, 0.4723440020945804),
    154.4131587392571: (445.9360365988008, 57.876175601561755, 0.8058144449140521),
    155.81691472779582: (453.39936581787214, 67.1932240161089, 0.9355364266858239),
}
# P0: mean, top and bottom of the die in K, leaked W; no dynamic power
POINTWISE = {
    10.0: (300.34070152044825, 300.27815248538866, 300.37198190676037, 3.1468415897689956),
    60.0: (316.2023693298128, 315.68602904639636, 316.4609394996851, 25.930052428794575),
    85.0: (336.64716441548325, 335.54355227317785, 337.2007985624646, 55.29283558877481),
}
MESH = Resolution(base=2, other=2, scale=0.5)


def leaking(dynamic: float, model: str = "block-mean", power: float = P0) -> Design:
    block = ExactBlock("all", "compute", RectSource(DIE, (0.0, 0.0, *SIZE), dynamic))
    law = {"power_w": power, "at_c": T0 - 273.15, "beta_per_k": BETA, "model": model}
    return design_of(ADIABATIC_BOTTOM, [block], leakage={f"layer{DIE}/all": law})


@pytest.mark.parametrize("dynamic", LUMPED)
def test_fixed_point_of_the_mean(dynamic):
    mean, leaked, gain = LUMPED[dynamic]
    found = solve(leaking(dynamic), resolution=MESH, tolerance=1e-11)
    block = found.metrics.block("layer2/all")
    # The resistance of the discrete problem, from a solve without leakage.
    watts = 100.0
    linear = solve(leaking(watts), resolution=MESH, tolerance=1e-11, leakage=False)
    resistance = (linear.metrics.block("layer2/all").t_avg - AMBIENT) / watts
    a = BETA * resistance * P0 * np.exp(BETA * (AMBIENT + resistance * dynamic - T0))
    fixed = AMBIENT + resistance * dynamic - float(lambertw(-a).real) / BETA
    assert block.t_avg - AMBIENT == pytest.approx(fixed - AMBIENT, rel=1e-6)
    assert block.leakage == pytest.approx(P0 * np.exp(BETA * (block.t_avg - T0)), rel=1e-6)
    assert block.power == pytest.approx(dynamic + block.leakage)
    # With the exact resistance, to the error bar; in one dimension the mean is exact but for the iteration.
    assert abs(block.t_avg - mean) <= block.error + 1e-4
    assert block.leakage == pytest.approx(leaked, rel=1e-4)
    assert found.evidence.power == pytest.approx(block.power)
    assert found.evidence.energy_balance_rel <= 1e-8
    # That of the coarser mesh, from the means of its cells.
    assert found.evidence.loop_gain == pytest.approx(gain, rel=0.02)


@pytest.mark.parametrize("power", POINTWISE)
def test_liouville(power):
    mean, top, bottom, leaked = POINTWISE[power]
    errors = []
    for scale in (0.5, 0.25):
        mesh = Resolution(base=2, other=2, scale=scale)
        found = solve(leaking(0.0, "pointwise", power), resolution=mesh, tolerance=1e-10)
        block = found.metrics.block("layer2/all")
        for value, exact in ((block.t_avg, mean), (block.t_min, top), (block.t_max, bottom)):
            assert abs(value - exact) <= block.error
        errors.append(abs(block.t_avg - mean))
    assert block.t_avg - AMBIENT == pytest.approx(mean - AMBIENT, rel=1e-3)
    assert block.leakage == pytest.approx(leaked, rel=2e-3)
    # Leakage is taken at the centres of cells: second order.
    assert errors[0] / errors[1] == pytest.approx(4.0, rel=0.15)


def test_pointwise_leakage_is_more_than_that_of_the_mean():
    # Jensen: the mean of a convex function is above the function of the mean. Exactly 29 mK here.
    by_place, by_mean = (
        solve(leaking(0.0, model, 85.0), resolution=Resolution(base=2, other=2, scale=0.06)).metrics.blocks[0]
        for model in ("pointwise", "block-mean")
    )
    assert by_place.t_avg - by_mean.t_avg == pytest.approx(336.64716441548325 - 336.6179883065595, rel=0.2)


@pytest.mark.parametrize("dynamic", [60.0, 170.0, 1.001 * THRESHOLD])
def test_threshold(dynamic):
    margin = runaway_margin(leaking(dynamic), resolution=MESH)
    assert margin.stable is (dynamic < THRESHOLD)
    assert margin.critical == "layer2/all"
    assert dynamic + margin.power == pytest.approx(THRESHOLD, rel=1e-3)
    # One more kelvin of ambient is worth 1/R watts.
    assert margin.ambient == pytest.approx(
        RESISTANCE * (THRESHOLD - dynamic), abs=1e-3 * RESISTANCE * THRESHOLD
    )
    # The hottest place of the die is a little hotter than its mean.
    assert margin.t_critical == pytest.approx(456.73112560919014, abs=4.0)
    assert margin.leakage == pytest.approx(71.8232044198895, rel=0.05)


def test_margin_of_the_cooling():
    # At the fold beta R P_leak = 1; R = inner + 1/(h A) is what changes with h.
    dynamic = 100.0
    inner = RESISTANCE - 1.0 / (2e4 * 1e-4)

    def left(resistance: float) -> float:
        return float(-1.0 - np.log(BETA * resistance * P0) + BETA * (T0 - AMBIENT - resistance * dynamic))

    low, high = RESISTANCE, 10.0 * RESISTANCE
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if left(middle) > 0.0 else (low, middle)
    share = 1.0 - (RESISTANCE - inner) / (low - inner)
    assert runaway_margin(leaking(dynamic), resolution=MESH).cooling == pytest.approx(share, abs=1e-3)


@pytest.mark.parametrize("factor", [1.001, 1.09, 2.0])
@pytest.mark.parametrize("model", ["block-mean", "pointwise"])
def test_no_steady_state_is_said_with_the_watts_to_shed(factor, model):
    dynamic = factor * THRESHOLD
    with pytest.raises(ThermalRunaway, match=r"no steady state.*shed") as caught:
        solve(leaking(dynamic, model), resolution=MESH)
    margin = caught.value.margin
    assert not margin.stable
    # By place leakage is a little more, and the threshold by some tenths of a watt lower.
    assert dynamic + margin.power == pytest.approx(THRESHOLD, rel=1e-3 if model == "block-mean" else 1e-2)


def test_newton_converges_quadratically():
    scene = place(leaking(140.0, "pointwise"))
    mesh, _ = nested_meshes(scene, MESH)
    found = newton(assemble(scene, mesh), tolerance=1e-12, forcing=1e-9)
    steps = [r for r in found.outer if r > 1e-12]
    orders = np.diff(np.log(steps[1:])) / np.diff(np.log(steps))[:-1]
    # The order grows to 2 as the steps get short.
    assert orders[-1] > 1.8, found.outer


def test_an_unstable_start_is_not_taken_for_a_steady_state():
    # Newton's method that starts on the unstable branch would stay there; its Jacobian is not definite.
    scene = place(leaking(140.0))
    mesh, _ = nested_meshes(scene, MESH)
    unstable = 486.7477194521457
    stable = newton(assemble(scene, mesh), tolerance=1e-10)
    rise = stable.temperature - AMBIENT
    # The field of more watts in the same place, to first order.
    start = AMBIENT + rise * (unstable - AMBIENT) / (LUMPED[140.0][0] - AMBIENT)
    with pytest.raises(NoSteadyState, match="fold"):
        newton(assemble(scene, mesh), start - AMBIENT, tolerance=1e-10)
    assert stable.loop_gain() == pytest.approx(LUMPED[140.0][2], rel=0.02)
