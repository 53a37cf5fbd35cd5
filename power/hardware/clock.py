"""A clock domain: its range, its voltage against frequency, and the watts it burns by merely running."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Self

import numpy as np
from pydantic import Field, model_validator

from floorplans.schema import Model, Positive
from power.hardware.quantities import Fraction, Megahertz, Watts


class ClockDomain(Model):
    """What shares one clock and one supply voltage.

    Attributes
    ----------
    nominal
        Frequency at which the peaks of the data sheet hold [Hz].
    highest, lowest
        Range of the clock [Hz].
    step
        Distance of two frequencies of the ladder [Hz].
    curve
        Frequency [Hz] and least supply voltage [V] at it, rising; flat outside.
    floor
        Watts at the highest clock and its voltage while anything runs: clock tree, control, idle lanes. It
        goes with V^2 f.
    idle_share
        Share of the floor that remains while nothing runs.
    rail
        Regulator that feeds it; empty for none.
    blocks
        Weights of the blocks that the floor is spread over.
    """

    nominal: Megahertz = Field(alias="nominal_mhz")
    highest: Megahertz = Field(alias="max_mhz")
    lowest: Megahertz = Field(alias="min_mhz")
    step: Megahertz = Field(alias="step_mhz", default=15e6)
    curve: tuple[tuple[Megahertz, Positive], ...] = Field(alias="mhz_volts", min_length=1)
    floor: Watts = Field(alias="floor_w")
    idle_share: Fraction = 0.15
    rail: str = ""
    blocks: dict[str, float] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.lowest <= self.highest:
            raise ValueError("min_mhz must be at most max_mhz")
        hertz, volts = zip(*self.curve, strict=True)
        if any(b <= a for a, b in pairwise(hertz)):
            raise ValueError("frequencies of mhz_volts must rise")
        if any(b < a for a, b in pairwise(volts)):
            raise ValueError("voltages of mhz_volts must not fall with frequency")
        return self

    def volts(self, hertz: float) -> float:
        """Supply voltage at a frequency [V]."""
        x, y = zip(*self.curve, strict=True)
        return float(np.interp(hertz, x, y))

    @property
    def reference_volts(self) -> float:
        """Voltage at the highest clock, at which energies per event are stated [V]."""
        return self.volts(self.highest)

    def energy_scale(self, hertz: float) -> float:
        """Energy of an event at this clock over that at the highest: (V / V0)^2."""
        return (self.volts(hertz) / self.reference_volts) ** 2

    def floor_at(self, hertz: float, busy: float) -> float:
        """Watts of the floor, C V^2 f, while a share `busy` of the time something runs."""
        running = busy + self.idle_share * (1.0 - busy)
        return self.floor * self.energy_scale(hertz) * (hertz / self.highest) * running

    def rung(self, hertz: float) -> float:
        """The highest frequency of the ladder that is not above `hertz`, within the range [Hz]."""
        steps = math.ceil((self.highest - hertz) / self.step - 1e-9)
        return min(self.highest, max(self.lowest, self.highest - max(0, steps) * self.step))
