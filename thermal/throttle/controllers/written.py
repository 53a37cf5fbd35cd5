"""Controllers that a user writes in Python."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class Seen:
    """What a controller may know.

    Attributes
    ----------
    time
        s
    readings
        K by name of the sensor.
    clocks
        Hz by clock domain.
    watts
        Mean of the board since it was last asked, W.
    waiting
        Requests in the system.
    """

    time: float
    readings: Mapping[str, float]
    clocks: Mapping[str, float]
    watts: float
    waiting: float

    @property
    def hottest(self) -> float:
        """The highest reading, K."""
        return max(self.readings.values())


@dataclass(frozen=True)
class Action:
    """What it asks for; what is left out is not limited.

    Attributes
    ----------
    clocks
        Highest Hz by clock domain.
    duty, bandwidth
        Shares.
    sequences
        Most sequences at a time.
    variant
        Name of a way of serving.
    """

    clocks: Mapping[str, float] = field(default_factory=dict)
    duty: float = 1.0
    bandwidth: float = 1.0
    sequences: float = float("inf")
    variant: str = ""


class WrittenController(Protocol):
    """A class with a period in s and a method `tick`; it may keep what it likes from call to call."""

    @property
    def period(self) -> float:
        """s from run to run."""
        ...

    def tick(self, seen: Seen) -> Action:
        """Decide."""
        ...
