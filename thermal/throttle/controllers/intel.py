"""Adaptive thermal monitor: ratio and voltage go down at TjMax less an offset, then the clock is modulated.

Source: Intel data sheets (client processors: adaptive thermal monitor, TCC offset of MSR 0x1A2, PROCHOT#);
37.5 % duty of the older clock modulation.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from floorplans.schema import Finite, NonNegative
from thermal.throttle.controllers.base import Controller, Hertz, Packed, Part, Seconds, Setting, Temperature
from thermal.throttle.controllers.nvidia import MOST_PULSES


class Intel(Controller):
    """Thermal control circuit with clock modulation.

    Attributes
    ----------
    tj_max, offset
        K; it is active from tj_max - offset on.
    hysteresis, hold
        K below, and s, before a step up.
    step
        Hz of a ratio.
    duty
        Share of the time that the clock runs where the lowest ratio is not enough.
    shutdown
        K (THERMTRIP).
    prochot
        Begins and ends of PROCHOT# driven from outside, s.
    """

    kind: Literal["intel"]
    tj_max: Temperature = Field(alias="tj_max_c")
    offset: NonNegative = Field(alias="tcc_offset_k", default=0.0)
    hysteresis: NonNegative = Field(alias="hysteresis_k", default=1.0)
    hold: Seconds = Field(alias="hold_ms", default=10.0 / 1e3)
    step: Hertz = Field(alias="step_mhz", default=100e6)
    duty: Part = 0.375
    shutdown: Temperature | None = Field(alias="shutdown_c", default=None)
    prochot: tuple[tuple[Finite, Finite], ...] = Field(alias="prochot_s", default=(), max_length=MOST_PULSES)
    period: Seconds = Field(alias="period_ms", default=1e-3)

    @property
    def trips(self) -> dict[str, float]:
        """Activation, then shutdown."""
        found = {"tj_max_c": self.tj_max - self.offset}
        return found if self.shutdown is None else found | {"shutdown_c": self.shutdown}

    @property
    def ends(self) -> tuple[float, ...]:
        """Beyond shutdown nothing is left."""
        return () if self.shutdown is None else (self.shutdown,)

    def packed(self, setting: Setting) -> Packed:
        """Numbers for the kernel."""
        from thermal.kernels import control

        own = (
            self.tj_max - self.offset,
            self.hysteresis,
            float(max(1, round(self.hold / self.period))),
            self.step,
            setting.low[0],
            self.duty,
            float("inf") if self.shutdown is None else self.shutdown,
            float(len(self.prochot)),
            *(x for pulse in self.prochot for x in pulse),
        )
        return Packed(control.TCC, control.CLOCK, control.TCC_ACTIVE, own)
