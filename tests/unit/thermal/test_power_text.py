"""Numbers of the power report in words."""

import pytest

from thermal.report.power_text import joules, prefixed, seconds, size, tokens


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.1, "0.1"),
        (157.2, "157"),
        (2.38e14, "238 T"),
        (1000.0, "1 k"),
        (0.0454, "45.4 m"),
        (4.42e-6, "4.42 µ"),
        (2.85e-10, "285 p"),
        (3.2e16, "32000 T"),
    ],
)
def test_three_digits_and_a_prefix(value, text):
    assert prefixed(value) == text


def test_units_stand_behind_the_prefix():
    assert (joules(0.68), joules(0.0045), joules(8.63e-6)) == ("0.68 J", "4.5 mJ", "8.63 µJ")
    assert (size(16.06e9), size(132.0), size(5.11e7)) == ("16.1 GB", "132 B", "51.1 MB")
    assert (seconds(1.32), seconds(0.0074), seconds(1.4e-6)) == ("1.32 s", "7.4 ms", "1.4 µs")
    assert (tokens(2048), tokens(262144), tokens(500)) == ("2k", "256k", "500")
