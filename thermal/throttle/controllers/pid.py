"""A PID controller with an output between two ends, and an integral that does not wind up.

Source: K. J. Åström, T. Hägglund, *PID Controllers*, 2nd edition (1995), chapter 3.5 (windup).
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from floorplans.schema import Finite, NonNegative, Positive
from thermal.throttle.controllers.base import Controller, Mode, Packed, Part, Setting, Temperature

LEVERS = ("clock", "duty", "bandwidth")


class Pid(Controller):
    """Share of the highest clock (or duty, or bandwidth) that keeps the hottest reading at a set point.

    Attributes
    ----------
    target
        K
    kp, ki, kd
        Share per K, per K s, s per K.
    lowest
        Lower end of the share; that of the clock by default.
    windup
        ``clamp``: the integral stands still while the output is at an end and the error drives it further;
        ``back-calculation``: what was cut off is taken out of it at the rate `tracking`, 1/s;
        ki / kp when None.
    """

    kind: Literal["pid"]
    target: Temperature = Field(alias="target_c")
    kp: NonNegative = Field(alias="kp_per_k", default=0.05)
    ki: NonNegative = Field(alias="ki_per_ks", default=0.05)
    kd: Finite = Field(alias="kd_s_per_k", default=0.0)
    lowest: Part | None = None
    windup: Mode = "clamp"
    tracking: Positive | None = Field(alias="tracking_per_s", default=None)
    lever: Literal["clock", "duty", "bandwidth"] = "clock"

    @property
    def trips(self) -> dict[str, float]:
        """The set point."""
        return {"target_c": self.target}

    def packed(self, setting: Setting) -> Packed:
        """Numbers for the kernel."""
        from thermal.kernels import control

        lever = (control.CLOCK, control.DUTY, control.SHARE)[LEVERS.index(self.lever)]
        least = setting.low[0] / setting.top[0] if lever == control.CLOCK else 0.1
        usual = self.ki / self.kp if self.kp > 0.0 and self.ki > 0.0 else 1.0
        back = (self.tracking or usual) if self.windup == "back-calculation" else 0.0
        low = least if self.lowest is None else self.lowest
        own = (self.target, self.kp, self.ki, self.kd, low, 1.0, self.period, back)
        return Packed(control.PID, lever, control.BY_PID, own)
