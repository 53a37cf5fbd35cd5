"""What all controllers have in common: whom they listen to, when they run, what they act on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from floorplans.schema import Celsius, Finite, Model, Positive

Seconds = Annotated[Positive, AfterValidator(lambda ms: ms / 1e3)]
"""Milliseconds to seconds."""
Hertz = Annotated[Positive, AfterValidator(lambda mhz: mhz * 1e6)]
"""Megahertz to hertz."""
Part = Annotated[Finite, Field(gt=0.0, le=1.0)]
Temperature = Celsius


@dataclass(frozen=True)
class Setting:
    """What a controller is told of the device when it is made ready.

    Attributes
    ----------
    top, low, step
        Hz of the ladders of the domains that it acts on, the first being the main one.
    tick
        s
    power_limit
        Board watts that the hardware may draw; inf for none.
    variants
        Names of the ways of serving; the first is the workload as it is.
    """

    top: tuple[float, ...]
    low: tuple[float, ...]
    step: tuple[float, ...]
    tick: float
    power_limit: float
    variants: tuple[str, ...] = ("base",)


@dataclass(frozen=True)
class Packed:
    """Numbers for the kernel: sort, lever, reason, own parameters, values of the lever by state."""

    kind: int
    lever: int
    why: int
    own: tuple[float, ...]
    levels: tuple[float, ...] = ()


class Controller(Model):
    """Keys of every controller.

    Attributes
    ----------
    sensors
        Names or patterns of the sensors it listens to; it takes the hottest.
    domains
        Clock domains it acts on; the hardware's throttled one by default.
    period
        s from run to run.
    """

    kind: str
    sensors: tuple[str, ...] = ("*",)
    domains: tuple[str, ...] = ()
    period: Seconds = Field(alias="period_ms", default=0.1)

    @property
    def trips(self) -> dict[str, float]:
        """Temperatures [K] at which it does something, by key."""
        return {}

    @property
    def ends(self) -> tuple[float, ...]:
        """Temperatures [K] at which it has done all it can."""
        return ()

    def packed(self, setting: Setting) -> Packed:
        """Numbers for the kernel."""
        raise NotImplementedError(self.kind)


class Lever(Model):
    """What a controller with states or an output pulls; exactly one key.

    Attributes
    ----------
    clock
        Hz by state.
    duty, bandwidth
        Shares by state.
    sequences
        Most sequences or inputs at a time, by state.
    variants
        Names of the ways of serving, by state.
    """

    clock: tuple[Hertz, ...] = Field(alias="clock_mhz", default=())
    duty: tuple[Part, ...] = ()
    bandwidth: tuple[Part, ...] = ()
    sequences: tuple[Positive, ...] = ()
    variants: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _one(self) -> Self:
        given = [x for x in (self.clock, self.duty, self.bandwidth, self.sequences, self.variants) if x]
        if len(given) != 1:
            raise ValueError("give one of clock_mhz, duty, bandwidth, sequences, variants")
        return self

    def values(self, setting: Setting) -> tuple[int, tuple[float, ...]]:
        """Number of the lever, and its values by state from state 1 on."""
        from thermal.kernels import control

        if self.clock:
            return control.CLOCK, self.clock
        if self.duty:
            return control.DUTY, self.duty
        if self.bandwidth:
            return control.SHARE, self.bandwidth
        if self.sequences:
            return control.SEQUENCES, self.sequences
        return control.VARIANT, tuple(float(setting.variants.index(name)) for name in self.variants)


def released(lever: int, setting: Setting) -> float:
    """The value of a lever that nobody pulls."""
    from thermal.kernels import control

    whole = {control.CLOCK: setting.top[0], control.SEQUENCES: float("inf"), control.VARIANT: 0.0}
    return whole.get(lever, 1.0)


Mode = Literal["clamp", "back-calculation"]
