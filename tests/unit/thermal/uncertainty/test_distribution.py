"""Laws of inputs against those of scipy, cut and uncut."""

from functools import partial

import numpy as np
import pytest
from scipy import stats

from thermal.uncertainty.distribution import Distribution

LAWS = {
    "normal": (Distribution("normal", (60.0, 8.0)), stats.norm(60.0, 8.0)),
    "lognormal": (Distribution("lognormal", (1.0, 0.3)), stats.lognorm(0.3)),
    "uniform": (Distribution("uniform", (0.85, 1.15)), stats.uniform(0.85, 0.3)),
    "triangular": (Distribution("triangular", (0.6, 1.0, 1.02)), stats.triang(0.4 / 0.42, 0.6, 0.42)),
    "rising": (Distribution("triangular", (1.0, 2.0, 2.0)), stats.triang(1.0, 1.0, 1.0)),
    "falling": (Distribution("triangular", (1.0, 1.0, 2.0)), stats.triang(0.0, 1.0, 1.0)),
    "cut normal": (Distribution("normal", (1.0, 0.5), 0.4, 2.0), stats.truncnorm(-1.2, 2.0, 1.0, 0.5)),
}
PROBABILITIES = np.linspace(0.001, 0.999, 999)


@pytest.mark.parametrize("name", LAWS)
def test_quantiles_are_those_of_scipy(name):
    ours, theirs = LAWS[name]
    assert ours.at(PROBABILITIES) == pytest.approx(theirs.ppf(PROBABILITIES), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("name", [name for name in LAWS if name != "cut normal"])
def test_probabilities_below_a_value_undo_quantiles(name):
    ours, _ = LAWS[name]
    found = [ours.below(float(x)) for x in ours.at(PROBABILITIES)]
    assert found == pytest.approx(PROBABILITIES, abs=1e-9)
    assert ours.below(-1e9) == 0.0
    assert ours.below(1e9) == pytest.approx(1.0, abs=1e-15)


def power(x: float, about: float, k: int) -> float:
    return (x - about) ** k


@pytest.mark.parametrize("name", LAWS)
def test_moments_are_those_of_scipy(name):
    ours, theirs = LAWS[name]
    about = float(theirs.mean()) + 0.3 * float(theirs.std())
    expected = [float(theirs.expect(partial(power, about=about, k=k))) for k in (1, 2, 3, 4)]
    # scipy's quadrature does not know of the kink of a triangle: it errs by 1e-6 of the spread.
    scale = [float(theirs.std()) ** k for k in (1, 2, 3, 4)]
    off = [abs(a - b) / s for a, b, s in zip(ours.moments(about), expected, scale, strict=True)]
    assert max(off) < 1e-5
    assert ours.mean == pytest.approx(float(theirs.mean()), rel=1e-9)
    assert ours.sd == pytest.approx(float(theirs.std()), rel=1e-8)


def test_what_is_cut_is_never_reached():
    cut = Distribution("lognormal", (1.0, 1.0), 0.5, 3.0)
    values = cut.at(np.array([1e-12, 0.5, 1.0 - 1e-12]))
    assert values[0] == pytest.approx(0.5, rel=1e-9)
    assert values[2] == pytest.approx(3.0, rel=1e-9)
    assert (values >= 0.5).all()
    assert (values <= 3.0).all()
