"""The sections `throttle:` and `sensors:` as they are written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import CoreSchema, core_schema

from floorplans.schema import Finite, Model, NonNegative, Positive, Um
from thermal.throttle.controllers.base import Controller, Seconds

Count = Annotated[int, Field(strict=True, ge=1)]
Lag = Annotated[NonNegative, AfterValidator(lambda ms: ms / 1e3)]
Tick = Annotated[Finite, Field(ge=0.01, le=1000.0), AfterValidator(lambda ms: ms / 1e3)]
Chance = Annotated[Finite, Field(ge=0.0, lt=1.0)]


class ServingEntry(Model):
    """Who asks for work.

    Attributes
    ----------
    concurrency
        Requests always in the system (closed loop).
    rate
        Arrivals per second, Poisson (open loop).
    trace
        CSV with columns ``time_s`` and, where they differ, ``prompt`` and ``output``.
    prompt, output
        Tokens; those of the workload when None.
    spread
        Standard deviation of the logarithm of both.
    batch
        Most sequences at a time; as many as memory holds when None.
    chunk
        Prompt tokens in an iteration.
    mixed
        Whether prompts share iterations with decodes; otherwise they go first.
    """

    concurrency: Count | None = None
    rate: Positive | None = Field(alias="rate_per_s", default=None)
    trace: str | None = Field(alias="trace_csv", default=None)
    prompt: Count | None = None
    output: Count | None = None
    spread: Annotated[Finite, Field(ge=0.0, le=2.0)] = 0.0
    batch: Count | None = None
    chunk: Count = 512
    mixed: bool = True

    @model_validator(mode="after")
    def _one(self) -> Self:
        given = [x for x in (self.concurrency, self.rate, self.trace) if x is not None]
        if len(given) > 1:
            raise ValueError("give one of concurrency, rate_per_s, trace_csv")
        return self


class SensorEntry(Model):
    """One sensor: where it is, and how it tells.

    Attributes
    ----------
    block
        A block of the design; or
    chiplet, at
        a place on the layer of blocks of a chiplet (or of a package layer), um from its lower-left corner.
    lag
        Time constant, s.
    offset, gain
        K added; factor on degC.
    step, noise
        Of the converter, K; standard deviation, K.
    dropout
        Probability that a sample does not arrive.
    period
        s from sample to sample; every tick when None.
    """

    block: str | None = None
    chiplet: str | None = None
    at: tuple[Um, Um] | None = Field(alias="at_um", default=None)
    lag: Lag = Field(alias="lag_ms", default=0.0)
    offset: Finite = Field(alias="offset_k", default=0.0)
    gain: Positive = 1.0
    step: NonNegative = Field(alias="step_k", default=0.0)
    noise: NonNegative = Field(alias="noise_k", default=0.0)
    dropout: Chance = 0.0
    period: Seconds | None = Field(alias="period_ms", default=None)

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if (self.block is None) == (self.chiplet is None):
            raise ValueError("give either 'block', or 'chiplet' with 'at_um'")
        if (self.chiplet is None) != (self.at is None):
            raise ValueError("'chiplet' and 'at_um' go together")
        return self


class ThrottleEntry(Model):
    """The section `throttle:`; controllers are read one by one.

    Attributes
    ----------
    workload
        As the section `workload:`, for designs that have none; not looked at otherwise.
    tick, seconds
        s: of a step of the loop, and of the run.
    start
        ``ambient``: everything is cold; ``loaded``: as after hours of this workload without a controller.
    seed
        Of arrivals and noise.
    serving
        Who asks for work.
    variants
        Other ways of serving that a lever may switch to: keys of `workload:` that change, by name.
    window
        Share of the run, at its end, that means are taken over.
    """

    workload: dict[str, Any] | None = None
    tick: Tick = Field(alias="tick_ms", default=1e-3)
    seconds: Positive = 60.0
    start: Literal["ambient", "loaded"] = "ambient"
    seed: Annotated[int, Field(strict=True, ge=0)] = 1
    serving: ServingEntry = ServingEntry()
    variants: dict[str, dict[str, Any]] = Field(default_factory=dict)
    window: Annotated[Finite, Field(gt=0.0, le=1.0)] = 0.25
    controllers: tuple[Any, ...] = Field(default=(), exclude=True)


@dataclass(frozen=True, eq=False)
class Throttle:
    """What a design says of its throttling.

    Parameters
    ----------
    entry
        Its plain keys.
    controllers
        In order.
    """

    entry: ThrottleEntry
    controllers: tuple[Controller, ...] = ()
    told: Any = field(default=None, repr=False)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Throttle) and (self.entry, self.controllers) == (
            other.entry,
            other.controllers,
        )

    def __hash__(self) -> int:
        return hash(self.controllers)

    @classmethod
    def __get_pydantic_core_schema__(cls, *_: object) -> CoreSchema:
        return core_schema.is_instance_schema(cls)
