"""A ladder of clocks under software limits, halved by hardware, with the reasons that NVML names.

Source of reasons and limits: NVML ``nvmlClocksEventReasons``; step, period and hold are not documented by the
vendor and are the user's to set.
"""

from __future__ import annotations

import math
from typing import Literal

from pydantic import Field

from floorplans.schema import Finite, NonNegative, Positive
from thermal.throttle.controllers.base import Controller, Hertz, Packed, Seconds, Setting, Temperature

MOST_PULSES = 8


class Nvidia(Controller):
    """Steps down while a software limit is passed, up after a hold; half the clock beyond a hardware limit.

    Attributes
    ----------
    software, hardware, shutdown
        K: software thermal slowdown, hardware slowdown, power off.
    memory, memory_sensors
        K and sensors of the memory's software limit.
    hysteresis
        K below `hardware` at which the clock is no longer halved.
    power_limit
        Board W; the hardware's when None.
    step
        Hz of a rung; the clock's own when None.
    hold
        s without a reason before a step up.
    averaging
        s over which power is averaged, exponentially.
    brake
        Begins and ends of external power brakes, s.
    """

    kind: Literal["nvidia"]
    software: Temperature = Field(alias="software_c")
    hardware: Temperature = Field(alias="hardware_c")
    shutdown: Temperature = Field(alias="shutdown_c")
    memory: Temperature | None = Field(alias="memory_c", default=None)
    memory_sensors: tuple[str, ...] = ()
    hysteresis: NonNegative = Field(alias="hysteresis_k", default=1.0)
    power_limit: Positive | None = Field(alias="power_limit_w", default=None)
    step: Hertz | None = Field(alias="step_mhz", default=None)
    hold: Seconds = Field(alias="hold_ms", default=0.1)
    averaging: Seconds | None = Field(alias="averaging_ms", default=None)
    brake: tuple[tuple[Finite, Finite], ...] = Field(alias="brake_s", default=(), max_length=MOST_PULSES)

    @property
    def trips(self) -> dict[str, float]:
        """Limits in the order in which they must rise."""
        return {"software_c": self.software, "hardware_c": self.hardware, "shutdown_c": self.shutdown}

    @property
    def ends(self) -> tuple[float, ...]:
        """It does all it can from the hardware's limit on."""
        return (self.shutdown,)

    def packed(self, setting: Setting) -> Packed:
        """Numbers for the kernel."""
        from thermal.kernels import control

        follow = 1.0 if self.averaging is None else -math.expm1(-self.period / self.averaging)
        own = (
            self.software,
            self.hardware,
            self.shutdown,
            math.inf if self.memory is None else self.memory,
            self.hysteresis,
            setting.power_limit if self.power_limit is None else self.power_limit,
            setting.step[0] if self.step is None else self.step,
            float(max(1, round(self.hold / self.period))),
            setting.low[0],
            follow,
            float(len(self.brake)),
            *(x for pulse in self.brake for x in pulse),
        )
        return Packed(control.LADDER, control.CLOCK, control.SW_THERMAL, own)
