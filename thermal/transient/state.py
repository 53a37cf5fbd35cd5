"""All that the rest of a run depends on, at the end of an accepted step."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields

import numpy as np

from thermal.kernels.arrays import Floats
from thermal.transient.pace import Pace


@dataclass(frozen=True)
class Tally:
    """Counts and joules since the start.

    Attributes
    ----------
    steps, rejected, failed, edges
        Steps accepted, rejected for their error, given up because a stage could not be solved, and
        intervals of the trace.
    cycles, corrections, stages
        V-cycles, linear solves and implicit stages.
    joules_in, joules_leaked, joules_out
        Of the trace and all constant power; of leakage; and what left to the ambients.
    shortest, longest
        Accepted steps, s.
    """

    steps: int = 0
    rejected: int = 0
    failed: int = 0
    edges: int = 0
    cycles: int = 0
    corrections: int = 0
    stages: int = 0
    joules_in: float = 0.0
    joules_leaked: float = 0.0
    joules_out: float = 0.0
    shortest: float = float("inf")
    longest: float = 0.0


@dataclass(frozen=True, eq=False)
class State:
    """Where a run is.

    Attributes
    ----------
    time
        Seconds of the trace.
    theta
        ``[columns, nz]`` K above the reference of the system.
    slope
        Its derivative in time, K/s.
    off, faded
        Estimate of the error of `theta` that steps in time have made, K, and until when its fading counts.
    watts
        Of the blocks of the trace, where the last step ended.
    interval
        Intervals of the trace that are done.
    pace
        Memory of the step control.
    moved
        Correction of the guess of both stages in the last step, tolerances.
    outflow, leakage
        W that left and leaked when the last step ended.
    lines, pictures
        Rows of outputs and snapshots recorded so far.
    digest
        Of the intervals that are done.
    """

    time: float
    theta: Floats
    slope: Floats
    off: Floats
    watts: Floats
    pace: Pace
    faded: float
    interval: int = 0
    moved: tuple[float, float] = (0.0, 0.0)
    outflow: float = 0.0
    leakage: float = 0.0
    lines: int = 0
    pictures: int = 0
    digest: str = ""
    tally: Tally = field(default_factory=Tally)

    def packed(self) -> dict[str, np.ndarray]:
        """As arrays, to be written."""
        out = {"theta": self.theta, "slope": self.slope, "off": self.off, "watts": self.watts}
        numbers = (self.time, self.faded, self.interval, *self.moved, self.outflow, self.leakage)
        out["numbers"] = np.array([*numbers, self.lines, self.pictures], float)
        out["pace"] = np.array(list(asdict(self.pace).values()), float)
        out["digest"] = np.array(self.digest)
        out["tally"] = np.array(list(asdict(self.tally).values()), float)
        return out

    @classmethod
    def unpacked(cls, read: dict[str, np.ndarray]) -> State:
        """From what `packed` gave."""
        time, faded, interval, first, second, outflow, leakage, lines, pictures = read["numbers"].tolist()
        step, error, taken, fresh, first_step, jump = read["pace"].tolist()
        kinds = [f.type for f in fields(Tally)]
        counts = [int(v) if k == "int" else v for k, v in zip(kinds, read["tally"].tolist(), strict=True)]
        return cls(
            time=time,
            theta=read["theta"],
            slope=read["slope"],
            off=read["off"],
            watts=read["watts"],
            pace=Pace(step, error, taken, bool(fresh), first_step, jump),
            faded=faded,
            interval=int(interval),
            moved=(first, second),
            outflow=outflow,
            leakage=leakage,
            lines=int(lines),
            pictures=int(pictures),
            digest=str(read["digest"]),
            tally=Tally(*counts),
        )
