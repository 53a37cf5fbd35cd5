"""Temperature laws: how a conductivity changes with temperature."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

ZERO_CELSIUS = 273.15
"""Kelvin at 0 degC."""

ROOM_TEMPERATURE = 300.0
"""Temperature [K] at which a stated conductivity holds unless its law says otherwise."""

Values = float | NDArray[np.float64]
Conductivity = tuple[Values, Values, Values]
"""kx, ky, kz [W/(m K)], each a number or an array of one value a place."""


class TemperatureRangeError(ValueError):
    """A temperature outside the range over which a law is known."""


class ConductivityLaw(Protocol):
    """What a temperature law offers."""

    @property
    def valid(self) -> tuple[float, float]:
        """Lowest and highest temperature [K] at which the law is known."""
        ...

    def conductivity(self, k: tuple[float, float, float], temperature: Values) -> Conductivity:
        """Conductivity [W/(m K)] along x, y, z at `temperature` [K], given `k` at the reference."""
        ...

    def __str__(self) -> str: ...


@dataclass(frozen=True, slots=True)
class PowerLaw:
    """k(T) = k (T / reference)^-exponent, temperatures in kelvin, the same along all axes.

    Parameters
    ----------
    exponent
        n; 1.3 for nearly pure silicon above room temperature.
    reference
        Temperature [K] at which the stated conductivity holds.
    valid
        Lowest and highest temperature [K]; outside it the law raises `TemperatureRangeError`.
    """

    exponent: float
    reference: float = ROOM_TEMPERATURE
    valid: tuple[float, float] = (0.0, float("inf"))

    def __post_init__(self) -> None:
        low, high = self.valid
        if not self.reference > 0.0:
            raise ValueError(
                f"the reference temperature must be above absolute zero (got {self.reference:g} K)"
            )
        if not 0.0 <= low < high:
            raise ValueError(f"the valid range must rise from at least 0 K (got {low:g} to {high:g} K)")

    def conductivity(self, k: tuple[float, float, float], temperature: Values) -> Conductivity:
        """Conductivity [W/(m K)] along x, y, z at `temperature` [K].

        Raises
        ------
        TemperatureRangeError
            Where a temperature is not positive or outside `valid`.
        """
        _check_range(temperature, self.valid)
        factor = (temperature / self.reference) ** -self.exponent
        return k[0] * factor, k[1] * factor, k[2] * factor

    def __str__(self) -> str:
        return f"k (T/{self.reference:g} K)^-{self.exponent:g}"


@dataclass(frozen=True, slots=True)
class TableLaw:
    """k(T) interpolated linearly in a table; outside the table there is no value.

    An anisotropic material keeps the ratio of its axes: k_i(T) = k_i table(T) / table(reference).

    Parameters
    ----------
    temperatures
        Rising, [K]; at least two.
    values
        Conductivity [W/(m K)] at each of them.
    reference
        Temperature [K] within the table at which the stated conductivity holds.
    """

    temperatures: tuple[float, ...]
    values: tuple[float, ...]
    reference: float = ROOM_TEMPERATURE

    def __post_init__(self) -> None:
        if len(self.temperatures) != len(self.values) or len(self.temperatures) < 2:
            raise ValueError("a conductivity table needs at least two rows of temperature and conductivity")
        for before, after in zip(self.temperatures, self.temperatures[1:], strict=False):
            if not after > before:
                raise ValueError(
                    "the temperatures of a conductivity table must rise from row to row "
                    f"(got {_celsius(before)} then {_celsius(after)})"
                )
        if not self.temperatures[0] > 0.0:
            raise ValueError(
                f"a temperature must be above absolute zero (got {_celsius(self.temperatures[0])})"
            )
        for value in self.values:
            if not 0.0 < value < float("inf"):
                raise ValueError(f"a conductivity must be finite and > 0 (got {value:g})")
        low, high = self.valid
        if not low <= self.reference <= high:
            raise ValueError(
                f"the reference temperature {_celsius(self.reference)} is outside the table, "
                f"which runs from {_celsius(low)} to {_celsius(high)}"
            )

    @property
    def valid(self) -> tuple[float, float]:
        """First and last temperature of the table [K]."""
        return self.temperatures[0], self.temperatures[-1]

    @property
    def at_reference(self) -> float:
        """The table's conductivity [W/(m K)] at the reference temperature."""
        return float(np.interp(self.reference, self.temperatures, self.values))

    def conductivity(self, k: tuple[float, float, float], temperature: Values) -> Conductivity:
        """Conductivity [W/(m K)] along x, y, z at `temperature` [K].

        Raises
        ------
        TemperatureRangeError
            Where a temperature is outside the table: it is not extrapolated.
        """
        _check_range(temperature, self.valid)
        factor = np.interp(temperature, self.temperatures, self.values) / self.at_reference
        return k[0] * factor, k[1] * factor, k[2] * factor

    def __str__(self) -> str:
        low, high = self.valid
        return f"table of {len(self.values)} points, {_celsius(low)} to {_celsius(high)}"


def _check_range(temperature: Values, valid: tuple[float, float]) -> None:
    """Refuse temperatures [K] outside `valid`; NaN (a void place) passes."""
    low, high = valid
    values = np.asarray(temperature, dtype=np.float64)
    outside = values[(values < low) | (values > high) | (values <= 0.0)]
    if outside.size:
        worst = float(outside.flat[np.argmax(np.abs(outside - ROOM_TEMPERATURE))])
        raise TemperatureRangeError(
            f"its conductivity is known from {_celsius(low)} to {_celsius(high)} "
            f"and is not extrapolated (asked for {_celsius(worst)})"
        )


def _celsius(kelvin: float) -> str:
    return f"{kelvin - ZERO_CELSIUS:.6g} degC"
