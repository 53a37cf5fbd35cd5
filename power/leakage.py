"""Leakage: power that grows with the temperature of the block that dissipates it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from floorplans.schema import ZERO_CELSIUS

Floats = NDArray[np.float64]


class LeakageRangeError(ValueError):
    """A temperature outside the table of a leakage law."""


class LeakageModel(StrEnum):
    """Which temperature a block's leakage depends on."""

    POINTWISE = "pointwise"
    """The density at a place depends on the temperature there."""
    BLOCK_MEAN = "block-mean"
    """The block's watts depend on its mean temperature and are uniform over it."""


@dataclass(frozen=True, slots=True)
class Exponential:
    """P(T) = `power` exp(`beta` (T - `at`)).

    The usual fit of subthreshold leakage over a limited range of temperature: W. Liao, L. He, K. M. Lepak,
    *Temperature and supply voltage aware performance and power modeling at microarchitecture level*, IEEE
    TCAD 24 (2005) 1042-1053.

    Parameters
    ----------
    power
        Watts of the block at temperature `at`.
    at
        [K]
    beta
        Relative growth per kelvin.
    """

    power: float
    at: float
    beta: float

    valid = (0.0, float("inf"))

    def watts(self, temperature: Floats) -> Floats:
        """Watts at temperatures [K]; without bound, so that iterates far from a solution stay finite."""
        return np.asarray(self.power * np.exp(np.minimum(self.beta * (temperature - self.at), 100.0)))

    def slope(self, temperature: Floats) -> Floats:
        """Derivative of `watts` [W/K]."""
        return self.beta * self.watts(temperature)

    def __str__(self) -> str:
        celsius = self.at - ZERO_CELSIUS
        return f"{self.power:g} W at {celsius:g} degC, {100.0 * self.beta:.3g} %/K"


@dataclass(frozen=True, slots=True)
class Table:
    """Watts given at rising temperatures, geometric in between: ln P is linear from row to row.

    Parameters
    ----------
    temperatures
        [K]
    powers
        [W], all above zero.
    """

    temperatures: tuple[float, ...]
    powers: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.temperatures) != len(self.powers) or len(self.temperatures) < 2:
            raise ValueError("a leakage table needs at least two rows of temperature and watts")
        for before, after in zip(self.temperatures, self.temperatures[1:], strict=False):
            if not after > before:
                one, other = before - ZERO_CELSIUS, after - ZERO_CELSIUS
                raise ValueError(
                    "the temperatures of a leakage table must rise from row to row "
                    f"(got {one:g} then {other:g} degC)"
                )

    @property
    def valid(self) -> tuple[float, float]:
        """First and last temperature [K]."""
        return self.temperatures[0], self.temperatures[-1]

    def watts(self, temperature: Floats) -> Floats:
        """Watts at temperatures [K].

        Outside the table its last rate goes on, so that iterates find their way back; a solution there is
        refused by `check`.
        """
        return np.exp(self._logarithm(temperature)[0])

    def slope(self, temperature: Floats) -> Floats:
        """Derivative of `watts` [W/K]."""
        logarithm, rate = self._logarithm(temperature)
        return np.asarray(rate * np.exp(logarithm), float)

    def _logarithm(self, temperature: Floats) -> tuple[Floats, Floats]:
        """``ln P`` and its derivative."""
        nodes, values = np.array(self.temperatures), np.log(self.powers)
        rates = np.diff(values) / np.diff(nodes)
        row = np.clip(np.searchsorted(nodes, temperature, side="right") - 1, 0, rates.size - 1)
        found = values[row] + rates[row] * (temperature - nodes[row])
        return np.asarray(np.minimum(found, values.max() + 100.0), float), np.asarray(rates[row], float)

    def __str__(self) -> str:
        low, high = (t - ZERO_CELSIUS for t in self.valid)
        return f"table of {len(self.powers)} rows, {low:g} to {high:g} degC"


Law = Exponential | Table


@dataclass(frozen=True, slots=True)
class Leakage:
    """What a block leaks.

    Parameters
    ----------
    law
        Watts of the whole block by temperature, at the reference voltage.
    model
        Which temperature counts.
    factor
        (V / V0)^n: what the supply voltage makes of it.
    """

    law: Law
    model: LeakageModel = LeakageModel.POINTWISE
    factor: float = 1.0

    def __str__(self) -> str:
        scaled = "" if self.factor == 1.0 else f", x {self.factor:.4g}"
        return f"{self.law}{scaled}{', by the mean' if self.model is LeakageModel.BLOCK_MEAN else ''}"

    def watts(self, temperature: Floats) -> Floats:
        """Watts of the whole block if all of it were at `temperature` [K]."""
        return self.factor * self.law.watts(temperature)

    def slope(self, temperature: Floats) -> Floats:
        """Derivative of `watts` [W/K]."""
        return self.factor * self.law.slope(temperature)

    def check(self, low: float, high: float) -> None:
        """Refuse temperatures [K] outside a table.

        Raises
        ------
        LeakageRangeError
            With the range of the table and the temperature asked for.
        """
        first, last = self.law.valid
        if low < first or high > last:
            asked = high if high > last else low
            raise LeakageRangeError(
                f"its leakage table runs from {first - ZERO_CELSIUS:.6g} to {last - ZERO_CELSIUS:.6g} degC "
                f"and is not extrapolated (reached: {asked - ZERO_CELSIUS:.6g} degC)"
            )

    def scaled(self, factor: float) -> Leakage:
        """The same law times a factor."""
        return Leakage(self.law, self.model, self.factor * factor)
