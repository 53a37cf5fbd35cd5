"""The polynomial: its values, and its shares of the variance against those that scipy estimates."""

import numpy as np
import pytest
from scipy.stats import sobol_indices

from thermal.uncertainty.distribution import Distribution
from thermal.uncertainty.sampling import points, rounded_up
from thermal.uncertainty.surrogate import Surrogate

LAWS = (
    Distribution("normal", (60.0, 8.0)),
    Distribution("uniform", (0.85, 1.25)),
    Distribution("lognormal", (1.0, 0.2)),
)
CENTRE = np.array([60.0, 1.0, 1.0])


class Frozen:
    """What `sobol_indices` asks of a distribution."""

    def __init__(self, law):
        self.ppf = law.at


def surrogate(squares: bool) -> Surrogate:
    linear = np.array([[0.2, -15.0, 8.0], [0.05, -3.0, 0.0]])
    if not squares:
        return Surrogate.linear_only(CENTRE, np.array([350.0, 320.0]), linear)
    products = np.zeros((2, 3, 3))
    products[0, 0, 1], products[0, 1, 2], products[1, 0, 2] = -0.6, 30.0, 0.2
    bent = np.array([[0.004, 40.0, -5.0], [0.0, 12.0, 3.0]])
    return Surrogate(CENTRE, np.array([350.0, 320.0]), linear, bent, products)


@pytest.mark.parametrize("squares", [False, True])
def test_closed_sobol_indices_are_those_that_scipy_estimates(squares):
    model = surrogate(squares)
    variance, first, total = model.variances(LAWS)
    found = sobol_indices(
        func=lambda x: model.at(x.T).T,
        n=2**14,
        dists=[Frozen(law) for law in LAWS],
        rng=np.random.default_rng(3),
    )
    # The estimator's own error at 2^14 points is about 1 / sqrt(n) or better.
    assert np.abs(found.first_order - first).max() < 0.01
    assert np.abs(found.total_order - total).max() < 0.01
    sampled = model.at(points(LAWS, 2**14, "sobol", 5)).var(axis=0)
    assert variance == pytest.approx(sampled, rel=0.01)


def test_a_linear_model_has_the_shares_of_its_slopes():
    model = surrogate(squares=False)
    variance, first, total = model.variances(LAWS)
    parts = (model.linear * [law.sd for law in LAWS]) ** 2
    assert variance == pytest.approx(parts.sum(axis=1), rel=1e-9)
    assert first == pytest.approx(parts / parts.sum(axis=1)[:, None], rel=1e-9)
    assert total == pytest.approx(first, rel=1e-12)
    assert first.sum(axis=1) == pytest.approx([1.0, 1.0])


def test_a_product_of_two_inputs_belongs_to_both():
    two = (Distribution("normal", (0.0, 1.0)), Distribution("normal", (0.0, 2.0)))
    products = np.zeros((1, 2, 2))
    products[0, 0, 1] = 3.0
    zero = np.zeros((1, 2))
    variance, first, total = Surrogate(np.zeros(2), np.zeros(1), zero, zero, products).variances(two)
    assert variance == pytest.approx([36.0], rel=1e-9)
    assert first == pytest.approx(np.zeros((1, 2)), abs=1e-12)
    assert total == pytest.approx(np.ones((1, 2)), rel=1e-9)


def test_what_nothing_moves_has_no_shares():
    still = Surrogate.linear_only(CENTRE, np.array([300.0]), np.zeros((1, 3)))
    variance, first, total = still.variances(LAWS)
    assert variance[0] == 0.0
    assert first.tolist() == total.tolist() == [[0.0, 0.0, 0.0]]


def test_samples_follow_their_laws_and_their_seed():
    for method in ("sobol", "lhs"):
        count = rounded_up(1000, method)
        x = points(LAWS, count, method, 7)
        assert x.shape == (1024 if method == "sobol" else 1000, 3)
        assert np.array_equal(x, points(LAWS, count, method, 7))
        assert not np.array_equal(x, points(LAWS, count, method, 8))
        assert x.mean(axis=0) == pytest.approx([law.mean for law in LAWS], rel=2e-3)
        assert x.std(axis=0) == pytest.approx([law.sd for law in LAWS], rel=2e-2)
        assert np.asarray(np.corrcoef(x.T))[0, 1] == pytest.approx(0.0, abs=0.06)
