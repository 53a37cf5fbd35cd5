"""Shares over blocks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from power.hardware.placement import spread, unmatched

AREAS = {"s/a1": 1.0, "s/a2": 3.0, "s/b": 2.0}


def test_a_pattern_divides_its_weight_by_area():
    assert spread({"s/a*": 3, "s/b": 1}, AREAS) == pytest.approx(
        {"s/a1": 0.1875, "s/a2": 0.5625, "s/b": 0.25}
    )


def test_a_block_named_with_nothing_gets_nothing():
    assert spread({"s/a*": 1, "s/a1": 0}, AREAS) == {"s/a2": 1.0}


def test_no_block_left_is_an_error():
    with pytest.raises(ValueError, match="no block is left for t/"):
        spread({"t/*": 1}, AREAS)


@given(st.dictionaries(st.sampled_from(["s/a*", "s/?1", "s/b", "s/*"]), st.floats(0.01, 10), min_size=1))
def test_shares_sum_to_one(weights):
    assert sum(spread(weights, AREAS).values()) == pytest.approx(1.0, abs=1e-12)


def test_names_and_patterns_that_match_nothing_are_told():
    assert unmatched({"s/a*": 1, "s/c": 1, "t*": 1}, AREAS) == [
        "no block 's/c' in the floorplan; did you mean 's/b'?",
        "no block matches 't*'",
    ]
