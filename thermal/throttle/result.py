"""What the throttle loop came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from thermal.kernels.arrays import Bools, Floats, Ints
from thermal.throttle.serving import Latency


@dataclass(frozen=True)
class Round:
    """One comparison of the reduced model with a full solve at the mean watts of the end.

    Attributes
    ----------
    difference
        Largest difference of block maxima, K, and the block.
    block
        Where.
    difference_sensors
        Largest difference of what sensors stand in, K.
    cells
        Of the full solve.
    """

    difference: float
    block: str
    difference_sensors: float
    cells: int


@dataclass(frozen=True)
class Certification:
    """The end state against full nonlinear steady solves.

    Attributes
    ----------
    tolerance
        K wanted.
    rounds
        First as the loop ran, then after the reduced model was made anew at the end state and the loop run
        again.
    unsettled
        K that the hottest blocks at the end are away from the steady state of the end's mean watts.
    """

    tolerance: float
    rounds: tuple[Round, ...]
    unsettled: float

    @property
    def difference(self) -> float:
        """K, of the last round."""
        return self.rounds[-1].difference

    @property
    def met(self) -> bool:
        """Whether the difference is within the tolerance."""
        return self.difference <= self.tolerance


@dataclass(frozen=True)
class Limiting:
    """The block with the least margin, and what moves it.

    Attributes
    ----------
    block, temperature, limit, margin
        Name; K, its highest in the window; limit (inf for none) and what is left of it.
    sensitivity
        K per W of each group of blocks that are heated alike, largest effect first.
    effect
        K that each group's watts in the window are worth.
    """

    block: str
    temperature: float
    limit: float
    margin: float
    sensitivity: Mapping[str, float]
    effect: Mapping[str, float]


@dataclass(frozen=True)
class Pace:
    """Throughput and energy of a stretch of time.

    Attributes
    ----------
    rate
        Outputs per second.
    watts
        Mean of the board.
    busy
        Share of the time in which something ran.
    clocks
        Mean Hz by domain.
    """

    rate: float
    watts: float
    busy: float
    clocks: Mapping[str, float]

    @property
    def joules(self) -> float:
        """Board energy per output, J."""
        return self.watts / self.rate if self.rate > 0.0 else float("inf")


@dataclass(frozen=True, eq=False)
class ThrottleResult:
    """A run of the loop; r records, d clock domains, s sensors, b blocks, g groups.

    Attributes
    ----------
    design, workload, unit
        Names; what an output is.
    seconds, tick, seed
        Length of the run (until a shutdown), s.
    window
        s at which the stretch begins that sustained figures are means of.
    times
        ``[r]`` s, ends of the intervals that records are of.
    rate, board, busy, duty, bandwidth, waiting
        ``[r]`` means of the intervals: outputs per second, W, shares; requests in the system at the end.
    domains, clocks, tops
        Names; ``[r, d]`` mean Hz; highest Hz.
    places, reasons
        Names of domains, then ``memory`` and ``admission``; ``[r, d + 2]`` bits in force within the interval.
    reason_names
        Of the bits, from the lowest.
    sensors, readings, true
        Names; ``[r, s]`` K that they told and that is there.
    hottest, told
        ``[r]`` K: the highest that a watched block, or a reading, had within the interval.
    blocks, temperatures, limits
        Names; ``[r, b]`` maxima in K at the ends; K, inf for none.
    groups, watts, leakage_factor
        Names of inputs; ``[r, g]`` W without leakage; ``[r, k]`` what voltages make of leakage.
    cold, sustained
        At the highest clocks with nothing in the way; and in the window.
    first_throttle
        s, None if nothing was ever slowed.
    energy
        J of the board.
    residency
        s by place and reason; ``any`` too.
    first_token, between_tokens, queued
        Latencies; of batches the first is from arrival to result.
    limiting
        See there.
    guardband
        Largest K that a watched block was hotter than the hottest reading.
    unseen
        s in which a watched block was above its limit and every reading below it.
    arrival, capacity
        Outputs per second asked for (0 for a closed loop), and possible at the sustained operating point.
    shutdown
        s of the shutdown; None.
    runaway
        Whether no steady state exists even at the lowest operating point that the controllers reach.
    certification
        None if it was not asked for.
    warnings
        In words.
    rom_estimate
        K, error that the reduced model states of itself.
    """

    design: str
    workload: str
    unit: str
    seconds: float
    tick: float
    seed: int
    window: float
    times: Floats
    rate: Floats
    board: Floats
    busy: Floats
    duty: Floats
    bandwidth: Floats
    waiting: Floats
    domains: tuple[str, ...]
    clocks: Floats
    tops: Floats
    places: tuple[str, ...]
    reasons: Ints
    reason_names: tuple[str, ...]
    sensors: tuple[str, ...]
    readings: Floats
    true: Floats
    hottest: Floats
    told: Floats
    blocks: tuple[str, ...]
    temperatures: Floats
    limits: Floats
    groups: tuple[str, ...]
    watts: Floats
    leakage_factor: Floats
    cold: Pace
    sustained: Pace
    first_throttle: float | None
    energy: float
    residency: Mapping[str, Mapping[str, float]]
    first_token: Latency
    between_tokens: Latency
    queued: Latency
    limiting: Limiting
    guardband: float
    unseen: float
    arrival: float
    capacity: float
    shutdown: float | None
    runaway: bool
    certification: Certification | None = None
    warnings: tuple[str, ...] = ()
    rom_estimate: float = 0.0
    controllers: tuple[str, ...] = ()
    made: float = 0.0
    rounds: int = field(default=1)

    def in_force(self, place: str, reason: str) -> Bools:
        """``[r]`` whether a reason slowed a domain (or ``memory``, ``admission``) within each interval."""
        bit = 1 << self.reason_names.index(reason)
        return np.asarray((self.reasons[:, self.places.index(place)] & bit) != 0)

    def at(self, block: str) -> Floats:
        """``[r]`` K of a block's maximum."""
        return self.temperatures[:, self.blocks.index(block)]

    @property
    def kept(self) -> float:
        """Sustained throughput over cold."""
        return self.sustained.rate / self.cold.rate if self.cold.rate > 0.0 else 0.0

    @property
    def overloaded(self) -> bool:
        """Whether more is asked for than can be done, so that the queue grows without bound."""
        return self.arrival > self.capacity > 0.0
