"""One step of TR-BDF2, with its error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from thermal.kernels.arrays import Floats
from thermal.transient import method
from thermal.transient.stage import LinearStages
from thermal.transient.state import State

Heat = Callable[[float], tuple[Floats, float]]
"""Heat of the trace in cells at a time, and the sum of it with all constant power, W."""


@dataclass(frozen=True, eq=False)
class Trial:
    """A step that was tried.

    Attributes
    ----------
    inner, theta
        Temperatures at its inner time and its end, K above the reference.
    slope
        At its end, K/s.
    missed
        Its error, K, as its embedded method tells.
    error
        The largest of it over the tolerance.
    moved
        Corrections of the guesses of both stages, in tolerances.
    joules
        Put in by the trace and constant power, leaked, and lost to the ambients.
    outflow, leakage
        W at its end.
    """

    start: float
    length: float
    before: Floats
    inner: Floats
    theta: Floats
    slope: Floats
    missed: Floats
    error: float
    moved: tuple[float, float]
    joules: tuple[float, float, float]
    outflow: float
    leakage: float

    @property
    def end(self) -> float:
        """Time of its end, s."""
        return self.start + self.length

    def at(self, time: float) -> Floats:
        """``[columns, nz]`` K above the reference at a time within it."""
        w = method.between((time - self.start) / self.length)
        late: Floats = w[2] * self.theta + (w[3] * self.length) * self.slope
        return np.asarray(w[0] * self.before + w[1] * self.inner + late, float)


def tried(stages: LinearStages, state: State, length: float, heat: Heat, allowed: Floats) -> Trial:
    """Try a step.

    Parameters
    ----------
    length
        s.
    allowed
        ``[columns, nz]`` tolerance, K.

    Raises
    ------
    StageFailed
        A stage could not be solved.
    """
    shift = 1.0 / (method.D * length)
    theta, slopes = state.theta, [state.slope]
    stages.begin(theta)
    sources = [heat(state.time + c * length) for c in method.NODES]
    found = []
    for i in (1, 2):
        base = theta.copy()
        for weight, slope in zip(method.STAGES[i], slopes, strict=True):
            base += (weight * length) * slope
        # Right after an edge the slope at the start is that of the fastest cells: no guide.
        trend = slopes[-1] if i == 2 else (0.0 if state.pace.fresh else 1.0) * slopes[0]
        if i == 2 and not state.pace.fresh:
            trend = slopes[0] + (slopes[1] - slopes[0]) / method.GAMMA
        guess = base + trend / shift
        solved = stages.solve(shift, base, guess, sources[i][0], allowed, state.moved[i - 1])
        slopes.append(shift * (solved.theta - base))
        found.append(solved)
    missed = np.asarray(sum((w * length) * s for w, s in zip(method.DEFECT, slopes, strict=True)), float)
    if state.pace.fresh or np.max(np.abs(missed) / allowed) > 1.0:
        # What cells much faster than the step seem to have missed is gone by its end.
        missed = stages.smoothed(shift, missed)
    inner, last = found
    weights = method.WEIGHTS
    given = [watts for _, watts in sources]
    leaked = [state.leakage, inner.leakage, last.leakage]
    lost = [state.outflow, inner.outflow, last.outflow]
    joules = tuple(
        length * sum(w * v for w, v in zip(weights, values, strict=True)) for values in (given, leaked, lost)
    )
    return Trial(
        start=state.time,
        length=length,
        before=theta,
        inner=inner.theta,
        theta=last.theta,
        slope=slopes[2],
        missed=missed,
        error=float(np.max(np.abs(missed) / allowed)),
        moved=(inner.moved, last.moved),
        joules=(joules[0], joules[1], joules[2]),
        outflow=last.outflow,
        leakage=last.leakage,
    )
