"""A case with a known answer, and one number of it beside what the solver says."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from thermal.clock import Progress


@dataclass(frozen=True)
class Check:
    """One quantity of a case.

    Attributes
    ----------
    quantity
        What is compared.
    unit
        ``K`` for a temperature, shown in degC; ``dK`` for a difference of temperatures; ``W``; empty for a
        number without unit.
    exact, computed
        Known answer, and the solver's.
    bar
        How far the two may lie apart: what the solver says of its own error, and the truncation of the exact
        value.
    """

    quantity: str
    unit: str
    exact: float
    computed: float
    bar: float

    @property
    def error(self) -> float:
        """What was computed less what is exact."""
        return self.computed - self.exact

    @property
    def within(self) -> bool:
        """Whether the error bar contains the exact value; not a number never is."""
        return abs(self.error) <= self.bar

    @property
    def share(self) -> float:
        """Part of the error bar that the error takes up."""
        if not math.isfinite(self.error):
            return math.inf
        return abs(self.error) / self.bar if self.bar > 0.0 else (0.0 if self.error == 0.0 else math.inf)


@dataclass(frozen=True)
class Case:
    """A problem with a known answer.

    Attributes
    ----------
    key
        Name on the command line.
    title
        What it is, in a line.
    run
        Solves it; takes how far it is from 0 to 1.
    quick
        Whether it is done in about a tenth of a second, and so for every PDF.
    """

    key: str
    title: str
    run: Callable[[Progress], tuple[Check, ...]] = field(repr=False)
    quick: bool = False


@dataclass(frozen=True)
class Outcome:
    """A case that was run."""

    case: Case
    checks: tuple[Check, ...]

    @property
    def within(self) -> bool:
        """Whether each of its quantities lies within its bar."""
        return all(check.within for check in self.checks)
