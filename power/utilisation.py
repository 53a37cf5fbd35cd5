"""A phase in numbers: time, operations, bytes by level, share of every peak, energy of every unit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from power.activity import summed
from power.energy import Cause
from power.hardware.accelerator import Accelerator
from power.served import Served, ServedPhase


@dataclass(frozen=True, slots=True)
class PhaseSummary:
    """All steps of one name; per device, sums over the steps.

    Parameters
    ----------
    name
        ``prefill``, ``decode`` …; ``mean`` for all phases together.
    seconds, share
        Length, and share of the whole.
    tokens
        Outputs of all devices.
    hertz
        Mean of the throttled clock.
    reason
        Why the clock is no higher: ``none``, ``power cap`` or ``lowest clock``.
    bound
        What most of the time goes to: ``matrix``, ``main``, ``overhead`` …; empty where nobody knows.
    operations
        By unit and format.
    moved, sent, carried
        Bytes by memory, by link and by path.
    utilisation
        Share of the peak of each ``unit/…``, ``memory/…``, ``link/…`` and ``path/…`` at its clock.
    joules
        Board energy by component, all causes together.
    causes
        Mean board watts by cause.
    board, package
        Mean watts drawn, and of those what heats the package.
    """

    name: str
    seconds: float
    share: float
    tokens: float
    hertz: float
    reason: str
    bound: str
    operations: Mapping[tuple[str, str], float]
    moved: Mapping[str, float]
    sent: Mapping[str, float]
    carried: Mapping[str, float]
    utilisation: Mapping[str, float]
    joules: Mapping[str, float]
    causes: Mapping[Cause, float]
    board: float
    package: float

    @property
    def flops(self) -> float:
        """Operations of all units and formats."""
        return math.fsum(self.operations.values())


def summaries(served: Served, hardware: Accelerator) -> tuple[PhaseSummary, ...]:
    """Every phase, and where there are several all of them together as ``mean``."""
    found = [summary(served, hardware, name) for name in served.names]
    return tuple(found if len(found) == 1 else [*found, summary(served, hardware)])


def summary(served: Served, hardware: Accelerator, name: str = "") -> PhaseSummary:
    """The phases of a name, all of them when empty."""
    phases = served.named(name)
    seconds = math.fsum(phase.seconds for phase in phases)
    causes = served.by_cause(name)
    weighted = served.weighted(name)
    operations = summed(_times(p, p.step.activity.operations) for p in phases)
    moved = summed(_times(p, p.step.activity.moved) for p in phases)
    sent = summed(_times(p, p.step.activity.sent) for p in phases)
    reasons = dict.fromkeys(phase.step.reason for phase in phases)
    bounds = summed(_times(p, p.step.activity.time_by("bound")) for p in phases)
    return PhaseSummary(
        name or "mean",
        seconds,
        seconds / served.seconds,
        math.fsum(phase.tokens * phase.times for phase in phases),
        math.fsum(p.step.point.hertz[hardware.throttled] * share for p, share in weighted),
        next((reason for reason in reasons if reason != "none"), "none"),
        max(bounds, key=lambda part: bounds[part], default=""),
        operations,
        moved,
        {name: size for name, size in sent.items() if name in hardware.links},
        hardware.carried(moved, sent),
        _utilisation(phases, hardware, seconds),
        {part: watts * seconds for part, watts in served.by_component(name).items()},
        causes,
        math.fsum(causes.values()),
        math.fsum(p.step.dissipation.package * share for p, share in weighted),
    )


K = TypeVar("K")


def _times(phase: ServedPhase, counts: Mapping[K, float]) -> dict[K, float]:
    return {key: value * phase.times for key, value in counts.items()}


def _utilisation(phases: tuple[ServedPhase, ...], hardware: Accelerator, seconds: float) -> dict[str, float]:
    """Seconds that each part would take at its peak, over those that it took."""
    needed: dict[str, list[float]] = {}
    for phase in phases:
        work, hertz = phase.step.activity, phase.step.point.hertz
        for (name, form), count in work.operations.items():
            unit = hardware.units[name]
            rate = unit.peaks[form] * hertz[unit.clock] / hardware.clocks[unit.clock].nominal
            needed.setdefault(f"unit/{name}", []).append(count / rate * phase.times)
        for name, size in work.moved.items():
            level = hardware.memories[name]
            speed = hertz[level.clock] / hardware.clocks[level.clock].nominal if level.clock else 1.0
            needed.setdefault(f"memory/{name}", []).append(size / (level.bandwidth * speed) * phase.times)
        for name, size in work.sent.items():
            if name in hardware.links:
                bandwidth = hardware.links[name].bandwidth
                needed.setdefault(f"link/{name}", []).append(size / bandwidth * phase.times)
        for name, size in hardware.carried(work.moved, work.sent).items():
            if not size:
                continue
            path = hardware.paths[name]
            speed = hertz[path.clock] / hardware.clocks[path.clock].nominal if path.clock else 1.0
            needed.setdefault(f"path/{name}", []).append(size / (path.bandwidth * speed) * phase.times)
    return {part: math.fsum(parts) / seconds for part, parts in needed.items()}
