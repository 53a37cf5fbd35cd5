"""Temperatures as a polynomial of the inputs: linear, and with squares and products where these matter.

    T_b(x) = T_b(x0) + sum_i a_i u_i + sum_i q_i u_i^2 + sum_{i<j} c_ij u_i u_j,     u = x - x0.

The inputs are independent, so variance and Sobol indices follow in closed form from the moments of each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from thermal.kernels.arrays import Floats
from thermal.uncertainty.distribution import Distribution


@dataclass(frozen=True, eq=False)
class Surrogate:
    """The polynomial.

    Attributes
    ----------
    centre
        ``[inputs]`` x0.
    base
        ``[places]`` K at the centre.
    linear, squares
        ``[places, inputs]`` a and q, K per unit and unit squared.
    products
        ``[places, inputs, inputs]`` c, the upper triangle only.
    """

    centre: Floats
    base: Floats
    linear: Floats
    squares: Floats
    products: Floats

    @classmethod
    def linear_only(cls, centre: Floats, base: Floats, slopes: Floats) -> Surrogate:
        """A tangent plane; `slopes` ``[places, inputs]``."""
        n = centre.size
        return cls(centre, base, slopes, np.zeros_like(slopes), np.zeros((base.size, n, n)))

    def at(self, x: Floats) -> Floats:
        """Temperatures ``[samples, places]`` in K at inputs ``[samples, inputs]``."""
        u = np.atleast_2d(x) - self.centre
        found = self.base + u @ self.linear.T + (u * u) @ self.squares.T
        for i, j in np.argwhere(np.any(self.products != 0.0, axis=0)):
            found += np.outer(u[:, i] * u[:, j], self.products[:, i, j])
        return found

    def variances(self, laws: Sequence[Distribution]) -> tuple[Floats, Floats, Floats]:
        """Shares of the variance.

        Parameters
        ----------
        laws
            Of the inputs.

        Returns
        -------
        variance
            ``[places]`` K2.
        first
            ``[places, inputs]`` first-order Sobol indices: what an input explains alone.
        total
            ``[places, inputs]`` total Sobol indices: alone and together with others.
        """
        moments = np.array([law.moments(float(c)) for law, c in zip(laws, self.centre, strict=True)])
        m1, m2, m3, m4 = moments.T.reshape(4, -1)
        spread = m2 - m1**2
        both = self.products + self.products.transpose(0, 2, 1)
        slope = self.linear + both @ m1
        alone = slope**2 * spread + 2.0 * slope * self.squares * (m3 - m1 * m2)
        alone += self.squares**2 * (m4 - m2**2)
        together = both**2 * np.outer(spread, spread)
        variance = alone.sum(axis=1) + 0.5 * together.sum(axis=(1, 2))
        safe = np.where(variance > 0.0, variance, 1.0)[:, None]
        return variance, alone / safe, (alone + together.sum(axis=2)) / safe
