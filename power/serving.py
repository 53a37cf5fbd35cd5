"""Serving: a static batch, or the steady state of in-flight batching, at the point a power limit allows.

Networks that generate nothing do inference in batches; all of them can be trained.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from power.activity import Activity
from power.dvfs import Governed, OperatingPoint, governed
from power.energy import dissipation
from power.hardware.accelerator import Accelerator
from power.host import Host, host_named
from power.occupancy import USABLE, fitting, fitting_training
from power.roofline import run
from power.served import Served, ServedPhase
from power.workloads.phase import Decode, Inference, Iteration, Phase, Prefill, TrainingStep
from power.workloads.servable import Servable

DECODE_SAMPLES = 4
"""Contexts at which decode steps are evaluated; their time is all but linear in the context."""

IMAGES = ("cnn", "detector")
"""Families that take images; of others an input is a sample."""


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

    model: Servable
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
        each_step = self.model.tokens_per_step
        steps = (output - 1) / each_step
        samples = min(DECODE_SAMPLES, math.ceil(steps))
        for each in range(samples):
            context = prompt + (each + 0.5) / samples * (output - 1)
            step = self.step(Decode(batch, context), "decode", batch)
            phases.append(ServedPhase("decode", steps / samples, step, batch * each_step))
        decoding = math.fsum(phase.seconds for phase in phases[1:])
        itl = decoding / (output - 1) if steps else 0.0
        return Served(
            "static",
            batch,
            self.devices,
            tuple(phases),
            float(batch) * output,
            prefill.activity.seconds,
            itl,
        )

    def inference(self, batch: float, tokens: float | None = None) -> Served:
        """Forward passes without a cache, batch after batch: images, rows, sequences of an encoder.

        Parameters
        ----------
        batch
            Images, rows or sequences at a time.
        tokens
            Length of a sequence; the model's own when None.
        """
        return self._batches("inference", Inference(batch, tokens), batch)

    def training(
        self,
        batch: float,
        tokens: float | None = None,
        optimiser: Literal["sgd", "momentum", "adam"] = "momentum",
    ) -> Served:
        """Training steps, one after the other: forward, backward, optimiser."""
        step = TrainingStep(batch, tokens, optimiser)
        fitting_training(self.model, self.hardware, step, devices=self.devices, usable=self.usable)
        return self._batches("training", step, batch)

    def _batches(self, mode: Literal["inference", "training"], phase: Phase, batch: float) -> Served:
        self._holds_weights()
        step = self.step(phase, mode, batch)
        unit = "image" if self.model.family in IMAGES else "sample"
        phases = (ServedPhase(mode, 1.0, step, batch),)
        return Served(mode, batch, self.devices, phases, batch, step.activity.seconds, 0.0, unit)

    def _holds_weights(self) -> None:
        """See that the weights fit, of models that keep nothing else from step to step."""
        fitting(self.model, self.hardware, 0, batch=0.0, devices=self.devices, usable=self.usable)

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

        A sequence that ends is followed by another. With one token a step, a step carries `batch` decodes
        and, on average, batch / (output - 1) new prompts: in the same iteration, sharing every weight read
        (`chunked`), or as prefills of their own between decodes.

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
        yielded = self.model.tokens_per_step
        steps = max(1, output - 1) / yielded
        decode, arriving = Decode(held, prompt + output / 2.0), held / steps
        alone = self.step(decode, "decode", held)
        first = self.first_token(prompt)
        if chunked:
            mixed = Iteration((decode, Prefill(arriving, prompt)))
            step = self.step(mixed, "iteration", held + arriving)
            phases: tuple[ServedPhase, ...] = (
                ServedPhase("iteration", 1.0, step, held * yielded + arriving),
            )
            # Without interruption a token takes a decode step; with prompts in every step, a mixed one.
            itl = step.activity.seconds if arriving >= 0.5 else alone.activity.seconds
        else:
            phases = (
                ServedPhase("prefill", arriving, first, 1.0),
                ServedPhase("decode", 1.0, alone, held * yielded),
            )
            itl = alone.activity.seconds
        made = held * yielded + arriving
        return Served("in-flight", held, self.devices, phases, made, first.activity.seconds, itl / yielded)


def observed(activity: Activity, hardware: Accelerator, seconds: float) -> float:
    """Board watts where the time that `activity` took was measured rather than computed [W]."""
    return dissipation(activity.lasting(seconds), hardware).board
