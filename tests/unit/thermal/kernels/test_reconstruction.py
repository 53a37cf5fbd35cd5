"""The parabola in a cell: ends, mean, extremes."""

import numpy as np
import pytest

from thermal.kernels.reconstruction import extreme, mean, value

CASES = [(-1.0, -2.0), (1.0, 3.0), (-1.0, 1.0), (0.0, 0.0), (-0.5, 4.0), (-3.0, -0.1)]


@pytest.mark.parametrize(("a", "b"), CASES)
class TestParabola:
    def test_it_passes_through_its_ends(self, a, b):
        assert value(a, b, -0.5) == pytest.approx(a, abs=1e-15)
        assert value(a, b, 0.5) == pytest.approx(b, abs=1e-15)

    def test_the_end_tangents_meet_at_the_cells_temperature(self, a, b):
        """The half-cell fluxes of the scheme: slope -2a at the low end, 2b at the high end."""
        h = 1e-6
        low = (value(a, b, -0.5 + h) - value(a, b, -0.5)) / h
        high = (value(a, b, 0.5) - value(a, b, 0.5 - h)) / h
        assert low == pytest.approx(-2.0 * a, abs=1e-4)
        assert high == pytest.approx(2.0 * b, abs=1e-4)

    @pytest.mark.parametrize(("s0", "s1"), [(-0.5, 0.5), (-0.5, -0.2), (0.1, 0.35), (0.2, 0.2)])
    def test_mean_and_extremes_on_an_interval(self, a, b, s0, s1):
        s = np.linspace(s0, s1, 20_001)
        v = np.array([value(a, b, x) for x in s])
        assert mean(a, b, s0, s1) == pytest.approx(
            np.trapezoid(v, s) / (s1 - s0) if s1 > s0 else v[0], abs=1e-7
        )
        for sign, best in ((1.0, v.max()), (-1.0, v.min())):
            where, found = extreme(a, b, s0, s1, sign)
            assert found == pytest.approx(best, abs=1e-7)
            assert s0 <= where <= s1
            assert value(a, b, where) == pytest.approx(found, abs=1e-14)
