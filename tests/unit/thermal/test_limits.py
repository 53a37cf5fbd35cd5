"""Verdicts at their borders."""

from itertools import permutations

import pytest

from thermal.limits import Verdict, verdict, worst


@pytest.mark.parametrize(
    ("t_max", "error", "limit", "expected"),
    [
        (370.0, 0.5, 371.0, Verdict.PASS),
        (370.5, 0.5, 371.0, Verdict.PASS),
        (370.75, 0.5, 371.0, Verdict.UNDECIDED),
        (371.0, 0.0, 371.0, Verdict.PASS),
        (371.25, 0.5, 371.0, Verdict.UNDECIDED),
        (371.5, 0.5, 371.0, Verdict.UNDECIDED),
        (371.75, 0.5, 371.0, Verdict.FAIL),
        (372.0, 0.0, 371.0, Verdict.FAIL),
        (372.0, 0.0, None, Verdict.NONE),
        (float("nan"), 0.1, 371.0, Verdict.NONE),
        (370.0, float("nan"), 371.0, Verdict.UNDECIDED),
        (370.0, float("inf"), 371.0, Verdict.UNDECIDED),
    ],
)
def test_verdict(t_max, error, limit, expected):
    assert verdict(t_max, error, limit) is expected


def test_one_failure_fails_the_whole_and_one_doubt_leaves_it_undecided():
    order = [Verdict.NONE, Verdict.PASS, Verdict.UNDECIDED, Verdict.FAIL]
    for a, b in permutations(range(4), 2):
        assert worst([order[a], order[b]]) is order[max(a, b)]
    assert worst([]) is Verdict.NONE
