"""Watts over time: blocks x steps, each step of its own length."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from power.activity import Activity, OperatorTime
from power.energy import Dissipation, dissipation
from power.hardware.accelerator import Accelerator
from power.powermap import PowerMap
from power.served import Served

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class PowerTrace:
    """Power of every block, constant over each step.

    Parameters
    ----------
    blocks
        Addresses.
    edges
        Times of the steps' ends [s], one more than steps, rising from the start.
    watts
        Steps x blocks [W], finite, none below zero.
    labels
        Name of each step; empty for none.
    """

    blocks: tuple[str, ...]
    edges: Floats
    watts: Floats
    labels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.watts.shape != (self.edges.size - 1, len(self.blocks)):
            raise ValueError(
                f"watts must be steps x blocks, {self.edges.size - 1} x {len(self.blocks)} "
                f"(got {' x '.join(str(n) for n in self.watts.shape)})"
            )
        if not (np.diff(self.edges) > 0.0).all():
            raise ValueError("the times of a power trace must rise")
        if not np.isfinite(self.watts).all() or (self.watts < 0.0).any():
            raise ValueError("power must be a finite number of watts >= 0 at every time")

    def __len__(self) -> int:
        return int(self.watts.shape[0])

    @property
    def seconds(self) -> float:
        """Length."""
        return float(self.edges[-1] - self.edges[0])

    @property
    def energy(self) -> float:
        """Joules of all blocks and steps."""
        return float(np.diff(self.edges) @ self.watts.sum(axis=1))

    def mean(self) -> PowerMap:
        """Mean watts of every block."""
        weights = np.diff(self.edges) / self.seconds
        return PowerMap(dict(zip(self.blocks, (weights @ self.watts).tolist(), strict=True)))

    def at(self, seconds: float) -> PowerMap:
        """Watts of every block at a time; a step begins at its first edge.

        Raises
        ------
        ValueError
            A time outside the trace.
        """
        if not self.edges[0] <= seconds <= self.edges[-1]:
            span = f"{self.edges[0]:g} to {self.edges[-1]:g} s"
            raise ValueError(f"the trace runs from {span} (got {seconds:g} s)")
        step = min(len(self) - 1, int(np.searchsorted(self.edges, seconds, side="right")) - 1)
        return PowerMap(dict(zip(self.blocks, self.watts[step].tolist(), strict=True)))

    def resampled(self, tick: float) -> PowerTrace:
        """The same energy in equal ticks of `tick` seconds; the last may be shorter."""
        count = max(1, math.ceil(self.seconds / tick - 1e-9))
        edges = np.append(self.edges[0] + tick * np.arange(count), self.edges[-1])
        joules = np.zeros((self.edges.size, len(self.blocks)))
        np.cumsum(np.diff(self.edges)[:, None] * self.watts, axis=0, out=joules[1:])
        upto = np.stack([np.interp(edges, self.edges, column) for column in joules.T], axis=1)
        watts = np.diff(upto, axis=0) / np.diff(edges)[:, None]
        return PowerTrace(self.blocks, edges, np.maximum(watts, 0.0))


def trace_of(steps: Iterable[tuple[str, float, PowerMap]]) -> PowerTrace:
    """A trace from names, lengths [s] and power maps, one after the other."""
    parts = [(name, seconds, watts) for name, seconds, watts in steps if seconds > 0.0]
    blocks = tuple(dict.fromkeys(block for _, _, watts in parts for block in watts))
    edges = np.concatenate([[0.0], np.cumsum([seconds for _, seconds, _ in parts])])
    rows = np.array([[watts.get(block, 0.0) for block in blocks] for _, _, watts in parts], float)
    return PowerTrace(blocks, edges, rows.reshape(len(parts), len(blocks)), tuple(n for n, _, _ in parts))


def phases_trace(
    served: Served, areas: Mapping[str, float] | None = None, *, leakage: bool = True
) -> PowerTrace:
    """One step for each phase of serving."""
    return trace_of(
        (phase.name, phase.seconds, phase.step.dissipation.power_map(areas, leakage=leakage))
        for phase in served.phases
    )


def operators_trace(
    activity: Activity,
    hardware: Accelerator,
    areas: Mapping[str, float] | None = None,
    *,
    leakage: bool = True,
) -> PowerTrace:
    """One step for each operator, all its executions together, and one for the rest of the time.

    Clock, leakage and standing power run on through all of them; each operator brings its own events.
    """
    found = []
    for timing in activity.timings:
        part = dissipation(_alone(activity, timing), hardware)
        found.append((timing.name, timing.total, part.power_map(areas, leakage=leakage)))
    rest = activity.seconds - math.fsum(timing.total for timing in activity.timings)
    if rest > 1e-12 * activity.seconds:
        found.append(("host", rest, _remainder(activity, rest, hardware).power_map(areas, leakage=leakage)))
    return trace_of(found)


def _alone(activity: Activity, timing: OperatorTime) -> Activity:
    """One operator of an activity."""
    return replace(
        activity,
        label=timing.name,
        seconds=timing.total,
        busy=timing.device * timing.count,
        operations=timing.operations,
        moved=timing.moved,
        sent=timing.sent,
        joules={},
        timings=(timing,),
    )


def _remainder(activity: Activity, seconds: float, hardware: Accelerator) -> Dissipation:
    """What is left when all operators are done: the host's share."""
    busy = activity.busy - math.fsum(timing.device * timing.count for timing in activity.timings)
    left = replace(
        activity,
        label="host",
        seconds=seconds,
        busy=max(0.0, busy),
        operations={},
        moved={},
        sent={},
        timings=(),
    )
    return dissipation(left, hardware)
