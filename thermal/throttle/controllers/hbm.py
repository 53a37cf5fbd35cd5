"""Memory above its normal range: refresh twice as often, less bandwidth, power off.

Practice after JEDEC: the refresh interval halves above 85 degC; the rest is the vendor's to choose.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from floorplans.schema import NonNegative
from thermal.throttle.controllers.base import Controller, Packed, Part, Setting, Temperature


class Hbm(Controller):
    """Refresh doubling and bandwidth throttling.

    Attributes
    ----------
    refresh, throttle, shutdown
        K
    hysteresis
        K, of refresh and throttle.
    refresh_share
        Bandwidth left while refresh is doubled (tRFC 350 ns of a tREFI of 3.9 us becomes one of 1.95 us).
    refresh_power
        W more in all of the memory while it is doubled.
    step, lowest
        Of the share of the bandwidth, each run of the controller.
    """

    kind: Literal["hbm"]
    refresh: Temperature = Field(alias="refresh_c", default=358.15)
    throttle: Temperature = Field(alias="throttle_c", default=368.15)
    shutdown: Temperature = Field(alias="shutdown_c", default=378.15)
    hysteresis: NonNegative = Field(alias="hysteresis_k", default=2.0)
    refresh_share: Part = 0.91
    refresh_power: NonNegative = Field(alias="refresh_w", default=4.0)
    step: Part = 0.1
    lowest: Part = 0.2

    @property
    def trips(self) -> dict[str, float]:
        """In the order in which they must rise."""
        return {"refresh_c": self.refresh, "throttle_c": self.throttle, "shutdown_c": self.shutdown}

    @property
    def ends(self) -> tuple[float, ...]:
        """Power off."""
        return (self.shutdown,)

    def packed(self, _: Setting) -> Packed:
        """Numbers for the kernel."""
        from thermal.kernels import control

        own = (
            self.refresh,
            self.hysteresis,
            self.refresh_share,
            self.throttle,
            self.step,
            self.lowest,
            self.shutdown,
        )
        return Packed(control.HBM, control.SHARE, control.THROTTLED, own)
