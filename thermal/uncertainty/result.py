"""The outcome of a study of uncertain inputs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from floorplans.block import BlockKind
from thermal.kernels.arrays import Floats
from thermal.limits import Verdict, verdict, worst
from thermal.solution import Solution
from thermal.uncertainty.inputs import Input
from thermal.uncertainty.sampling import Method

RISK = 0.05
"""Probability of violating a limit from which a design does not hold it: P95 lies above the limit."""


@dataclass(frozen=True, eq=False)
class Spread:
    """The highest temperature of a block, or of a layer with a limit, over the samples; K.

    Attributes
    ----------
    nominal, error
        Of the solve of the design as it is, with its numerical error bar.
    p5, p50, p95
        Of the samples, numerical error left out; infinite where so many have no steady state.
    mean, sd
        The same, of the samples with a steady state.
    probability
        Of lying above the limit; None without one. `probable` is the same with the temperatures less and
        plus the numerical error.
    deviation
        Largest distance of the model from the new solves.
    slopes
        ``[inputs]`` K per unit of the input's distribution.
    first, total
        ``[inputs]`` Sobol indices.
    """

    name: str
    kind: BlockKind | None
    nominal: float
    error: float
    limit: float | None
    p5: float
    p50: float
    p95: float
    mean: float
    sd: float
    probability: float | None
    probable: tuple[float, float] | None
    deviation: float
    slopes: Floats
    first: Floats
    total: Floats

    @property
    def margin(self) -> float | None:
        """Limit less P95, K."""
        return None if self.limit is None else self.limit - self.p95

    @property
    def verdict(self) -> Verdict:
        """Of P95 with the numerical error against the limit."""
        return verdict(self.p95, self.error, self.limit)


@dataclass(frozen=True)
class Checked:
    """What new solves on the mesh of the study say of the model.

    Attributes
    ----------
    solves
        Points at which they were made: random ones, and the two corners.
    runaway
        Points without a steady state; none of them is left out of this count.
    linear, final
        Largest deviation over points and places of the linear model, and of the one used: in K, and as a
        part of the width from P5 to P95.
    second_order
        Whether squares and products were added.
    direct
        Whether the points are the samples themselves, and the model is used for shares only.
    """

    solves: int
    runaway: int
    linear: tuple[float, float]
    final: tuple[float, float]
    second_order: bool
    direct: bool = False


@dataclass(frozen=True, eq=False)
class Uncertainty:
    """Outcome of a study.

    Attributes
    ----------
    solution
        Of the design as it is.
    samples, method, seed
        Of the inputs.
    cells
        Of the mesh on which slopes and checks were solved.
    solves
        On that mesh.
    probability
        Of violating any limit; None without limits.
    """

    solution: Solution
    inputs: tuple[Input, ...]
    spreads: tuple[Spread, ...]
    checked: Checked
    samples: int
    method: Method
    seed: int
    cells: int
    solves: int
    probability: float | None

    @cached_property
    def by_risk(self) -> tuple[Spread, ...]:
        """Least margin of P95 first; those without a limit follow, hottest first."""

        def badness(spread: Spread) -> tuple[bool, float]:
            return spread.margin is None, -spread.p95 if spread.margin is None else spread.margin

        return tuple(sorted(self.spreads, key=badness))

    @property
    def limiting(self) -> Spread:
        """The block or layer nearest to its limit, or beyond it."""
        return self.by_risk[0]

    @property
    def verdict(self) -> Verdict:
        """Of all P95, with their numerical errors; undecided where a point was found that runs away."""
        found = worst(spread.verdict for spread in self.spreads)
        return Verdict.UNDECIDED if self.checked.runaway and found is not Verdict.FAIL else found
