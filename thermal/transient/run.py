"""The march through a trace: steps that land on its edges, outputs between them, checkpoints."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from floorplans.diagnostics import Diagnostic, InputError
from thermal.field import Field
from thermal.kernels.arrays import Floats
from thermal.reached import check_reached
from thermal.transient import checkpoint
from thermal.transient.excitation import Excitation, Interval
from thermal.transient.pace import Pace
from thermal.transient.record import Records
from thermal.transient.stage import Effort, LinearStages, NonlinearStages, StageFailed
from thermal.transient.state import State, Tally
from thermal.transient.step import Heat, Trial, tried

# A step below this share of the time has lost its digits.
SHORTEST = 1e-13
# Steps after which the estimate of all errors so far is made to fade, by one V-cycle.
FADING = 4
# Kelvin that temperatures may move until preconditioners are made anew from their conductivities.
THAWED = 60.0


class TooShort(RuntimeError):
    """No step is short enough for the tolerance, or temperatures run away within the trace."""


@dataclass(frozen=True, eq=False)
class Saving:
    """Where checkpoints go, how many wall seconds apart, and the fingerprint of the run."""

    path: Path
    every: float
    fingerprint: str


class Run:
    """One run over a trace.

    Parameters
    ----------
    excitation
        The system and the blocks of the trace.
    capacity
        ``[columns, nz]`` J/K.
    allowed, relative
        Tolerance of a step in every cell, K, and in its change since the start.
    records
        What is kept; None for nothing.
    saving
        None for no checkpoints.
    progress
        Called with the time that has been reached, s.
    """

    def __init__(
        self,
        excitation: Excitation,
        capacity: Floats,
        allowed: Floats,
        relative: float,
        records: Records | None = None,
        saving: Saving | None = None,
        progress: Callable[[float], None] | None = None,
    ) -> None:
        self.excitation, self.capacity = excitation, capacity
        self.allowed, self.relative = allowed, relative
        self.records, self.saving, self.progress = records, saving, progress
        self.effort = Effort()
        self.constant = float(excitation.system.source.sum() - excitation.system.leaked.sum())
        self.begun: Floats = np.empty(0)
        self.searched = 0
        self.frozen: Floats = np.empty(0)
        self.stages: LinearStages
        self.state: State
        self._saved = time.monotonic()

    def start(self, theta: Floats, first: Interval) -> None:
        """Begin with temperatures ``[columns, nz]``, K above the reference, and the first interval."""
        self.begun = theta
        self._freeze(theta)
        gained, outflow, leaked = self.stages.net(theta, self.excitation.heat(first.first))
        slope = self._per_capacity(gained)
        self.state = State(
            time=first.start,
            theta=theta,
            slope=slope,
            off=np.zeros_like(theta),
            watts=first.first,
            pace=Pace(step=first.end - first.start),
            faded=first.start,
            outflow=outflow,
            leakage=leaked,
        )
        self._edge(first, self._size(slope))
        if self.records is not None:
            self.records.peak = theta.copy()
            if self.records.times is None or np.any(self.records.times == first.start):
                self._line(first.start, theta)
            if np.any(self.records.pictures == first.start):
                self.records.picture(first.start, self._temperature(theta))
            self.state = self._counted(self.state)

    def resume(self, read: dict[str, np.ndarray]) -> None:
        """Go on from a checkpoint."""
        self.begun = read["begun"]
        self.searched = int(read["searched"])
        self._freeze(read["frozen"])
        self.state = State.unpacked(read)
        tally = self.state.tally
        self.effort.cycles, self.effort.corrections = tally.cycles, tally.corrections
        self.effort.stages = tally.stages
        if self.records is not None:
            self.records.unpack(read)

    def _freeze(self, theta: Floats) -> None:
        """Make the stages, with preconditioners of the conductivities at `theta`."""
        self.frozen = theta
        system = self.excitation.system
        if system.nonlinear:
            self.stages = NonlinearStages(system, self.capacity, self.effort, theta)
        else:
            self.stages = LinearStages(system, self.capacity, self.effort)

    def march(self, intervals: Iterable[Interval]) -> None:
        """Take all steps of a trace; those of intervals that are done are passed over.

        Raises
        ------
        TooShort
            No step is short enough.
        InputError
            The trace is not that of the checkpoint, or conductivities have no value at the temperatures.
        """
        found = iter(intervals)
        self._pass_over(found)
        try:
            for interval in found:
                self._through(interval)
        except KeyboardInterrupt:
            self.save()
            raise
        if self.saving is not None:
            self.saving.path.unlink(missing_ok=True)

    def _pass_over(self, intervals: Iterator[Interval]) -> None:
        digest = ""
        for _ in range(self.state.interval):
            interval = next(intervals, None)
            digest = _digest(digest, interval) if interval is not None else ""
        if digest != self.state.digest:
            raise InputError(Diagnostic(None, "the trace is not the one that the checkpoint was written for"))

    def _through(self, interval: Interval) -> None:
        if self.state.time <= interval.start:
            self._enter(interval)
        span = interval.end - interval.start

        def heat(at: float) -> tuple[Floats, float]:
            share = min(max((at - interval.start) / span, 0.0), 1.0)
            watts = interval.first + share * (interval.last - interval.first)
            return self.excitation.heat(watts), float(watts.sum()) + self.constant

        while self.state.time < interval.end:
            self._advance(interval, heat)
            self._maybe_save()
        digest = _digest(self.state.digest, interval)
        self.state = replace(self.state, interval=self.state.interval + 1, digest=digest, watts=interval.last)

    def _enter(self, interval: Interval) -> None:
        """Power jumps: so does the slope, and steps begin short."""
        jump = interval.first - self.state.watts
        if jump.any():
            change = self._per_capacity(self.excitation.heat(jump))
            self.state = replace(self.state, slope=self.state.slope + change, watts=interval.first)
            self._edge(interval, self._size(change))

    def _edge(self, interval: Interval, jump: float) -> None:
        pace = self.state.pace.after_edge(jump, interval.end - interval.start)
        self.state = replace(self.state, pace=pace)

    def _advance(self, interval: Interval, heat: Heat) -> None:
        """One accepted step."""
        state = self.state
        if self.excitation.system.nonlinear and np.max(np.abs(state.theta - self.frozen)) > THAWED:
            self._freeze(state.theta)
        allowed = self.allowed + self.relative * np.abs(state.theta - self.begun)
        pace, tally = state.pace, state.tally
        while True:
            remaining = interval.end - state.time
            length = pace.fitted(remaining)
            if length < SHORTEST * max(abs(state.time), interval.end - interval.start):
                raise TooShort(self._why())
            try:
                trial = tried(self.stages, replace(state, pace=pace), length, heat, allowed)
            except StageFailed:
                tally = replace(tally, failed=tally.failed + 1)
                pace = pace.rejected(length, 0.0)
                continue
            if trial.error <= 1.0:
                break
            tally = replace(tally, rejected=tally.rejected + 1)
            pace = pace.rejected(length, trial.error)
        self._accept(trial, pace, tally, last=length == remaining, end=interval.end)

    def _accept(self, trial: Trial, pace: Pace, tally: Tally, *, last: bool, end: float) -> None:
        state, effort = self.state, self.effort
        now = end if last else trial.end
        put, leaked, lost = trial.joules
        off, faded = state.off + trial.missed, state.faded
        if (tally.steps + 1) % FADING == 0:
            off, faded = self.stages.smoothed(1.0 / (now - faded), off), now
        tally = replace(
            tally,
            steps=tally.steps + 1,
            edges=tally.edges + last,
            cycles=effort.cycles,
            corrections=effort.corrections,
            stages=effort.stages,
            joules_in=tally.joules_in + put,
            joules_leaked=tally.joules_leaked + leaked,
            joules_out=tally.joules_out + lost,
            shortest=min(tally.shortest, trial.length),
            longest=max(tally.longest, trial.length),
        )
        if self.records is not None:
            self._record(trial, now, off)
        self.state = self._counted(
            replace(
                state,
                time=now,
                theta=trial.theta,
                slope=trial.slope,
                off=off,
                faded=faded,
                pace=pace.accepted(trial.length, trial.error),
                moved=trial.moved,
                outflow=trial.outflow,
                leakage=trial.leakage,
                tally=tally,
            )
        )
        if self.excitation.system.nonlinear:
            check_reached(self.stages.field_system(trial.theta), self._above(trial.theta))
        if self.progress is not None:
            self.progress(now)

    def _record(self, trial: Trial, now: float, off: Floats) -> None:
        records = self.records
        assert records is not None
        np.maximum(records.peak, trial.theta, out=records.peak)
        if records.times is None:
            self._line(now, trial.theta, off)
        else:
            inside = (records.times > trial.start) & (records.times <= now)
            for at in records.times[inside].tolist():
                self._line(at, trial.theta if at == now else trial.at(at), off)
        for at in records.pictures[(records.pictures > trial.start) & (records.pictures <= now)].tolist():
            theta = trial.theta if at == now else trial.at(at)
            records.picture(at, self._temperature(theta))

    def _line(self, at: float, theta: Floats, off: Floats | None = None) -> None:
        assert self.records is not None
        system = self.stages.field_system(theta)
        reader = self.records.reader
        error = np.zeros(len(reader.chosen)) if off is None else reader.largest(off, system.mesh.z)
        self.records.line(at, Field(system, self._temperature(theta)), error)

    def _counted(self, state: State) -> State:
        if self.records is None:
            return state
        return replace(state, lines=len(self.records.rows), pictures=len(self.records.snapshots))

    def _above(self, theta: Floats) -> Floats:
        return theta + self.excitation.system.reference

    def _temperature(self, theta: Floats) -> Floats:
        system = self.excitation.system
        return np.where(system.solid[system.mesh.slab].T, self._above(theta), np.nan)

    def _per_capacity(self, heat: Floats) -> Floats:
        """K/s of heat in cells; nothing in void."""
        return np.divide(heat, self.capacity, out=np.zeros_like(heat), where=self.capacity > 0.0)

    def _size(self, slope: Floats) -> float:
        return float(np.max(np.abs(slope) / self.allowed))

    def _why(self) -> str:
        hottest = float(self.state.theta.max()) + self.excitation.system.reference
        return (
            f"no step is short enough at {self.state.time:.6g} s, where the hottest cell is at "
            f"{hottest - 273.15:.0f} degC; if leakage runs away, cool more or leak less, "
            "else ask for less accuracy"
        )

    def _maybe_save(self) -> None:
        if self.saving is not None and time.monotonic() - self._saved >= self.saving.every:
            self.save()

    def save(self) -> None:
        """Write a checkpoint, where there is a place for it."""
        if self.saving is None:
            return
        arrays = {**self.state.packed(), "begun": self.begun, "frozen": self.frozen}
        arrays["searched"] = np.array(self.searched)
        if self.records is not None:
            self.records.cut(self.state.lines, self.state.pictures)
            arrays |= self.records.packed()
        checkpoint.write(self.saving.path, self.saving.fingerprint, arrays)
        self._saved = time.monotonic()


def _digest(before: str, interval: Interval) -> str:
    found = hashlib.sha256(before.encode())
    found.update(np.array([interval.start, interval.end]).tobytes())
    found.update(np.ascontiguousarray(interval.first).tobytes())
    found.update(np.ascontiguousarray(interval.last).tobytes())
    return found.hexdigest()
