"""How far a reported temperature may be off: from what three nested meshes say of it.

The finest mesh F halves the cells of the coarsest C along all three axes; M has the columns of C and the
heights of F. F less M is what halving the columns changes, M less C what halving the heights does. The two
may have opposite signs, so their sizes add. A change by halving is the error left by a method of first
order, and three times that of one of second order: where a source ends inside a cell, or materials meet in
one, the method may be of first order, and the bar assumes no more. Equations and limits:
``docs/theory/error-bars.md``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from floorplans.block import SENSITIVE_KINDS
from thermal.field import BoxStatistics
from thermal.scene import PlacedBlock

ACCURACY = 0.2
"""K, asked of analog, PMIC and sensor blocks that do not say what they need."""
ACCURACY_OF_OTHERS = 1.0
"""K, asked of all other blocks."""


@dataclass(frozen=True)
class Change:
    """What halving the columns and halving the heights did to a figure, K."""

    plane: float
    height: float

    @property
    def size(self) -> float:
        """Both, whatever their signs."""
        return abs(self.plane) + abs(self.height)


@dataclass(frozen=True)
class ErrorBar:
    """Error of the maximum and the mean of a block or layer.

    Attributes
    ----------
    maximum, mean
        Changes of the two between the meshes.
    solver
        Error left by the iteration, K.
    """

    maximum: Change
    mean: Change
    solver: float = 0.0

    @classmethod
    def of(
        cls, coarse: BoxStatistics, mixed: BoxStatistics, fine: BoxStatistics, solver: float = 0.0
    ) -> ErrorBar:
        """From the statistics on three nested meshes."""
        return cls(
            Change(fine.t_max - mixed.t_max, mixed.t_max - coarse.t_max),
            Change(fine.t_avg - mixed.t_avg, mixed.t_avg - coarse.t_avg),
            solver,
        )

    @property
    def plane(self) -> float:
        """What halving the columns changes, K."""
        return combined(self.maximum.plane, self.mean.plane)

    @property
    def height(self) -> float:
        """What halving the heights changes, K."""
        return combined(self.maximum.height, self.mean.height)

    @property
    def value(self) -> float:
        """K; of either figure.

        Maximum and mean are two samples of one local error.
        """
        return combined(self.maximum.size, self.mean.size) + self.solver


def combined(one: float, other: float) -> float:
    """Two samples of one error: the 3-norm, between the larger of the two and the root of their squares.

    Either may vanish by chance where the field only bends; together they do not. The larger one alone misses
    more often, the 2-norm counts samples that agree too much; see ``docs/theory/error-bars.md``.
    """
    return float(math.cbrt(abs(one) ** 3 + abs(other) ** 3))


def error_bars(
    coarse: Sequence[BoxStatistics],
    mixed: Sequence[BoxStatistics],
    fine: Sequence[BoxStatistics],
    solver: float = 0.0,
) -> tuple[ErrorBar, ...]:
    """Of every block or layer."""
    return tuple(ErrorBar.of(c, m, f, solver) for c, m, f in zip(coarse, mixed, fine, strict=True))


def asked(block: PlacedBlock) -> float:
    """Error in K that a block may have at most: its own `accuracy_k`, or that of its kind."""
    if block.accuracy is not None:
        return block.accuracy
    return ACCURACY if block.kind in SENSITIVE_KINDS else ACCURACY_OF_OTHERS
