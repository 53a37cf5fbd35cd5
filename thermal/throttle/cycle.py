"""The limit cycle of a relay with hysteresis on a reduced model, in closed form but for its two times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from thermal.kernels.arrays import Floats

if TYPE_CHECKING:
    from thermal.throttle.plant import ThermalPlant

CORRECTIONS = 8
"""Of the leakage, which is taken at the means of the two halves."""
SAMPLES = 400


class Level(Protocol):
    """One of the two operating points."""

    @property
    def watts(self) -> Floats:
        """``[groups]`` W."""
        ...

    @property
    def factor(self) -> Floats:
        """``[k]`` of leakage."""
        ...


@dataclass(frozen=True)
class Cycle:
    """A periodic solution.

    Attributes
    ----------
    period, upper_share
        s, and the share of it at the hotter operating point.
    low, high, mean
        K of the reading.
    """

    period: float
    upper_share: float
    low: float
    high: float
    mean: float


def relay(
    plant: ThermalPlant,
    levels: tuple[Level, Level],
    row: Floats,
    offset: float,
    band: tuple[float, float],
    delay: float,
) -> Cycle:
    """Alternate between a hot and a cold operating point whenever a reading leaves a band.

    Parameters
    ----------
    levels
        The hot one first.
    row, offset
        Reading ``offset + row . state``, K.
    band
        K at which it switches back on, and off.
    delay
        s from crossing to switching.

    Raises
    ------
    ValueError
        No cycle was found.
    """
    from scipy.optimize import fsolve

    targets = [_target(plant, each, np.zeros(plant.model.states)) for each in levels]
    times = np.array([1.0, 1.0])
    rates = plant.model.rates

    def ends(logs: Floats) -> tuple[Floats, Floats]:
        """States when the hot and when the cold part ends, for logarithms of the two times."""
        hot, cold = np.exp(-rates * np.exp(logs[0])), np.exp(-rates * np.exp(logs[1]))
        top = (targets[0] * (1.0 - hot) + hot * targets[1] * (1.0 - cold)) / -np.expm1(
            -rates * np.exp(logs).sum()
        )
        return top, targets[1] + cold * (top - targets[1])

    def missed(logs: Floats) -> Floats:
        """K by which the reading misses the band, a delay before each switch."""
        top, bottom = ends(logs)
        late = np.minimum(delay, 0.5 * np.exp(logs))
        before_top = targets[0] + (bottom - targets[0]) * np.exp(-rates * (np.exp(logs[0]) - late[0]))
        before_low = targets[1] + (top - targets[1]) * np.exp(-rates * (np.exp(logs[1]) - late[1]))
        return np.array([row @ before_top + offset - band[1], row @ before_low + offset - band[0]])

    logs = np.log(times)
    for _ in range(CORRECTIONS):
        logs = _solved(missed, logs, fsolve)
        top, bottom = ends(logs)
        targets = [_target(plant, each, 0.5 * (top + bottom)) for each in levels]
    return _described(targets, rates, row, offset, logs, ends)


def _target(plant: ThermalPlant, level: Level, around: Floats) -> Floats:
    """The state that an operating point leads to with leakage held as it is around a state."""
    m = plant.model
    leak = plant.leaked(around, level.factor) - m.frozen
    driven = (level.watts - m.u0[: plant.groups]) @ m.inputs[: plant.groups] + leak @ m.spread
    return np.asarray(driven / m.rates)


def _solved(missed: object, logs: Floats, fsolve: object) -> Floats:
    """Roots of the two conditions, from times of several sizes."""
    best, least = logs, np.inf
    for scale in (None, 1e-3, 1e-2, 1e-1, 1.0, 10.0):
        start = logs if scale is None else np.log([scale, scale])
        found, _, worked, _ = fsolve(missed, start, full_output=True)  # type: ignore[operator]
        left = float(np.max(np.abs(missed(found)))) if np.all(np.abs(found) < 30.0) else np.inf  # type: ignore[operator]
        if worked == 1 and left < least:
            best, least = found, left
        if least < 1e-6:
            break
    if not least < 1e-3:
        raise ValueError("no limit cycle was found between the two operating points")
    return np.asarray(best, float)


def _described(
    targets: list[Floats], rates: Floats, row: Floats, offset: float, logs: Floats, ends: object
) -> Cycle:
    top, bottom = ends(logs)  # type: ignore[operator]
    spans = np.exp(logs)
    values, means = [], []
    for target, start, span in ((targets[0], bottom, spans[0]), (targets[1], top, spans[1])):
        t = np.linspace(0.0, span, SAMPLES)[:, None]
        values.append(offset + (target + (start - target) * np.exp(-rates * t)) @ row)
        share = -np.expm1(-rates * span) / (rates * span)
        means.append(offset + float((target + (start - target) * share) @ row))
    period = float(spans.sum())
    mean = float(means[0] * spans[0] + means[1] * spans[1]) / period
    every = np.concatenate(values)
    return Cycle(period, float(spans[0]) / period, float(every.min()), float(every.max()), mean)
