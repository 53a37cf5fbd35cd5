"""Two states, switched at a trip and at the trip less a hysteresis.

Rule: Linux ``drivers/thermal/gov_bang_bang.c``.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from floorplans.schema import NonNegative
from thermal.throttle.controllers.base import Controller, Lever, Packed, Setting, Temperature, released


class BangBang(Controller):
    """Crossed up through the trip: state 1; crossed down through the trip less the hysteresis: state 0.

    Attributes
    ----------
    trip, hysteresis
        K
    lever
        What state 1 sets; the lowest clock by default.
    """

    kind: Literal["bang-bang"]
    trip: Temperature = Field(alias="trip_c")
    hysteresis: NonNegative = Field(alias="hysteresis_k", default=5.0)
    lever: Lever | None = None

    @property
    def trips(self) -> dict[str, float]:
        """The trip."""
        return {"trip_c": self.trip}

    @property
    def ends(self) -> tuple[float, ...]:
        """Beyond the trip it can do no more."""
        return (self.trip,)

    def packed(self, setting: Setting) -> Packed:
        """Numbers for the kernel."""
        from thermal.kernels import control

        lever, values = (
            (control.CLOCK, (setting.low[0],)) if self.lever is None else self.lever.values(setting)
        )
        levels = (released(lever, setting), values[0])
        return Packed(control.BANG_BANG, lever, control.TRIP, (self.trip, self.hysteresis), levels)
