"""Power delivery: regulators between the board and the loads; what they lose is heat where they stand."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Literal, Self

import numpy as np
from pydantic import Field, model_validator

from floorplans.schema import Model, Positive
from power.hardware.quantities import Share


class Regulator(Model):
    """One stage of conversion.

    Attributes
    ----------
    kind
        ``ivr`` (on the die), ``pmic`` or ``vrm`` (on package or board): switching, efficiency as given.
        ``ldo``: linear, efficiency V_out / V_in at any load.
    rated
        Output at load 1 of `curve` [W]; needed for a curve.
    efficiency
        Constant efficiency; instead of `curve` or volts.
    curve
        Load (output over rated) and efficiency, rising loads, flat outside.
    volts_in, volts_out
        Of an LDO.
    source
        Regulator that feeds this one; empty for the board's input.
    off_package
        Whether its heat is outside of the package.
    blocks
        Weights of the blocks that its loss heats.
    """

    kind: Literal["ivr", "pmic", "vrm", "ldo"]
    rated: Positive | None = Field(alias="rated_w", default=None)
    efficiency: Share | None = None
    curve: tuple[tuple[Positive, Share], ...] = Field(alias="load_efficiency", default=())
    volts_in: Positive | None = Field(alias="in_v", default=None)
    volts_out: Positive | None = Field(alias="out_v", default=None)
    source: str = Field(alias="from", default="")
    off_package: bool = False
    blocks: dict[str, float] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_law(self) -> Self:
        if self.kind == "ldo":
            if self.volts_in is None or self.volts_out is None:
                raise ValueError("an ldo needs in_v and out_v")
            if self.volts_out > self.volts_in:
                raise ValueError(
                    f"an ldo cannot raise the voltage (in_v {self.volts_in:g}, out_v {self.volts_out:g})"
                )
        elif (self.efficiency is None) == (not self.curve):
            raise ValueError("give either efficiency or load_efficiency")
        if self.curve and self.rated is None:
            raise ValueError("load_efficiency needs rated_w")
        loads = [load for load, _ in self.curve]
        if any(b <= a for a, b in pairwise(loads)):
            raise ValueError("loads of load_efficiency must rise")
        return self

    def efficiency_at(self, watts: float) -> float:
        """Output over input at an output of `watts`."""
        if self.volts_in is not None and self.volts_out is not None:
            return self.volts_out / self.volts_in
        if self.efficiency is not None:
            return self.efficiency
        loads, values = zip(*self.curve, strict=True)
        return float(np.interp(watts / (self.rated or 1.0), loads, values))

    def loss(self, watts: float) -> float:
        """Watts lost at an output of `watts`: P (1 / eta - 1)."""
        return watts * (1.0 / self.efficiency_at(watts) - 1.0)


def losses(regulators: Mapping[str, Regulator], loads: Mapping[str, float]) -> dict[str, float]:
    """Watts lost in each regulator, from the loads up to the board.

    Parameters
    ----------
    regulators
        By name; each may be fed by another.
    loads
        Watts drawn from each, not counting regulators.

    Returns
    -------
    dict
        By name, in the order of computation: those without regulators behind them first.
    """
    drawn = {name: float(loads.get(name, 0.0)) for name in regulators}
    lost: dict[str, float] = {}
    for name in bottom_up(regulators):
        lost[name] = regulators[name].loss(drawn[name])
        source = regulators[name].source
        if source:
            drawn[source] += drawn[name] + lost[name]
    return lost


def bottom_up(regulators: Mapping[str, Regulator]) -> list[str]:
    """Names ordered so that each comes before the one that feeds it.

    Raises
    ------
    ValueError
        A regulator that feeds itself, or is fed by one that does not exist.
    """

    def depth(name: str) -> int:
        steps, at = 0, name
        while source := regulators[at].source:
            if source not in regulators:
                raise ValueError(f"regulator '{at}' is fed from '{source}', which does not exist")
            steps, at = steps + 1, source
            if steps > len(regulators):
                raise ValueError(f"regulator '{name}' feeds itself")
        return steps

    return sorted(regulators, key=depth, reverse=True)
