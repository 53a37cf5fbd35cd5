"""What serving, inference or training comes to: phases with times and watts, tokens or images per second."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from floorplans.diagnostics import Diagnostic, InputError, did_you_mean
from power.dvfs import Governed
from power.energy import Cause
from power.leakage import Exponential, Leakage
from power.powermap import PowerMap


@dataclass(frozen=True, slots=True)
class ServedPhase:
    """One sort of step, and how often it is done.

    Parameters
    ----------
    name
        ``prefill``, ``decode``, ``iteration``, ``inference`` or ``training``.
    times
        Steps.
    step
        One step at its operating point.
    tokens
        Outputs of one step, all devices together: tokens, images or samples.
    """

    name: str
    times: float
    step: Governed
    tokens: float

    @property
    def seconds(self) -> float:
        """Of all steps."""
        return self.step.activity.seconds * self.times


@dataclass(frozen=True, slots=True)
class Served:
    """What serving comes to.

    Parameters
    ----------
    mode
        ``static``, ``in-flight``, ``inference`` or ``training``.
    batch
        Sequences in progress, or images or samples at a time.
    devices
        Devices that share the model.
    phases
        In order; for in-flight batching one average round.
    tokens
        Outputs of all phases.
    ttft
        Seconds from the start of a prompt to its first token, queueing left out; from the start of a batch to
        its result where no tokens are generated.
    itl
        Seconds between two tokens of a sequence while no prompt interrupts; 0 where there are none.
    unit
        What an output is: ``token``, ``image`` or ``sample``.
    """

    mode: Literal["static", "in-flight", "inference", "training"]
    batch: float
    devices: int
    phases: tuple[ServedPhase, ...]
    tokens: float
    ttft: float
    itl: float
    unit: str = "token"

    @property
    def seconds(self) -> float:
        """Of all phases."""
        return math.fsum(phase.seconds for phase in self.phases)

    @property
    def tokens_per_second(self) -> float:
        """Outputs per second of all devices."""
        return self.tokens / self.seconds

    @property
    def watts(self) -> float:
        """Mean board power of one device [W]."""
        return math.fsum(p.step.dissipation.board * p.seconds for p in self.phases) / self.seconds

    @property
    def joules_per_token(self) -> float:
        """Board energy of all devices per output [J]."""
        return self.watts * self.devices / self.tokens_per_second

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the phases, each once, in order."""
        return tuple(dict.fromkeys(phase.name for phase in self.phases))

    def named(self, name: str = "") -> tuple[ServedPhase, ...]:
        """The phases of a name; all of them when empty.

        Raises
        ------
        InputError
            There is none of that name.
        """
        if name and name not in self.names:
            there = ", ".join(self.names)
            message = f"no phase '{name}'{did_you_mean(name, self.names)} (there are {there})"
            raise InputError(Diagnostic(None, message))
        return tuple(phase for phase in self.phases if not name or phase.name == name)

    def weighted(self, name: str = "") -> list[tuple[ServedPhase, float]]:
        """Phases of a name, or all, with their shares of the time."""
        chosen = self.named(name)
        whole = math.fsum(phase.seconds for phase in chosen)
        return [(phase, phase.seconds / whole) for phase in chosen]

    def power_map(
        self, areas: Mapping[str, float] | None = None, name: str = "", *, leakage: bool = True
    ) -> PowerMap:
        """Mean watts of every block of one device, over all phases or those of a name.

        Parameters
        ----------
        areas, leakage
            As of `Dissipation.power_map`.
        name
            Name of the phases; all when empty.
        """
        parts: dict[str, list[float]] = {}
        for phase, share in self.weighted(name):
            found = phase.step.dissipation.power_map(areas, leakage=leakage)
            for block, watts in found.items():
                parts.setdefault(block, []).append(watts * share)
        return PowerMap({block: math.fsum(watts) for block, watts in parts.items()})

    def leakage(self, areas: Mapping[str, float], name: str = "") -> dict[str, Leakage]:
        """Leakage laws of the blocks for what `power_map` leaves out with ``leakage=False``.

        Watts at the junction temperature of the operating points, averaged over the phases by time, for
        voltages differ between phases that a power limit slows differently.

        Parameters
        ----------
        areas, name
            As of `power_map`.
        """
        watts: dict[str, list[float]] = {}
        slopes: dict[str, list[float]] = {}
        kelvin = self.phases[0].step.point.kelvin
        for phase, share in self.weighted(name):
            laws = phase.step.dissipation.leakage(kelvin, areas)
            for block, law in laws.items():
                assert isinstance(law.law, Exponential)
                watts.setdefault(block, []).append(law.law.power * share)
                slopes.setdefault(block, []).append(law.law.power * law.law.beta * share)
        return {
            block: Leakage(Exponential(math.fsum(found), kelvin, math.fsum(slopes[block]) / math.fsum(found)))
            for block, found in watts.items()
        }

    def by_cause(self, name: str = "") -> dict[Cause, float]:
        """Mean board watts for each cause, over all phases or those of a name."""
        chosen = self.weighted(name)
        parts = [(phase.step.dissipation.by_cause(), share) for phase, share in chosen]
        return {cause: math.fsum(found[cause] * share for found, share in parts) for cause in Cause}

    def by_component(self, name: str = "") -> dict[str, float]:
        """Mean board watts of each component, all causes together."""
        found: dict[str, list[float]] = {}
        for phase, share in self.weighted(name):
            for component, watts in phase.step.dissipation.by_component().items():
                found.setdefault(component, []).append(watts * share)
        return {component: math.fsum(watts) for component, watts in found.items()}

    @property
    def off_package(self) -> float:
        """Mean watts of the board that heat nothing in the package."""
        return math.fsum(p.step.dissipation.off_package * share for p, share in self.weighted())
