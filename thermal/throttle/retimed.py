"""An activity at other clocks and another bandwidth of the main memory, without its graph."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from power.activity import Activity
from power.dvfs import OperatingPoint
from power.hardware.accelerator import Accelerator
from power.workloads.graph import Kind
from thermal.kernels.arrays import Floats


class Retimed:
    """Seconds of every operator follow the clocks of what it uses, as in `power.roofline`.

    Parameters
    ----------
    activity
        At the highest clocks: waiting for the host can only shrink from there.
    hardware
        What it ran on.
    """

    def __init__(self, activity: Activity, hardware: Accelerator) -> None:
        self.activity, self.hardware = activity, hardware
        parts = ("matrix", "vector", "link", "overhead", "waiting", "count")
        columns = np.array([[float(getattr(t, part)) for part in parts] for t in activity.timings])
        self._fixed = columns[:, 2] + columns[:, 3]
        self._waiting, self._count = columns[:, 4], columns[:, 5]
        # Seconds of each part at the highest clocks, the clock it follows, and whether it is the memory.
        self._parts = [
            (columns[:, 0], hardware.unit("matrix").clock, False),
            (columns[:, 1], hardware.unit("vector").clock, False),
            *self._carried(hardware.main_name),
        ]
        if hardware.cache is not None:
            self._parts += self._carried(hardware.cache_name)
        device = self._device(activity.point, 1.0)
        self._period = device + self._waiting
        self._sequences = activity.busy - float(device @ self._count)
        self._step = activity.seconds - activity.busy - float(self._waiting @ self._count)

    def _carried(self, name: str) -> Iterator[tuple[Floats, str, bool]]:
        """A memory, and the paths that its bytes cross."""
        hardware, timings = self.hardware, self.activity.timings
        level, hertz = hardware.memories[name], self.activity.point.hertz
        size = np.array([t.moved.get(name, 0.0) / t.count for t in timings])
        share = np.array([level.efficiency_of(Kind(t.kind)) for t in timings])
        main = name == hardware.main_name
        for clock, seconds, cut in (
            (level.clock, size / (level.bandwidth * share), main),
            *(
                (path.clock, path.share * size / (path.bandwidth * path.efficiency), False)
                for path in hardware.paths.values()
                if path.carries == name
            ),
        ):
            faster = hertz[clock] / hardware.clocks[clock].nominal if clock else 1.0
            yield seconds / faster, clock, cut

    def _device(self, point: OperatingPoint, share: float) -> Floats:
        before = self.activity.point.hertz
        found = np.zeros(self._fixed.size)
        for seconds, clock, cut in self._parts:
            slower = point.hertz[clock] / before[clock] if clock else 1.0
            found = np.maximum(found, seconds / (slower * (share if cut else 1.0)))
        return np.asarray(found + self._fixed)

    def at(self, point: OperatingPoint, share: float = 1.0) -> Activity:
        """The same work at an operating point with a share of the main memory's bandwidth."""
        device = self._device(point, share)
        waiting = np.where(self._waiting > 0.0, np.maximum(0.0, self._period - device), 0.0)
        busy = float(device @ self._count) + self._sequences
        seconds = busy + float(waiting @ self._count) + self._step
        return replace(self.activity, seconds=seconds, busy=busy, point=point, timings=())
