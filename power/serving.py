"""Serving: a static batch, or the steady state of in-flight batching, at the point a power limit allows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from floorplans.diagnostics import Diagnostic, InputError
from power.activity import Activity
from power.dvfs import Governed, OperatingPoint, governed
from power.energy import dissipation
from power.hardware.accelerator import Accelerator
from power.host import Host, host_named
from power.occupancy import USABLE, fitting
from power.powermap import PowerMap
from power.roofline import run
from power.workloads.model import Model
from power.workloads.phase import Decode, Iteration, Phase, Prefill

DECODE_SAMPLES = 4
"""Contexts at which decode steps are evaluated; their time is all but linear in the context."""


@dataclass(frozen=True, slots=True)
class ServedPhase:
    """One sort of step, and how often it is done.

    Parameters
    ----------
    name
        ``prefill``, ``decode`` or ``iteration``.
    times
        Steps.
    step
        One step at its operating point.
    tokens
        Output tokens of one step, all devices together.
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
        ``static`` or ``in-flight``.
    batch
        Sequences in progress.
    devices
        Devices that share the model.
    phases
        In order; for in-flight batching one average round.
    tokens
        Output tokens of all phases.
    ttft
        Seconds from the start of a prompt to its first token, queueing left out.
    itl
        Seconds between two tokens of a sequence while no prompt interrupts.
    """

    mode: Literal["static", "in-flight"]
    batch: float
    devices: int
    phases: tuple[ServedPhase, ...]
    tokens: float
    ttft: float
    itl: float

    @property
    def seconds(self) -> float:
        """Of all phases."""
        return math.fsum(phase.seconds for phase in self.phases)

    @property
    def tokens_per_second(self) -> float:
        """Output tokens per second of all devices."""
        return self.tokens / self.seconds

    @property
    def watts(self) -> float:
        """Mean board power of one device [W]."""
        return math.fsum(p.step.dissipation.board * p.seconds for p in self.phases) / self.seconds

    @property
    def joules_per_token(self) -> float:
        """Board energy of all devices per output token [J]."""
        return self.watts * self.devices / self.tokens_per_second

    def named(self, name: str) -> tuple[ServedPhase, ...]:
        """The phases of a name."""
        return tuple(phase for phase in self.phases if phase.name == name)

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
        chosen = self.named(name) if name else self.phases
        if not chosen:
            has = ", ".join(dict.fromkeys(phase.name for phase in self.phases))
            raise InputError(Diagnostic(None, f"no phase '{name}' (there are {has})"))
        whole = math.fsum(phase.seconds for phase in chosen)
        parts: dict[str, list[float]] = {}
        for phase in chosen:
            found = phase.step.dissipation.power_map(areas, leakage=leakage)
            for block, watts in found.items():
                parts.setdefault(block, []).append(watts * phase.seconds / whole)
        return PowerMap({block: math.fsum(watts) for block, watts in parts.items()})


@dataclass(frozen=True, slots=True)
class Server:
    """A model on one or more equal devices, under a host and a power limit.

    Parameters
    ----------
    model, hardware
        What runs, and on what.
    devices
        Tensor parallelism.
    host
        Serving stack; a compiled loop when None.
    limit
        Board watts of a device; the hardware's own when None, ``inf`` for none.
    start
        Clocks not to be exceeded, for a locked clock; the highest when None.
    usable
        Share of the memory for weights and state.
    """

    model: Model
    hardware: Accelerator
    devices: int = 1
    host: Host | None = None
    limit: float | None = None
    start: OperatingPoint | None = None
    usable: float = USABLE

    @property
    def around(self) -> Host:
        """The host."""
        return self.host or host_named("compiled", self.hardware.constants)

    def step(self, phase: Phase, name: str = "", sequences: float = 0.0) -> Governed:
        """One step at the fastest clock that the limit allows.

        Parameters
        ----------
        phase
            What is done.
        name
            For tables.
        sequences
            Sequences that the host handles.
        """
        graph = self.model.graph(phase)
        around = self.around

        def at(point: OperatingPoint) -> Activity:
            return run(
                graph,
                self.hardware,
                point,
                host=around,
                devices=self.devices,
                sequences=sequences,
                label=name,
            )

        return governed(self.hardware, at, limit=self.limit, start=self.start)

    def first_token(self, prompt: float, batch: float = 1.0) -> Governed:
        """A prefill of whole prompts, the first token included."""
        return self.step(Prefill(batch, prompt), "prefill", batch)

    def static(self, batch: int, prompt: int, output: int) -> Served:
        """A batch that starts together and ends together.

        Raises
        ------
        InputError
            It does not fit in memory.
        """
        fitting(
            self.model,
            self.hardware,
            prompt + output,
            batch=batch,
            devices=self.devices,
            usable=self.usable,
        )
        prefill = self.first_token(prompt, batch)
        phases = [ServedPhase("prefill", 1.0, prefill, batch)]
        steps = output - 1
        samples = min(DECODE_SAMPLES, steps)
        for each in range(samples):
            context = prompt + (each + 0.5) / samples * steps
            step = self.step(Decode(batch, context), "decode", batch)
            phases.append(ServedPhase("decode", steps / samples, step, batch))
        decoding = math.fsum(phase.seconds for phase in phases[1:])
        itl = decoding / steps if steps else 0.0
        return Served(
            "static",
            batch,
            self.devices,
            tuple(phases),
            float(batch) * output,
            prefill.activity.seconds,
            itl,
        )

    def largest_batch(self, prompt: float, output: float, *, reserved: bool = True) -> int:
        """Sequences in progress that fit in memory.

        Parameters
        ----------
        prompt, output
            Tokens in and out per sequence.
        reserved
            Whether each keeps room for its full length from the start, so that none is ever evicted;
            otherwise they take their mean length over their lives.

        Raises
        ------
        InputError
            Not even one sequence at its full length fits.
        """
        full = fitting(self.model, self.hardware, prompt + output, devices=self.devices, usable=self.usable)
        if reserved:
            return full.sequences
        length = prompt + output / 2.0
        return fitting(self.model, self.hardware, length, devices=self.devices, usable=self.usable).sequences

    def in_flight(
        self, prompt: int, output: int, *, batch: float | None = None, chunked: bool = True
    ) -> Served:
        """The steady state of continuous batching at full load.

        A sequence that ends is followed by another, so that a step carries `batch` decodes and, on average,
        batch / (output - 1) new prompts: in the same iteration, sharing every weight read (`chunked`), or as
        prefills of their own between decodes.

        Parameters
        ----------
        prompt, output
            Tokens in and out per sequence.
        batch
            Sequences in progress; as many as memory holds when None.
        chunked
            Whether prompts are cut up and mixed with decodes.
        """
        held = float(self.largest_batch(prompt, output)) if batch is None else float(batch)
        fitting(
            self.model,
            self.hardware,
            prompt + output / 2.0,
            batch=held,
            devices=self.devices,
            usable=self.usable,
        )
        steps = max(1, output - 1)
        decode, arriving = Decode(held, prompt + output / 2.0), held / steps
        alone = self.step(decode, "decode", held)
        first = self.first_token(prompt)
        if chunked:
            mixed = Iteration((decode, Prefill(arriving, prompt)))
            step = self.step(mixed, "iteration", held + arriving)
            phases: tuple[ServedPhase, ...] = (ServedPhase("iteration", 1.0, step, held + arriving),)
            # Without interruption a token takes a decode step; with prompts in every step, a mixed one.
            itl = step.activity.seconds if arriving >= 0.5 else alone.activity.seconds
        else:
            phases = (
                ServedPhase("prefill", arriving, first, 1.0),
                ServedPhase("decode", 1.0, alone, held),
            )
            itl = alone.activity.seconds
        return Served("in-flight", held, self.devices, phases, held + arriving, first.activity.seconds, itl)


def observed(activity: Activity, hardware: Accelerator, seconds: float) -> float:
    """Board watts where the time that `activity` took was measured rather than computed [W]."""
    return dissipation(activity.lasting(seconds), hardware).board
