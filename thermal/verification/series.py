"""Exact temperature of layered orthotropic rectangles with rectangular sources: a double cosine series.

    T(x, y, z) = T_1(z) + sum over sources s, modes m, n of P_s / d_s X_sm Y_sn cos(a x) cos(b y) G_mn(z)

a = m pi / Lx, b = n pi / Ly; X and Y are the cosine coefficients of the source's extent, d its layer's
thickness, G the response of the stack to the mode (`kernel`), T_1 the unheated stack between its two ambients
(`slab`). The sums run over up to 6e5 modes an axis, compressed by octaves (`spectrum`), and every value says
how far the modes that were left out may move it. Derivation and error bars: docs/theory/exact-solutions.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thermal.verification.maxima import Peak, highest
from thermal.verification.slab import Slab, slab
from thermal.verification.spectrum import NODES
from thermal.verification.stack import LayeredStack, Rect, RectSource, check_rect
from thermal.verification.truncation import Truncation

Array = NDArray[np.float64]
Result = TypeVar("Result")

LARGEST_OCTAVES = 15
# Rounding and interpolation by octaves, relative to the rise; the tests hold it against plain sums.
FLOOR = 1e-11


@dataclass(frozen=True)
class ExactValue:
    """A temperature with its truncation error bar.

    Parameters
    ----------
    value : float
        In K.
    error : float
        Bound on what truncation (and, for maxima, their location) may change, K.
    modes : (int, int)
        Modes summed along x and y.
    place : (float, float, float), optional
        Of a maximum: x, y, z in m.
    """

    value: float
    error: float
    modes: tuple[int, int]
    place: tuple[float, float, float] | None = None


class FourierSeries:
    """Steady temperature of a layered rectangle.

    Parameters
    ----------
    stack : LayeredStack
    sources : sequence of RectSource
        Any number in any layers; they may overlap and add up.
    tolerance : float
        Truncation error asked for, K. Modes are doubled until a value's own bar is below it, or until there
        are NODES * 2**LARGEST_OCTAVES of them; the bar is right in either case.

    Raises
    ------
    ValueError
        For a source outside the stack.

    Examples
    --------
    >>> from thermal.verification import FourierSeries, LayeredStack, RectSource, StackLayer
    >>> die = LayeredStack((0.01, 0.01), (StackLayer(5e-4, 130, 130, 130),), 1e4, 0.0, 300.0, 300.0)
    >>> spot = RectSource(0, (0.004, 0.004, 0.006, 0.006), 10.0)
    >>> round(FourierSeries(die, [spot]).mean(spot.rect, layer=0).value, 3)
    332.408
    """

    def __init__(self, stack: LayeredStack, sources: Sequence[RectSource], tolerance: float = 1e-5) -> None:
        for source in sources:
            check_rect(stack, source.rect, source.layer)
        self.stack = stack
        self.sources = tuple(sources)
        self.tolerance = tolerance
        self._truncations: dict[int, Truncation] = {}
        self._unheated = slab(stack)

    @property
    def uniform(self) -> Slab:
        """The same power spread evenly in each layer's plane: exact layer means and boundary heat."""
        watts: dict[int, float] = {}
        for source in self.sources:
            watts[source.layer] = watts.get(source.layer, 0.0) + source.power
        return slab(self.stack, watts)

    def at(self, x: float, y: float, z: float) -> ExactValue:
        """Temperature at a point (m); at an interface, on its lower side."""
        layer, zeta = self._local(z)
        octaves, values, error = self._lattice(np.array([x]), np.array([y]), layer, zeta)
        return ExactValue(float(values[0, 0]), error, self._truncation(octaves).modes)

    def grid(self, x: ArrayLike, y: ArrayLike, z: float) -> tuple[Array, float]:
        """Temperatures on a lattice.

        Parameters
        ----------
        x, y : array_like
            Places along the axes, m.
        z : float
            Height, m; at an interface, its lower side is meant.

        Returns
        -------
        values : ndarray [len(y), len(x)]
            In K.
        error : float
            The largest truncation error bar among them, K.
        """
        layer, zeta = self._local(z)
        return self._lattice(np.atleast_1d(x), np.atleast_1d(y), layer, zeta)[1:]

    def mean(self, rect: Rect, layer: int) -> ExactValue:
        """Mean temperature over `rect` times the thickness of `layer`.

        Raises
        ------
        ValueError
            For a rectangle outside the stack, or a layer it has not.
        """
        check_rect(self.stack, rect, layer)

        def mean_and_bar(octaves: int) -> tuple[float, float]:
            last, before, earlier = self._truncation(octaves).box(rect, layer)
            # Tails fall at least as 1/M: the last change bounds the rest; the earlier guards against chance.
            return last, max(abs(last - before), abs(before - earlier) / 4) + FLOOR * abs(last)

        octaves, rise, error = self._adaptive(mean_and_bar)
        return ExactValue(self._unheated.mean(layer) + rise, error, self._truncation(octaves).modes)

    def maximum(self, rect: Rect, layer: int) -> ExactValue:
        """Supremum over the closed box `rect` times the thickness of `layer`.

        Found by nested lattices, the first one through the centres and edges of the sources in the box.

        Raises
        ------
        ValueError
            For a rectangle outside the stack, or a layer it has not.
        """
        check_rect(self.stack, rect, layer)
        foot = float(self.stack.faces[layer])
        axes = (
            self._places(rect, 0),
            self._places(rect, 1),
            np.linspace(0.0, self.stack.layers[layer].thickness, 5),
        )

        def peak_and_bar(octaves: int) -> tuple[Peak, float]:
            def field(x: Array, y: Array, z: Array) -> Array:
                return self._base(layer, z) + self._truncation(octaves).lattice(x, y, layer, z)

            peak = highest(field, axes, 0.1 * self.tolerance)
            x, y, z = (np.array([place]) for place in peak.place)
            return peak, float(self._with_bars(x, y, layer, z, octaves)[1].max()) + peak.hidden

        octaves, peak, error = self._adaptive(peak_and_bar)
        x, y, z = peak.place
        return ExactValue(peak.value, error, self._truncation(octaves).modes, (x, y, z + foot))

    # ------------------------------------------------------------------ truncation

    def _first_octaves(self) -> int:
        """Enough modes for four half-waves over the smallest source."""
        wide, deep = self.stack.size
        ratios = [max(wide / (s.rect[2] - s.rect[0]), deep / (s.rect[3] - s.rect[1])) for s in self.sources]
        wanted = 4 * max(ratios, default=1.0) / NODES
        return min(max(3, math.ceil(math.log2(max(wanted, 1.0)))), LARGEST_OCTAVES)

    def _truncation(self, octaves: int) -> Truncation:
        if octaves not in self._truncations:
            self._truncations[octaves] = Truncation(self.stack, self.sources, octaves)
        return self._truncations[octaves]

    def _adaptive(self, evaluate: Callable[[int], tuple[Result, float]]) -> tuple[int, Result, float]:
        octaves = self._first_octaves()
        while True:
            result, bar = evaluate(octaves)
            if bar <= self.tolerance or octaves == LARGEST_OCTAVES:
                return octaves, result, bar
            octaves += 1

    # ------------------------------------------------------------------ values

    def _local(self, z: float) -> tuple[int, float]:
        layer = self.stack.layer_at(z)
        return layer, z - float(self.stack.faces[layer])

    def _lattice(self, x: Array, y: Array, layer: int, zeta: float) -> tuple[int, Array, float]:
        def values_and_bar(octaves: int) -> tuple[Array, float]:
            values, bars = self._with_bars(x, y, layer, np.array([zeta]), octaves)
            return values[0], float(bars.max())

        return self._adaptive(values_and_bar)

    def _with_bars(self, x: Array, y: Array, layer: int, z: Array, octaves: int) -> tuple[Array, Array]:
        rise = self._truncation(octaves).lattice(x, y, layer, z)
        half = self._truncation(octaves).lattice(x, y, layer, z, half=True)
        return self._base(layer, z) + rise, np.abs(rise - half) + FLOOR * np.abs(rise)

    def _base(self, layer: int, z: Array) -> Array:
        """Unheated temperature at heights above the foot of `layer`, [len(z), 1, 1]."""
        foot = float(self.stack.faces[layer])
        return np.array([self._unheated.at(foot + zeta, layer) for zeta in z])[:, None, None]

    def _places(self, rect: Rect, axis: int) -> Array:
        low, high = rect[axis], rect[axis + 2]
        inside = [source.rect for source in self.sources if _overlap(source.rect, rect)]
        marks = [mark for r in inside for mark in (r[axis], (r[axis] + r[axis + 2]) / 2, r[axis + 2])]
        return np.unique([*np.linspace(low, high, 17), *(mark for mark in marks if low < mark < high)])


def _overlap(one: Rect, other: Rect) -> bool:
    return all(one[k] < other[k + 2] and other[k] < one[k + 2] for k in (0, 1))
