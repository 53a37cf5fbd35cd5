"""The sums of the double cosine series at one number of modes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermal.verification.kernel import StackKernel
from thermal.verification.spectrum import NODES, ModeAxis
from thermal.verification.stack import LayeredStack, RectSource

Array = NDArray[np.float64]


@dataclass(frozen=True)
class _HeatedLayer:
    """Sources of one layer: W/m each, and the cosine coefficients of their extents [sources, modes], 1/m."""

    density: Array
    along_x: Array
    along_y: Array


class Truncation:
    """Temperature rise summed over NODES * 2**octaves modes along each axis.

    Parameters
    ----------
    stack : LayeredStack
    sources : sequence of RectSource
    octaves : int
    """

    def __init__(self, stack: LayeredStack, sources: Sequence[RectSource], octaves: int) -> None:
        self.x = ModeAxis(stack.size[0], octaves)
        self.y = ModeAxis(stack.size[1], octaves)
        self._kernel = StackKernel(stack, self.x.nodes, self.y.nodes)
        self._heated: dict[int, _HeatedLayer] = {}
        for layer in sorted({source.layer for source in sources}):
            group = [source for source in sources if source.layer == layer]
            self._heated[layer] = _HeatedLayer(
                np.array([source.power for source in group]) / stack.layers[layer].thickness,
                np.array([self.x.sources(source.rect[0], source.rect[2]) for source in group]),
                np.array([self.y.sources(source.rect[1], source.rect[3]) for source in group]),
            )

    @property
    def modes(self) -> tuple[int, int]:
        """Modes along x and y."""
        return self.x.count, self.y.count

    def lattice(self, x: Array, y: Array, layer: int, heights: Array, *, half: bool = False) -> Array:
        """Rise (K) on a lattice, of all modes or of the lower half along each axis.

        Parameters
        ----------
        x, y : ndarray
            Places, m.
        layer : int
        heights : ndarray
            Above the foot of `layer`, m.
        half : bool
            Sum half of the modes along each axis only.

        Returns
        -------
        ndarray [len(heights), len(y), len(x)]
        """
        rise = np.zeros((heights.size, y.size, x.size))
        cos_x, cos_y = self.x.cosines(x), self.y.cosines(y)
        for source, heated in self._heated.items():
            along_x = _smoothed(self.x, heated.along_x, cos_x, half) * heated.density[:, None, None]
            along_y = _smoothed(self.y, heated.along_y, cos_y, half)
            for index, zeta in enumerate(heights):
                response = self._kernel.at(source, layer, float(zeta))
                part = along_x @ response[: along_x.shape[-1], : along_y.shape[-1]]
                rise[index] += np.einsum("sik,sjk->ji", part, along_y, optimize=True)
        return rise

    def box(self, rect: tuple[float, float, float, float], layer: int) -> tuple[float, float, float]:
        """Mean rise over `rect` times the thickness of `layer`, K: of all modes, of half, of a quarter."""
        sums = np.zeros(3)
        mean_x, mean_y = self.x.means(rect[0], rect[2]), self.y.means(rect[1], rect[3])
        for source, heated in self._heated.items():
            response = self._kernel.mean(source, layer)
            along_x = self.x.compressed(heated.along_x * mean_x)
            along_y = self.y.compressed(heated.along_y * mean_y)
            for drop in range(3):
                keep = along_x.shape[-1] - NODES * drop
                part = along_x[:, :keep] @ response[:keep, :keep]
                sums[drop] += heated.density @ np.sum(part * along_y[:, :keep], axis=1)
        return float(sums[0]), float(sums[1]), float(sums[2])


def _smoothed(axis: ModeAxis, sources: Array, cosines: Array, half: bool) -> Array:
    """Compressed, smoothed amplitudes [sources, places, nodes]."""
    part = ModeAxis(axis.length, axis.octaves - 1) if half else axis
    smooth = sources[:, : part.count] * part.smoothing
    return np.array([part.compressed(row * cosines[:, : part.count]) for row in smooth])
