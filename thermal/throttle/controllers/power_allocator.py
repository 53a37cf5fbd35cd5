"""A budget of watts from a PID controller of the temperature, divided among actors by what they ask for.

Rule: Linux ``Documentation/driver-api/thermal/power_allocator.rst`` and
``drivers/thermal/gov_power_allocator.c``.
"""

from __future__ import annotations

import math
from typing import Literal

from pydantic import Field

from floorplans.schema import Finite, NonNegative, Positive
from thermal.throttle.controllers.base import Controller, Packed, Setting, Temperature


class PowerAllocator(Controller):
    """The governor of Linux; actors are the clock domains it acts on.

    Attributes
    ----------
    switch_on
        Below it everything is allowed; None: always on.
    desired
        Temperature that is controlled to.
    sustainable
        W; the sum of the actors' watts at their lowest clocks when None.
    k_po, k_pu, k_i, k_d
        W/K above and below the desired temperature, per run of the governor; as the kernel chooses when None.
    cutoff
        K: errors below it are summed up.
    weights
        By domain.
    kernel_exact
        Integers of the kernel: mW, m degC, ten bits after the point.
    """

    kind: Literal["power-allocator"]
    switch_on: Temperature | None = Field(alias="switch_on_c", default=None)
    desired: Temperature = Field(alias="desired_c")
    sustainable: Positive | None = Field(alias="sustainable_w", default=None)
    k_po: NonNegative | None = Field(alias="k_po_w_k", default=None)
    k_pu: NonNegative | None = Field(alias="k_pu_w_k", default=None)
    k_i: NonNegative | None = Field(alias="k_i_w_k", default=None)
    k_d: Finite = Field(alias="k_d_w_k", default=0.0)
    cutoff: Finite = Field(alias="integral_cutoff_k", default=0.0)
    weights: dict[str, Positive] = Field(default_factory=dict)
    kernel_exact: bool = False

    @property
    def trips(self) -> dict[str, float]:
        """Both, in the order in which they must rise."""
        found = {} if self.switch_on is None else {"switch_on_c": self.switch_on}
        return found | {"desired_c": self.desired}

    def constants(self, least: float) -> tuple[float, float, float, float]:
        """Sustainable watts, and k_po, k_pu, k_i as they are used, W/K.

        Parameters
        ----------
        least
            W of all actors at their lowest clocks.
        """
        sustainable = self.sustainable if self.sustainable is not None else least
        span = self.desired - (self.switch_on if self.switch_on is not None else 273.15)
        k_po = sustainable / span if self.k_po is None else self.k_po
        k_pu = 2.0 * sustainable / span if self.k_pu is None else self.k_pu
        k_i = k_pu / 10.0 if self.k_i is None else self.k_i
        return sustainable, k_po, k_pu, k_i

    def exact_constants(self, least: float) -> tuple[float, float, float, float]:
        """As `constants`, in 1/1024 mW per m degC, with the kernel's divisions."""
        sustainable = round(1e3 * (self.sustainable if self.sustainable is not None else least))
        start = 0 if self.switch_on is None else round(1e3 * (self.switch_on - 273.15))
        span = max(1, round(1e3 * (self.desired - 273.15)) - start)
        k_po = (sustainable << 10) // span if self.k_po is None else int(1024 * self.k_po)
        k_pu = (2 * sustainable << 10) // span if self.k_pu is None else int(1024 * self.k_pu)
        k_i = max(1, k_pu // 10) if self.k_i is None else int(1024 * self.k_i)
        return sustainable / 1e3, float(k_po), float(k_pu), float(k_i)

    def packed(self, _: Setting, least: float = 0.0) -> Packed:
        """Numbers for the kernel; `least` as for `constants`."""
        from thermal.kernels import control

        constants = self.exact_constants(least) if self.kernel_exact else self.constants(least)
        k_d = float(int(1024 * self.k_d)) if self.kernel_exact else self.k_d
        own = (
            -math.inf if self.switch_on is None else self.switch_on,
            self.desired,
            *constants,
            k_d,
            self.cutoff,
            max(1.0, round(1e3 * self.period)),
            float(self.kernel_exact),
        )
        return Packed(control.ALLOCATOR, control.CLOCK, control.ALLOCATED, own)
