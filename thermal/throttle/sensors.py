"""Sensors as numbers for the kernel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from thermal.throttle.entry import SensorEntry

if TYPE_CHECKING:
    from thermal.kernels.sensing import Bank


def bank(sensors: Sequence[SensorEntry], tick: float, seed: int) -> Bank:
    """Pack sensors for ticks of a length in s."""
    from thermal.kernels.sensing import Bank

    def column(name: str) -> np.ndarray:
        return np.array([float(getattr(each, name)) for each in sensors])

    lag = column("lag")
    follow = np.where(lag > 0.0, -np.expm1(-tick / np.where(lag > 0.0, lag, 1.0)), 1.0)
    every = [1 if x.period is None else max(1, round(x.period / tick)) for x in sensors]
    return Bank(
        follow,
        column("offset"),
        column("gain"),
        column("noise"),
        column("step"),
        column("dropout"),
        np.array(every, np.int64),
        seed,
    )
