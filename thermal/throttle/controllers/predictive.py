"""Model-predictive control: the highest clock at which the reduced model stays within the limit.

Source of the correction by the last reading: C. R. Cutler, B. L. Ramaker, *Dynamic matrix control* (1980).
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from thermal.throttle.controllers.base import Controller, Packed, Part, Seconds, Setting, Temperature


class Predictive(Controller):
    """One move held over the horizon; the difference of readings and model is carried on.

    Attributes
    ----------
    limit
        K that no reading shall pass.
    horizon
        s looked ahead; a quarter of it and the period are looked at too.
    correction
        Share of a new difference between reading and model that is believed.
    """

    kind: Literal["predictive"]
    limit: Temperature = Field(alias="limit_c")
    horizon: Seconds = Field(alias="horizon_ms", default=1.0)
    correction: Part = 0.2
    period: Seconds = Field(alias="period_ms", default=0.02)

    @property
    def trips(self) -> dict[str, float]:
        """The limit."""
        return {"limit_c": self.limit}

    @property
    def horizons(self) -> tuple[float, ...]:
        """s at which the prediction is looked at."""
        return (self.period, self.horizon / 4.0, self.horizon)

    def packed(self, _: Setting) -> Packed:
        """Numbers for the kernel."""
        from thermal.kernels import control

        return Packed(control.PREDICTIVE, control.CLOCK, control.PREDICTED, (self.limit, self.correction))
