"""Two solved designs side by side: what differs in them, and what that did to every temperature."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Generic

from thermal.changes import Change, design_changes
from thermal.metrics import BlockMetrics, LayerMetrics
from thermal.study import Case, Limited


@dataclass(frozen=True)
class Difference(Generic[Limited]):
    """A block or layer in both designs; None where it is in one only."""

    name: str
    before: Limited | None
    after: Limited | None

    @property
    def t_max(self) -> float | None:
        """Change of the maximum, K."""
        if self.before is None or self.after is None:
            return None
        return self.after.t_max - self.before.t_max

    @property
    def t_avg(self) -> float | None:
        """Change of the mean, K."""
        if self.before is None or self.after is None:
            return None
        return self.after.t_avg - self.before.t_avg

    @property
    def error(self) -> float | None:
        """Numerical error of either change: both error bars together, K."""
        if self.before is None or self.after is None:
            return None
        return self.after.error + self.before.error

    @property
    def significant(self) -> bool:
        """Whether the maximum changed by more than both error bars; new and removed parts always count."""
        change, error = self.t_max, self.error
        return change is None or error is None or abs(change) > error

    @property
    def new_verdict(self) -> bool:
        """Whether a part of both designs has another verdict now."""
        return (
            self.before is not None and self.after is not None and self.before.verdict != self.after.verdict
        )


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two cases, the second seen from the first.

    Attributes
    ----------
    changes
        What differs in the designs.
    blocks, layers
        Largest change of the maximum first; parts of one design only come last.
    """

    before: Case
    after: Case

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """What differs in the designs."""
        return design_changes(self.before.design, self.after.design)

    @cached_property
    def blocks(self) -> tuple[Difference[BlockMetrics], ...]:
        """Every block of either design."""
        return _matched(self.before.metrics.blocks, self.after.metrics.blocks)

    @cached_property
    def layers(self) -> tuple[Difference[LayerMetrics], ...]:
        """Every layer of either design."""
        return _matched(self.before.metrics.layers, self.after.metrics.layers)


def compare(before: Case, after: Case) -> Comparison:
    """Compare two solved designs, or two scenarios of one."""
    return Comparison(before, after)


def _matched(a: tuple[Limited, ...], b: tuple[Limited, ...]) -> tuple[Difference[Limited], ...]:
    x: dict[str, Limited] = {part.name: part for part in a}
    y: dict[str, Limited] = {part.name: part for part in b}
    found = [Difference(name, x.get(name), y.get(name)) for name in dict.fromkeys([*x, *y])]
    return tuple(sorted(found, key=_by_size))


def _by_size(difference: Difference[Limited]) -> tuple[bool, float]:
    change = difference.t_max
    unknown = change is None or change != change  # noqa: PLR0124 - a part in void has no temperature
    return unknown, 0.0 if unknown or change is None else -abs(change)
