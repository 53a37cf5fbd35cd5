"""The fitted order and the table it prints."""

import doctest
import io

import numpy as np
import pytest

from thermal.verification import fitted_order, order


@pytest.mark.parametrize("exact", [1.0, 2.0, 3.5])
def test_a_pure_power_is_recovered(exact):
    h = np.array([0.4, 0.1, 0.2])
    assert fitted_order(h, 7 * h**exact, stream=io.StringIO()) == pytest.approx(exact, abs=1e-12)


def test_the_table_shows_width_error_and_local_order(capsys):
    fitted_order([0.2, 0.1], [0.4, 0.05], label="PLL, K")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["h", "PLL,", "K", "order"]
    assert lines[1].split() == ["0.2", "0.4"]
    assert lines[2].split() == ["0.1", "0.05", "3.00"]
    assert lines[3] == "fitted order 3.00"


@pytest.mark.parametrize(
    ("h", "error", "message"),
    [
        ([0.1], [0.2], "at least 2"),
        ([0.1, 0.2], [0.2], "equally long"),
        ([0.1, 0.2], [0.0, 0.2], "> 0"),
        ([0.1, 0.1], [0.1, 0.2], "every h must differ"),
        ([0.1, np.nan], [0.1, 0.2], "finite"),
    ],
)
def test_what_has_no_order_is_refused(h, error, message):
    with pytest.raises(ValueError, match=message):
        fitted_order(h, error)


def test_the_example_of_the_docstring():
    assert doctest.testmod(order).attempted > 0
    assert doctest.testmod(order).failed == 0
