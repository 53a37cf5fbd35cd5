"""The built-in cases, and the runs of all of them or of a quick few."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from thermal.clock import Progress
from thermal.verify import fourier, manufactured, nonlinear, principles, slabs
from thermal.verify.check import Case, Outcome

CASES: tuple[Case, ...] = (
    *slabs.CASES,
    *fourier.CASES,
    *nonlinear.CASES,
    *manufactured.CASES,
    *principles.CASES,
)


def verify(cases: Sequence[Case] = CASES, progress: Progress | None = None) -> Iterator[Outcome]:
    """Run cases one after the other.

    Parameters
    ----------
    cases
        Default: all.
    progress
        Called with the stage and how far it is, from 0 to 1.
    """
    report = progress or (lambda *_: None)
    for number, case in enumerate(cases, 1):
        prefix = f"{case.key} ({number} of {len(cases)}): "
        checks = case.run(lambda stage, done, prefix=prefix: report(prefix + stage, done))  # type: ignore[misc]
        yield Outcome(case, checks)


@cache
def quick() -> tuple[Outcome, ...]:
    """The cases that take no time worth mentioning, run once in a process."""
    return tuple(verify([case for case in CASES if case.quick]))
