"""What a device did in a stretch of time: operations, bytes and bits, before anything is said about watts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from power.dvfs import OperatingPoint

K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class OperatorTime:
    """Where the time of one operator went; seconds of one execution.

    Parameters
    ----------
    name, kind, stage, count
        As of the operator.
    matrix, vector
        Seconds that the units would take alone.
    main, cache
        Seconds that the memories would take alone.
    link
        Seconds of the exchange after it.
    overhead
        Seconds of its launches.
    waiting
        Seconds in which the device waits for the host to issue the next.
    flops
        Operations asked for by one execution.
    operations, moved, sent
        As of `Activity`, of all its executions.
    """

    name: str
    kind: str
    stage: str
    count: int
    matrix: float
    vector: float
    main: float
    cache: float
    link: float
    overhead: float
    waiting: float
    flops: float
    operations: Mapping[tuple[str, str], float]
    moved: Mapping[str, float]
    sent: Mapping[str, float]

    @property
    def seconds(self) -> float:
        """Of one execution: what the device takes, then waiting for the host."""
        return self.device + self.waiting

    @property
    def device(self) -> float:
        """Of one execution: the slowest of units and memories, then the exchange, then the overhead."""
        return max(self.matrix, self.vector, self.main, self.cache) + self.link + self.overhead

    @property
    def total(self) -> float:
        """Of all executions."""
        return self.seconds * self.count

    @property
    def bound(self) -> str:
        """What takes longest: a unit, a memory, ``link``, ``overhead`` or ``waiting``."""
        parts = ("matrix", "vector", "main", "cache", "link", "overhead", "waiting")
        return max(parts, key=lambda part: float(getattr(self, part)))


@dataclass(frozen=True, slots=True)
class Activity:
    """What one device did; immutable.

    Parameters
    ----------
    label
        Name of the phase.
    seconds
        Length, waiting for the host included.
    busy
        Seconds in which kernels or exchanges ran.
    operations
        By unit and format.
    moved
        Bytes by memory level.
    sent
        Bytes by link.
    joules
        Energy that was measured or estimated elsewhere, by unit, or by ``unit/name`` and ``memory/name``, at
        the highest voltage.
    point
        Clocks and temperature it ran at.
    timings
        Operators, in order.
    devices
        Devices that did the same at the same time.
    """

    label: str
    seconds: float
    busy: float
    operations: Mapping[tuple[str, str], float]
    moved: Mapping[str, float]
    sent: Mapping[str, float]
    point: OperatingPoint
    joules: Mapping[str, float] = field(default_factory=dict)
    timings: tuple[OperatorTime, ...] = ()
    devices: int = 1

    def repeated(self, times: float) -> Activity:
        """The same, `times` times in a row."""
        return replace(
            self,
            seconds=self.seconds * times,
            busy=self.busy * times,
            operations={key: value * times for key, value in self.operations.items()},
            moved={key: value * times for key, value in self.moved.items()},
            sent={key: value * times for key, value in self.sent.items()},
            joules={key: value * times for key, value in self.joules.items()},
        )

    def lasting(self, seconds: float) -> Activity:
        """The same work in another length of time; what was busy longer than that is cut to it."""
        return replace(self, seconds=seconds, busy=min(self.busy, seconds))

    @property
    def flops(self) -> float:
        """Operations of all units and formats."""
        return math.fsum(self.operations.values())

    def time_by(self, part: str) -> dict[str, float]:
        """Seconds of operators by an attribute of theirs: ``name``, ``kind``, ``stage`` or ``bound``."""
        found: dict[str, float] = {}
        for each in self.timings:
            key = str(getattr(each, part))
            found[key] = found.get(key, 0.0) + each.total
        return found


def joined(label: str, activities: Iterable[Activity]) -> Activity:
    """One activity after the other, all at the operating point of the first.

    Raises
    ------
    ValueError
        Operating points or numbers of devices differ, or there is nothing to join.
    """
    parts = tuple(activities)
    if not parts:
        raise ValueError("nothing to join")
    if any(each.point != parts[0].point or each.devices != parts[0].devices for each in parts):
        raise ValueError("only activities at the same operating point, on as many devices, can be joined")
    return Activity(
        label,
        math.fsum(each.seconds for each in parts),
        math.fsum(each.busy for each in parts),
        summed(each.operations for each in parts),
        summed(each.moved for each in parts),
        summed(each.sent for each in parts),
        parts[0].point,
        summed(each.joules for each in parts),
        tuple(timing for each in parts for timing in each.timings),
        parts[0].devices,
    )


def summed(parts: Iterable[Mapping[K, float]]) -> dict[K, float]:
    """Sum of mappings, key by key."""
    found: dict[K, float] = {}
    for part in parts:
        for key, value in part.items():
            found[key] = found.get(key, 0.0) + value
    return found
