"""Cosine modes of one axis, compressed by octaves.

A sum over modes m < M, n < N of x[m] G[m, n] y[n] takes M N evaluations of G. But G depends on the
wavenumbers only through a^2 and b^2 and, the conduction operator being self-adjoint, all its poles in complex
a lie on the imaginary axis. On an octave M0 .. 2 M0 of modes, polynomial interpolation in p Chebyshev nodes
therefore converges like (3 + sqrt 8)^-p: 20 nodes an octave reach rounding. The sum becomes

    sum over node pairs of (L^T x)[i] G[i, j] (L^T y)[j],

L holding the interpolation polynomials, and G is evaluated at (20 octaves)^2 points whatever M and N.
"""

from __future__ import annotations

from functools import cache, cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

NODES = 20
"""Nodes an octave; the first NODES modes are taken one by one."""

_ANGLES = (np.arange(NODES) + 0.5) * np.pi / NODES
_PLACES = 0.5 + 0.5 * np.cos(_ANGLES)
"""Chebyshev nodes of 0 .. 1. None is rational, so no mode of an octave falls on one."""


@cache
def _octave(exponent: int) -> Array:
    """Barycentric interpolation from the nodes to the modes of an octave, [NODES * 2**exponent, NODES]."""
    modes = NODES * 2**exponent
    weight = (-1.0) ** np.arange(NODES) * np.sin(_ANGLES)
    terms = weight / ((np.arange(modes) / modes)[:, None] - _PLACES)
    return np.asarray(terms / terms.sum(axis=1, keepdims=True))


class ModeAxis:
    """Modes cos(m pi x / length), m < NODES * 2**octaves, and their compressed form.

    Parameters
    ----------
    length : float
        Extent of the domain along the axis, m.
    octaves : int
        Number of doublings of the NODES lowest modes.
    """

    def __init__(self, length: float, octaves: int) -> None:
        self.length = length
        self.octaves = octaves
        self.count = NODES * 2**octaves

    @cached_property
    def wavenumbers(self) -> Array:
        """Of every mode, 1/m."""
        return np.arange(self.count) * (np.pi / self.length)

    @property
    def nodes(self) -> Array:
        """Wavenumbers at which a kernel is to be evaluated, 1/m; those of fewer octaves come first."""
        parts = [np.arange(NODES, dtype=float)]
        parts += [NODES * 2**k * (1 + _PLACES) for k in range(self.octaves)]
        return np.concatenate(parts) * (np.pi / self.length)

    def compressed(self, amplitudes: Array) -> Array:
        """Amplitudes [..., modes] as weights [..., nodes] of the kernel's values at the nodes."""
        parts = [amplitudes[..., :NODES]]
        for k in range(self.octaves):
            first, last = NODES * 2**k, NODES * 2 ** (k + 1)
            parts.append(amplitudes[..., first:last] @ _octave(k))
        return np.concatenate(parts, axis=-1)

    def cosines(self, places: ArrayLike) -> Array:
        """cos(a x) at the given places (m), [places, modes]."""
        return np.asarray(np.cos(np.asarray(places)[:, None] * self.wavenumbers))

    def means(self, low: float, high: float) -> Array:
        """Mean of cos(a x) over low .. high (m), [modes]."""
        half = self.wavenumbers * (high - low) / 2
        return np.asarray(np.cos(self.wavenumbers * (low + high) / 2) * np.sinc(half / np.pi))

    def sources(self, low: float, high: float) -> Array:
        """Cosine coefficients of a unit amount spread evenly over low .. high, 1/m, [modes]."""
        scale = np.full(self.count, 2 / self.length)
        scale[0] = 1 / self.length
        return scale * self.means(low, high)

    @cached_property
    def smoothing(self) -> Array:
        """Exponential filter of order 8, [modes], that takes the ringing of the cut out of point values."""
        return np.asarray(np.exp(-36.04 * (np.arange(self.count) / self.count) ** 8))
