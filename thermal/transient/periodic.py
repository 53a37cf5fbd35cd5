"""The state that repeats with a periodic trace, found without waiting for it.

One period maps the temperatures at its start to those at its end; a mode of rate r loses all but
exp(-r T) of a deviation in it. A defect d = end - start of such a mode therefore needs the correction
d / (1 - exp(-r T)), for which 1 + 1 / (x + x^2 / 2), x = r T, stands here: two linear solves for all modes at
once. It leaves less than a tenth of the defect in every mode, however slow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain

import numpy as np

from thermal.clock import Clock
from thermal.equilibrium import carried, equilibrium
from thermal.evaluated import evaluated
from thermal.kernels.arrays import Floats
from thermal.scene import Scene
from thermal.shifted import Shifted
from thermal.system import ConductionSystem
from thermal.transient.excitation import Excitation, Interval
from thermal.transient.initial import TOLERANCE, powered
from thermal.transient.run import Run

PERIODS = 12
"""Marched through at most."""
# Share of the tolerance of a step that the start may miss.
CLOSE = 0.5
SOLVES = 1e-6


class NoRepetition(RuntimeError):
    """The state that repeats was not found within the periods allowed."""


class Correction:
    """What a defect of one period says of the deviation from the state that repeats.

    Parameters
    ----------
    system
        Conductances of the mean state.
    capacity
        ``[columns, nz]`` J/K.
    period
        s.
    """

    def __init__(self, system: ConductionSystem, capacity: Floats, period: float) -> None:
        self.capacity, self.period = capacity, period
        self._steady = Shifted(system, capacity, 0.0)
        self._damped = Shifted(system, capacity, 2.0 / period)

    def of(self, defect: Floats) -> Floats:
        """``[columns, nz]`` K to be added to the start."""
        if not defect.any():
            return defect
        slow = self._steady.solve(self.capacity * defect / self.period, SOLVES).x
        return defect + self._damped.solve((2.0 / self.period) * self.capacity * slow, SOLVES).x


class Orbit:
    """The search for the state that repeats.

    Parameters
    ----------
    scene
        With the design's power.
    make
        A new run, which records nothing.
    intervals
        The trace from its beginning.
    allowed
        ``[columns, nz]`` K, tolerance of a step.
    """

    def __init__(
        self,
        scene: Scene,
        make: Callable[[], Run],
        intervals: Callable[[], Iterator[Interval]],
        allowed: Floats,
        clock: Clock,
    ) -> None:
        self.make, self.intervals, self.allowed = make, intervals, allowed
        run = make()
        self.excitation: Excitation = run.excitation
        self.periods = 0
        watts, period = mean_of(intervals())
        self.mean = _mean_state(scene, self.excitation, watts, clock)
        system = self.excitation.system
        if system.nonlinear:
            system = evaluated(system, self.mean + system.reference)[0]
        self.correction = Correction(system, run.capacity, period)

    def start(self) -> Floats:
        """``[columns, nz]`` K above the reference, which a period brings back to itself.

        Raises
        ------
        NoRepetition
            Not within `PERIODS` periods.
        """
        theta, left = self.mean, np.inf
        for done in range(1, PERIODS + 1):
            run = self.make()
            period = self.intervals()
            first = next(period)
            run.start(theta, first)
            run.march(chain([first], period))
            change = self.correction.of(run.state.theta - theta)
            theta = theta + change
            self.periods = done
            left = float(np.max(np.abs(change) / self.allowed))
            if left <= CLOSE:
                return theta
        raise NoRepetition(
            f"no state that repeats was found in {PERIODS} periods: the last changed the start by {left:.3g} "
            "tolerances of a step; leakage is near to running away, or the tolerance is too small"
        )

    def defect(self, run: Run) -> float:
        """K in the worst cell by which a period misses its start, all modes taken to their end."""
        return float(np.abs(self.correction.of(run.state.theta - run.begun)).max())


def mean_of(intervals: Iterator[Interval]) -> tuple[Floats, float]:
    """Mean watts of the blocks of a trace, and its length in s."""
    joules, seconds = np.zeros(0), 0.0
    for found in intervals:
        part = (found.end - found.start) * 0.5 * (found.first + found.last)
        joules = part if seconds == 0.0 else joules + part
        seconds += found.end - found.start
    return joules / seconds, seconds


def _mean_state(scene: Scene, excitation: Excitation, watts: Floats, clock: Clock) -> Floats:
    """The steady state of the mean power."""
    there = powered(scene, dict(zip(excitation.blocks, watts.tolist(), strict=True)))
    solved = equilibrium(there, excitation.system.mesh, TOLERANCE, clock, "steady start: ")
    return carried(solved.field, excitation.system)
