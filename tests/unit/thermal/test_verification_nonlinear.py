"""Closed forms of what depends on temperature, against quadrature, plain iteration and 40-digit values."""

import math

import pytest
from scipy.integrate import quad
from scipy.special import lambertw

from thermal.verification import LumpedLeakage, PowerLawTransform


@pytest.mark.parametrize("exponent", [0.0, 0.5, 1.0, 1.3, 2.0, -0.7])
@pytest.mark.parametrize("u", [280.0, 300.0, 340.0, 420.0])
def test_the_transform_undoes_the_integral_of_conductivity(exponent, u):
    transform = PowerLawTransform(305.0, exponent, 300.0)
    t = transform.temperature(u)
    found, _ = quad(lambda x: (x / 300.0) ** -exponent, 305.0, t, epsabs=1e-12)
    assert found == pytest.approx(u - 305.0, abs=1e-9)
    step = 1e-3
    slope = (transform.temperature(u + step) - transform.temperature(u - step)) / (2 * step)
    assert transform.slope(u) == pytest.approx(slope, rel=1e-6)


def test_a_rise_that_no_temperature_carries_is_refused():
    # The integral of T^-2 from 300 K on is 300 K at most.
    with pytest.raises(ValueError, match="no temperature carries a rise of 301 K"):
        PowerLawTransform(300.0, 2.0, 300.0).temperature(601.0)


# reference/exact/leakage_feedback: 40 digits. Other watts -> mean temperature.
BODY = LumpedLeakage(0.6961538461538461, 298.15, 10.0, 358.15, 0.02)
STABLE = {
    0.0: 300.3406848005283,
    60.0: 345.30343300103624,
    100.0: 378.1509840157421,
    140.0: 419.22873856626745,
    154.4131587392571: 445.9360365988008,
    155.81691472779582: 453.39936581787214,
}


@pytest.mark.parametrize("watts", STABLE)
def test_fixed_points_are_those_of_40_digits(watts):
    found = BODY.temperature(watts)
    # Near the fold the last bits of the watts are multiplied by 1 / (1 - loop gain).
    gain = 0.02 * BODY.resistance * BODY.leakage(found)
    assert found == pytest.approx(STABLE[watts], abs=1e-11 / (1.0 - gain) ** 2)
    assert found == pytest.approx(298.15 + BODY.resistance * (watts + BODY.leakage(found)), abs=1e-9)


def test_the_threshold_is_where_leakage_is_one_over_beta_r():
    assert BODY.threshold == pytest.approx(155.97288761541122, rel=1e-13)
    at_fold = BODY.temperature(BODY.threshold * (1.0 - 1e-12))
    assert at_fold == pytest.approx(456.73112560919014, abs=1e-3)
    with pytest.raises(ValueError, match="run away"):
        BODY.temperature(156.0)


@pytest.mark.parametrize("x", [1e-9, 0.05, 0.2, 0.36])
def test_the_branch_is_the_stable_one(x):
    body = LumpedLeakage(1.0, 300.0, x / 0.01, 300.0, 0.01)
    expected = 300.0 - float(lambertw(-x).real) / 0.01
    assert body.temperature(0.0) == pytest.approx(expected, rel=1e-12)
    assert math.isfinite(body.threshold)
