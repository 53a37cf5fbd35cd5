"""Spreads of a one-dimensional stack, whose temperature is known in closed form for any of its inputs."""

import math
from statistics import NormalDist

import numpy as np
import pytest

from tests.verification.exact import design_of, heated
from thermal import Design, Resolution, solve
from thermal.uncertainty.propagation import propagate
from thermal.verification import LayeredStack, StackLayer, slab

STACK = LayeredStack(
    (0.01, 0.01),
    (
        StackLayer(4e-4, 130.0, 130.0, 130.0),
        StackLayer(5e-5, 4.0, 4.0, 4.0),
        StackLayer(2e-3, 390.0, 390.0, 390.0),
    ),
    20000.0,
    0.0,
    300.0,
    300.0,
)
WATTS = 80.0
BLOCK = "layer0/all"
COARSE = Resolution(base=8, other=2)
SAMPLES = 4096
# A Sobol sequence puts one of n samples into each n-th of probability, so a quantile's probability is off by
# 2 / n at most: divided by the normal density at P5, 0.103 / sd, that is this part of a standard deviation.
ONE = 2.0 / SAMPLES / 0.103
"""Of a standard deviation."""
AREA = STACK.area
SINK = 1.0 / (STACK.h_top * AREA)
LINE = 5e-5 / (4.0 * AREA)


def design(*entries, limit: float | None = None) -> Design:
    data = design_of(STACK, heated(STACK, {0: WATTS})).to_dict()
    limits = {} if limit is None else {BLOCK: limit - 273.15}
    return Design.from_dict(data | {"uncertainty": list(entries), "limits": limits})


def spread_of(*entries, limit=None, **settings):
    made = design(*entries, limit=limit)
    found = propagate(
        solve(made, resolution=COARSE, tolerance=1e-11),
        resolution=COARSE,
        tolerance=1e-11,
        **{"samples": SAMPLES, "checks": 4} | settings,
    )
    return found, found.spreads[0]


NOMINAL = slab(STACK, {0: WATTS}).maximum(0)[0]
RISE = NOMINAL - 300.0
NORMAL = {
    # input, and what one standard deviation of it does to the hottest temperature, K
    "watts": ({"power": "*", "normal": {"sd": 0.1}}, 0.1 * RISE),
    "watts of the block": ({"set": f"power.{BLOCK}", "normal": {"sd": 4.0}}, 4.0 / WATTS * RISE),
    "bond line": (
        {"set": "package.layers.layer1.thickness_um", "normal": {"sd": 8.0}},
        WATTS * LINE * 8 / 50,
    ),
    "ambient": ({"set": "package.top.ambient_c", "normal": {"sd": 3.0}}, 3.0),
}


@pytest.mark.parametrize("name", NORMAL)
def test_a_normal_input_that_acts_linearly_gives_a_normal_temperature(name):
    entry, sd = NORMAL[name]
    found, spread = spread_of(entry, limit=NOMINAL + sd)
    law = NormalDist(NOMINAL, sd)
    assert spread.nominal == pytest.approx(NOMINAL, abs=1e-5)
    for ours, p in ((spread.p5, 0.05), (spread.p50, 0.5), (spread.p95, 0.95)):
        assert ours == pytest.approx(law.inv_cdf(p), abs=ONE * sd)
    assert spread.sd == pytest.approx(sd, rel=5e-3)
    # Difference quotients over a hundredth of sd, 16 mK at least, of temperatures in double precision.
    assert spread.slopes[0] * found.inputs[0].distribution.sd == pytest.approx(sd, rel=1e-5)
    assert spread.probability == pytest.approx(1.0 - law.cdf(NOMINAL + sd), abs=1e-3)
    assert spread.first[0] == pytest.approx(1.0, abs=1e-9)
    # What is linear is met by the tangent, at the corners too.
    assert not found.checked.second_order
    assert found.checked.linear[0] <= 1e-4


def test_a_lognormal_resistance_gives_a_shifted_lognormal_temperature():
    made = design_of(STACK, heated(STACK, {0: WATTS})).to_dict()
    made["package"]["top"] = {"resistance_k_w": SINK, "ambient_c": 300.0 - 273.15}
    entry = {"set": "package.top.resistance_k_w", "lognormal": {"sd": 0.25}}
    solution = solve(Design.from_dict(made | {"uncertainty": [entry]}), resolution=COARSE, tolerance=1e-11)
    spread = propagate(solution, resolution=COARSE, samples=SAMPLES, tolerance=1e-11).spreads[0]
    for ours, p in ((spread.p5, 0.05), (spread.p50, 0.5), (spread.p95, 0.95)):
        sink = SINK * math.exp(0.25 * NormalDist().inv_cdf(p))
        assert ours == pytest.approx(NOMINAL + WATTS * (sink - SINK), abs=ONE * spread.sd)
    # The mean of a lognormal law lies above its median.
    assert spread.mean == pytest.approx(
        NOMINAL + WATTS * SINK * (math.exp(0.25**2 / 2) - 1), abs=ONE * spread.sd
    )


def film(p: float) -> float:
    """Exact quantile of the hottest temperature where the film coefficient is uniform over +-30 %."""
    return NOMINAL + WATTS * SINK * (1.0 / (1.3 - 0.6 * p) - 1.0)


def test_an_input_that_acts_nonlinearly_is_found_out_and_bent():
    found, spread = spread_of({"set": "package.top.htc_w_m2k", "relative": True, "uniform": [0.7, 1.3]})
    checked = found.checked
    assert checked.second_order
    # 1 / h between 0.73 and 1.27: what a parabola through P5, nominal and P95 leaves is below 2 % of it.
    assert checked.final[0] < 0.3 * checked.linear[0]
    for ours, p in ((spread.p5, 0.05), (spread.p50, 0.5), (spread.p95, 0.95)):
        assert ours == pytest.approx(film(p), abs=spread.deviation + ONE * spread.sd)


def test_solving_every_sample_needs_no_model():
    _, spread = spread_of(
        {"set": "package.top.htc_w_m2k", "relative": True, "uniform": [0.7, 1.3]}, samples=64, direct=True
    )
    # 64 balanced samples: each stands for 1/64 of probability.
    for ours, p in ((spread.p5, 0.05), (spread.p50, 0.5), (spread.p95, 0.95)):
        assert film(p - 1 / 64) - 1e-6 <= ours <= film(min(p + 2 / 64, 1.0)) + 1e-6


def test_shares_of_watts_and_of_a_resistance_are_those_of_their_product():
    # T = T0 + P (R + r (s - 1)), with a uniform factor s on the bond line's thickness and a normal one on P.
    watts, line = 0.1, np.array([0.6, 1.4])
    found, spread = spread_of(
        {"power": "*", "normal": {"sd": watts}},
        {"set": "package.layers.layer1.thickness_um", "relative": True, "uniform": line.tolist()},
    )
    width = (line[1] - line[0]) / math.sqrt(12.0)
    parts = np.array([(watts * RISE) ** 2, (WATTS * LINE * width) ** 2])
    both = (WATTS * LINE * watts * width) ** 2
    if found.checked.second_order:
        total = parts.sum() + both
        assert spread.first == pytest.approx(parts / total, abs=1e-3)
        assert spread.total == pytest.approx((parts + both) / total, abs=1e-3)
    else:
        assert spread.first == pytest.approx(parts / parts.sum(), abs=1e-6)
        assert both / parts.sum() < 0.01
    assert spread.sd == pytest.approx(math.sqrt(parts.sum() + both), rel=0.01)


def test_the_numerical_error_stays_out_of_the_spread():
    entry, sd = NORMAL["watts"]
    _, fine = spread_of(entry, limit=NOMINAL)
    assert fine.probability == pytest.approx(0.5, abs=1e-3)
    assert fine.error < 1e-3 * sd
    low, high = fine.probable
    assert low <= fine.probability <= high


def test_the_same_seed_gives_the_same_numbers_and_another_one_others():
    entries = [NORMAL["watts"][0], NORMAL["ambient"][0]]
    one, two, other = (spread_of(*entries, seed=seed, samples=256)[1] for seed in (3, 3, 4))
    assert (one.p5, one.p95, one.sd) == (two.p5, two.p95, two.sd)
    assert (one.p5, one.p95) != (other.p5, other.p95)
    hypercube = spread_of(*entries, seed=3, samples=300, method="lhs")[1]
    assert hypercube.p95 == pytest.approx(one.p95, abs=0.2 * one.sd)
    assert hypercube.p95 != one.p95


def test_points_without_a_steady_state_are_counted():
    # Leakage P0 exp(beta (T - 300)) behind R runs away where e beta R P0 > exp(-beta R P): here for a part of
    # the range of P0.
    made = design_of(STACK, heated(STACK, {0: WATTS})).to_dict()
    resistance, beta = RISE / WATTS, 0.02
    edge = math.exp(-beta * RISE) / (math.e * beta * resistance)
    leak = {BLOCK: {"power_w": 0.9 * edge, "at_c": 300.0 - 273.15, "beta_per_k": beta}}
    entry = {"leakage": "*", "uniform": [0.8, 1.4]}
    data = made | {"leakage": leak, "uncertainty": [entry], "limits": {BLOCK: 300.0}}
    found = propagate(
        solve(Design.from_dict(data), resolution=COARSE), resolution=COARSE, samples=32, direct=True
    )
    # Runs away above a factor of 1 / 0.9; the edge is that of the lumped problem, so a sample may be off.
    expected = 32 * (1.4 - 1.0 / 0.9) / 0.6
    assert found.checked.runaway == pytest.approx(expected, abs=1.5)
    spread = found.spreads[0]
    assert spread.p95 == math.inf
    assert spread.probability == found.checked.runaway / 32
    assert found.verdict == "fail"
    assert found.probability == spread.probability
