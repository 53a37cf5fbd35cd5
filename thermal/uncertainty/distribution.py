"""Laws of uncertain inputs: normal, lognormal, uniform, triangular, each cut where it must be."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Law = Literal["normal", "lognormal", "uniform", "triangular"]

_EDGE = 1e-15
"""Probability beyond which the tails of a law are not integrated."""


@dataclass(frozen=True)
class Distribution:
    """A law, cut to [low, high] and normalised again.

    Attributes
    ----------
    law
        Name of the law.
    parameters
        normal: mean and standard deviation; lognormal: median and standard deviation of the logarithm;
        uniform: ends; triangular: lower end, mode, upper end.
    low, high
        Where it is cut; infinite for not at all.
    """

    law: Law
    parameters: tuple[float, ...]
    low: float = -math.inf
    high: float = math.inf

    def below(self, value: float) -> float:
        """Probability of at most `value` before the law is cut."""
        if self.law == "normal":
            mean, sd = self.parameters
            return _normal_below((value - mean) / sd)
        if self.law == "lognormal":
            median, sd = self.parameters
            return _normal_below(math.log(value / median) / sd) if value > 0.0 else 0.0
        a, b = self.parameters[0], self.parameters[-1]
        if value <= a or value >= b:
            return float(value >= b)
        if self.law == "uniform":
            return (value - a) / (b - a)
        mode = self.parameters[1]
        if value < mode:
            return (value - a) ** 2 / ((b - a) * (mode - a))
        return 1.0 - (b - value) ** 2 / ((b - a) * (b - mode))

    @cached_property
    def kept(self) -> tuple[float, float]:
        """Probabilities before the law is cut at the two ends of what is kept."""
        return self.below(self.low), self.below(self.high)

    def at(self, probability: NDArray[np.float64]) -> NDArray[np.float64]:
        """Quantiles of the cut law; `probability` strictly between 0 and 1."""
        import numpy as np

        first, last = self.kept
        u = first + np.asarray(probability, float) * (last - first)
        return np.clip(self._uncut(u), self.low, self.high)

    def quantile(self, probability: float) -> float:
        """One quantile."""
        import numpy as np

        return float(self.at(np.array(probability)))

    def _uncut(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        import numpy as np

        if self.law in ("normal", "lognormal"):
            from scipy.special import ndtri

            centre, sd = self.parameters
            z = np.asarray(ndtri(u), float)
            return centre + sd * z if self.law == "normal" else centre * np.exp(sd * z)
        a, b = self.parameters[0], self.parameters[-1]
        if self.law == "uniform":
            return a + u * (b - a)
        mode = self.parameters[1]
        rising = a + np.sqrt(u * (b - a) * (mode - a))
        falling = b - np.sqrt((1.0 - u) * (b - a) * (b - mode))
        return np.where(u < (mode - a) / (b - a), rising, falling)

    def moments(self, about: float) -> tuple[float, float, float, float]:
        """Means of (x - about)^k for k = 1 ... 4, by Gauss-Legendre quadrature of the quantile's inverse."""
        import numpy as np

        nodes, weights = np.polynomial.legendre.leggauss(16)
        edges = self._panels()
        half, middle = 0.5 * np.diff(edges)[:, None], 0.5 * (edges[1:] + edges[:-1])[:, None]
        x = (middle + half * nodes).ravel()
        mass = (half * weights).ravel() * self._density(x)
        mass /= mass.sum()
        first, second, third, fourth = (float(np.sum(mass * (x - about) ** k)) for k in (1, 2, 3, 4))
        return first, second, third, fourth

    def _panels(self) -> NDArray[np.float64]:
        """Ends of intervals on which the density is smooth and changes slowly."""
        import numpy as np

        ends = self._uncut(np.array([max(self.kept[0], _EDGE), min(self.kept[1], 1.0 - _EDGE)]))
        if self.law == "lognormal":
            return np.geomspace(ends[0], ends[1], 65)
        kinks = [k for k in self.parameters[1:2] if self.law == "triangular" and ends[0] < k < ends[1]]
        return np.unique([*np.linspace(ends[0], ends[1], 65), *kinks])

    def _density(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Up to a factor."""
        import numpy as np

        if self.law == "normal":
            mean, sd = self.parameters
            return np.asarray(np.exp(-0.5 * ((x - mean) / sd) ** 2))
        if self.law == "lognormal":
            median, sd = self.parameters
            return np.asarray(np.exp(-0.5 * (np.log(x / median) / sd) ** 2) / x)
        if self.law == "uniform":
            return np.ones_like(x)
        a, mode, b = self.parameters
        return np.where(x < mode, (x - a) / max(mode - a, 1e-300), (b - x) / max(b - mode, 1e-300))

    @cached_property
    def mean(self) -> float:
        """Of the cut law."""
        return self.moments(0.0)[0]

    @cached_property
    def sd(self) -> float:
        """Standard deviation of the cut law."""
        mean, square, *_ = self.moments(self.quantile(0.5))
        return math.sqrt(square - mean**2)


def _normal_below(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2.0))
