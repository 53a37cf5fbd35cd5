"""An activity at other clocks and another bandwidth of the main memory, without its graph."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from power.activity import Activity
from power.dvfs import OperatingPoint
from power.hardware.accelerator import Accelerator


class Retimed:
    """Seconds of every operator follow its units' and memories' clocks, as in `power.roofline`.

    Parameters
    ----------
    activity
        At the highest clocks: waiting for the host can only shrink from there.
    hardware
        What it ran on.
    """

    def __init__(self, activity: Activity, hardware: Accelerator) -> None:
        self.activity, self.hardware = activity, hardware
        parts = ("matrix", "vector", "main", "cache", "link", "overhead", "waiting", "count")
        columns = np.array([[float(getattr(t, part)) for part in parts] for t in activity.timings])
        self._matrix, self._vector, self._main, self._cache = columns[:, :4].T
        self._fixed = columns[:, 4] + columns[:, 5]
        self._waiting, self._count = columns[:, 6], columns[:, 7]
        device = self._device(1.0, 1.0, 1.0, 1.0, 1.0)
        self._period = device + self._waiting
        self._sequences = activity.busy - float(device @ self._count)
        self._step = activity.seconds - activity.busy - float(self._waiting @ self._count)
        level = hardware.cache
        self._clocks = (
            hardware.unit("matrix").clock,
            hardware.unit("vector").clock,
            hardware.main.clock,
            level.clock if level is not None else "",
        )

    def _device(self, matrix: float, vector: float, main: float, cache: float, share: float) -> np.ndarray:
        parts = (
            self._matrix / matrix,
            self._vector / vector,
            self._main / (main * share),
            self._cache / cache,
        )
        return np.asarray(np.max(parts, axis=0) + self._fixed)

    def at(self, point: OperatingPoint, share: float = 1.0) -> Activity:
        """The same work at an operating point with a share of the main memory's bandwidth."""
        before = self.activity.point.hertz
        matrix, vector, main, cache = (
            point.hertz[name] / before[name] if name else 1.0 for name in self._clocks
        )
        device = self._device(matrix, vector, main, cache, share)
        waiting = np.where(self._waiting > 0.0, np.maximum(0.0, self._period - device), 0.0)
        busy = float(device @ self._count) + self._sequences
        seconds = busy + float(waiting @ self._count) + self._step
        return replace(self.activity, seconds=seconds, busy=busy, point=point, timings=())
