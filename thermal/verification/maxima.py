"""The highest point of a smooth field in a box, with a bound on what was missed."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Field = Callable[[Array, Array, Array], Array]
"""Values [len(z), len(y), len(x)] on a lattice of x, y and z."""


@dataclass(frozen=True)
class Peak:
    """Highest value found, where, and how much higher a place between the lattice points may be."""

    value: float
    place: tuple[float, float, float]
    hidden: float


def highest(field: Field, axes: tuple[Array, Array, Array], tolerance: float) -> Peak:
    """Find the maximum of `field` over the closed box that `axes` span.

    Parameters
    ----------
    field : callable
    axes : three ascending arrays
        First lattice: at least three places along x, y and z, the ends being those of the box. It has to be
        fine enough that one of its three highest separate points lies on the right hill.
    tolerance : float
        What may stay hidden between the points of the last lattice.
    """
    values = field(axes[0], axes[1], axes[2])
    width = np.array([np.diff(axis).max() for axis in axes])
    limits = np.array([[axis[0], axis[-1]] for axis in axes])
    best = Peak(-math.inf, (0.0, 0.0, 0.0), math.inf)
    left = values.copy()
    for _ in range(3):
        k, j, i = (int(index) for index in np.unravel_index(int(np.argmax(left)), left.shape))
        lines = (values[k, j, :], values[k, :, i], values[:, j, i])
        if left[k, j, i] + _between(axes, lines, (i, j, k)) <= best.value:
            break
        start = np.array([axes[0][i], axes[1][j], axes[2][k]])
        best = max(best, _climbed(field, start, width, limits, tolerance), key=lambda peak: peak.value)
        left[:, max(j - 1, 0) : j + 2, max(i - 1, 0) : i + 2] = -math.inf
    return best


def _climbed(field: Field, place: Array, width: Array, limits: Array, tolerance: float) -> Peak:
    """Shrinking 5 x 5 x 5 lattices around `place`."""
    best = hidden = math.inf
    for _ in range(80):
        axes = [np.unique(np.clip(place[k] + width[k] * np.linspace(-1, 1, 5), *limits[k])) for k in range(3)]
        values = field(axes[0], axes[1], axes[2])
        k, j, i = np.unravel_index(int(np.argmax(values)), values.shape)
        moved = np.array([axes[0][i], axes[1][j], axes[2][k]])
        best = float(values[k, j, i])
        lines = (values[k, j, :], values[k, :, i], values[:, j, i])
        hidden = _between(axes, lines, (int(i), int(j), int(k)))
        strayed = np.abs(moved - place) > 0.75 * width
        place = moved
        if hidden < tolerance and not strayed.any():
            break
        width = np.where(strayed, width, width / 2)
    return Peak(best, (float(place[0]), float(place[1]), float(place[2])), hidden)


def _between(axes: Sequence[Array], lines: Sequence[Array], best: tuple[int, int, int]) -> float:
    """What a concave paraboloid may rise between the highest lattice point and its neighbours.

    Along one axis, with curvature c and spacing h, the peak is within h / 2 and at most c h^2 / 8 higher. The
    cross terms of a definite form at most triple the sum over the axes.
    """
    total = 0.0
    for places, values, index in zip(axes, lines, best, strict=True):
        if places.size < 3:
            # Narrower than numbers can tell apart.
            continue
        middle = min(max(index, 1), places.size - 2)
        left, right = np.diff(places[middle - 1 : middle + 2])
        fall, rise = np.diff(values[middle - 1 : middle + 2])
        curvature = 2 * (rise / right - fall / left) / (left + right)
        total += abs(float(curvature)) * float(max(left, right)) ** 2 / 8
    return 3 * total
