"""Verdicts: a temperature with its numerical error against a limit."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from math import isnan


class Verdict(StrEnum):
    """Outcome of a comparison; `NONE` where there is no limit."""

    PASS = "pass"
    FAIL = "fail"
    UNDECIDED = "undecided"
    NONE = "none"


def verdict(t_max: float, error: float, limit: float | None) -> Verdict:
    """Pass if even ``t_max + error`` is within the limit, fail if even ``t_max - error`` is above it (K)."""
    if limit is None or isnan(t_max):
        return Verdict.NONE
    if t_max + error <= limit:
        return Verdict.PASS
    return Verdict.FAIL if t_max - error > limit else Verdict.UNDECIDED


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict of a whole: one failure fails it, one doubt leaves it undecided."""
    found = set(verdicts)
    for candidate in (Verdict.FAIL, Verdict.UNDECIDED, Verdict.PASS):
        if candidate in found:
            return candidate
    return Verdict.NONE
