"""Leakage as it is written in a design file: `soc0/tensor0: {power_w: 8, at_c: 85, beta_per_k: 0.02}`."""

from __future__ import annotations

from pydantic import model_validator

from floorplans.schema import Celsius, Finite, Model, NonNegative, Positive
from power.leakage import Exponential, Leakage, LeakageModel, Table


class LeakageEntry(Model):
    """One entry of `leakage:`.

    Either `power_w`, `at_c` and `beta_per_k`, or `table: [[T_c, W], ...]`. With `voltage_v`, `at_v` and
    `voltage_exponent` the watts are multiplied with (voltage_v / at_v)^voltage_exponent.
    """

    power_w: NonNegative | None = None
    at_c: Celsius | None = None
    beta_per_k: NonNegative | None = None
    table: tuple[tuple[Celsius, Positive], ...] | None = None
    model: LeakageModel = LeakageModel.POINTWISE
    voltage_v: Positive | None = None
    at_v: Positive | None = None
    voltage_exponent: Finite | None = None

    @model_validator(mode="after")
    def _check(self) -> LeakageEntry:
        exponential = (self.power_w, self.at_c, self.beta_per_k)
        if self.table is not None and any(value is not None for value in exponential):
            raise ValueError("give either power_w, at_c and beta_per_k, or 'table: [[T_c, W], ...]'")
        if self.table is None and any(value is None for value in exponential):
            raise ValueError("needs power_w, at_c and beta_per_k, or 'table: [[T_c, W], ...]'")
        voltage = (self.voltage_v, self.at_v, self.voltage_exponent)
        if any(value is not None for value in voltage) and any(value is None for value in voltage):
            raise ValueError("voltage_v, at_v and voltage_exponent belong together")
        self.leakage()
        return self

    def leakage(self) -> Leakage:
        """The law in kelvin."""
        factor = 1.0
        if self.voltage_v is not None and self.at_v is not None and self.voltage_exponent is not None:
            factor = (self.voltage_v / self.at_v) ** self.voltage_exponent
        if self.table is not None:
            law = Table(tuple(t for t, _ in self.table), tuple(w for _, w in self.table))
            return Leakage(law, self.model, factor)
        values = self.power_w, self.at_c, self.beta_per_k
        power, at, beta = (value for value in values if value is not None)
        return Leakage(Exponential(power, at, beta), self.model, factor)
