"""Exact warming of layered rectangles after a step of power: cosine series, Laplace transform inverted.

In the Laplace domain a mode obeys the steady equation with kz g^2 = kx a^2 + ky b^2 + s c, c the volumetric
heat capacity of the layer, so that the steady kernel (`kernel`) serves; a step of power divides by s. The
transform's singularities are the negative rates of the stack's modes, all real, for which Talbot's contour
converges like 10^(-0.6 N) with N nodes (Abate and Valko 2004, fixed Talbot). Each time has its own contour.
Where exp(s t) is not yet negligible on it, the poles in the wavenumbers stay off the real axis, so that modes
can be compressed by octaves as in the steady series (`spectrum`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thermal.verification.kernel import StackKernel
from thermal.verification.spectrum import ModeAxis
from thermal.verification.stack import LayeredStack, Rect, RectSource, check_rect

Array = NDArray[np.float64]

NODES = 20
"""Of Talbot's contour: about twelve digits of the transform, which double precision just gives."""


class StepResponse:
    """Temperature rise of a stack at its ambient, in which sources are switched on at time zero.

    Parameters
    ----------
    stack : LayeredStack
        Its ambients are without effect: what is told is the rise above the unheated state.
    capacity : sequence of float
        Volumetric heat capacity of each layer, J/(m3 K).
    sources : sequence of RectSource
    octaves : int
        There are 20 x 2^octaves modes along each axis.

    Raises
    ------
    ValueError
        For a source outside the stack, or capacities that are not one above zero for each layer.

    Examples
    --------
    >>> from thermal.verification import LayeredStack, RectSource, StackLayer, StepResponse
    >>> die = LayeredStack((0.01, 0.01), (StackLayer(5e-4, 130, 130, 130),), 1e4, 0.0, 300.0, 300.0)
    >>> on = RectSource(0, (0.0, 0.0, 0.01, 0.01), 100.0)
    >>> rise = StepResponse(die, [1.6e6], [on], octaves=0).mean(on.rect, 0, [0.01, 1.0, 100.0])
    >>> [round(float(v), 3) for v in rise]
    [11.755, 101.282, 101.282]
    """

    def __init__(
        self,
        stack: LayeredStack,
        capacity: Sequence[float],
        sources: Sequence[RectSource],
        octaves: int = 8,
    ) -> None:
        for source in sources:
            check_rect(stack, source.rect, source.layer)
        if len(capacity) != len(stack.layers) or not all(c > 0 for c in capacity):
            raise ValueError(f"each of {len(stack.layers)} layers needs a heat capacity > 0 (got {capacity})")
        self.stack, self.capacity, self.sources = stack, tuple(capacity), tuple(sources)
        self._axes = [ModeAxis(side, octaves) for side in stack.size]

    def mean(self, rect: Rect, layer: int, times: ArrayLike) -> Array:
        """Rise of the mean over `rect` times the thickness of `layer`, K, at times > 0 in s."""
        check_rect(self.stack, rect, layer)
        read = [axis.means(rect[k], rect[k + 2]) for k, axis in enumerate(self._axes)]
        return self._inverted(read[0], read[1], layer, None, times)

    def at(self, x: float, y: float, z: float, times: ArrayLike) -> Array:
        """Rise at a point (m), K, at times > 0 in s; converges slowly with modes near edges of sources."""
        layer = self.stack.layer_at(z)
        read = [axis.cosines([p])[0] for axis, p in zip(self._axes, (x, y), strict=True)]
        return self._inverted(read[0], read[1], layer, z - float(self.stack.faces[layer]), times)

    def _inverted(self, x: Array, y: Array, layer: int, zeta: float | None, times: ArrayLike) -> Array:
        found = np.atleast_1d(np.asarray(times, float))
        if not (found > 0).all():
            raise ValueError("times must be > 0")
        return np.array([self._talbot(x, y, layer, zeta, float(t)) for t in found])

    def _talbot(self, x: Array, y: Array, layer: int, zeta: float | None, time: float) -> float:
        """Fixed Talbot, Abate and Valko (2004), equations 15 to 17."""
        r = 2 * NODES / (5 * time)
        angle = np.arange(1, NODES) * np.pi / NODES
        cot = 1 / np.tan(angle)
        places = [complex(r), *(r * angle * (cot + 1j))]
        weights = [0.5 + 0j, *(1 + 1j * angle * (1 + cot**2) - 1j * cot)]
        total = 0.0
        for s, weight in zip(places, weights, strict=True):
            total += float((np.exp(time * s) * weight * self._transform(x, y, layer, zeta, s) / s).real)
        return r / NODES * total

    def _transform(self, x: Array, y: Array, layer: int, zeta: float | None, s: complex) -> complex:
        waves = [axis.nodes for axis in self._axes]
        kernel = StackKernel(self.stack, waves[0], waves[1], storing=[s * c for c in self.capacity])
        total = 0j
        for source in self.sources:
            thickness = self.stack.layers[source.layer].thickness
            if zeta is None:
                response = kernel.mean(source.layer, layer)
            else:
                response = kernel.at(source.layer, layer, zeta)
            spread = [axis.sources(source.rect[k], source.rect[k + 2]) for k, axis in enumerate(self._axes)]
            left, right = (
                axis.compressed(r * d) for axis, r, d in zip(self._axes, (x, y), spread, strict=True)
            )
            total += source.power / thickness * complex(left @ response @ right)
        return total
