"""Operating points: the frequency of every clock, and the temperature that leakage is taken at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from floorplans.diagnostics import Diagnostic, InputError
from floorplans.schema import ZERO_CELSIUS
from power.hardware.accelerator import Accelerator

if TYPE_CHECKING:
    from power.activity import Activity
    from power.energy import Dissipation


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """Clocks and junction temperature; immutable.

    Parameters
    ----------
    hertz
        By clock domain.
    kelvin
        Mean temperature of what leaks.
    """

    hertz: Mapping[str, float] = field(default_factory=dict)
    kelvin: float = 65.0 + ZERO_CELSIUS

    def with_clock(self, name: str, hertz: float) -> OperatingPoint:
        """The same point with one clock changed."""
        return OperatingPoint({**self.hertz, name: hertz}, self.kelvin)


def boost(hardware: Accelerator, kelvin: float | None = None) -> OperatingPoint:
    """Every clock at its highest."""
    warm = hardware.junction_c + ZERO_CELSIUS if kelvin is None else kelvin
    return OperatingPoint({name: clock.highest for name, clock in hardware.clocks.items()}, warm)


def locked(hardware: Accelerator, hertz: float, kelvin: float | None = None) -> OperatingPoint:
    """The throttled clock held at a frequency, the others at their highest.

    Raises
    ------
    InputError
        A frequency outside the range of the clock.
    """
    clock = hardware.clocks[hardware.throttled]
    if not clock.lowest <= hertz <= clock.highest:
        low, high = clock.lowest / 1e6, clock.highest / 1e6
        message = f"clock '{hardware.throttled}' runs from {low:g} to {high:g} MHz (got {hertz / 1e6:g} MHz)"
        raise InputError(Diagnostic(None, message))
    return boost(hardware, kelvin).with_clock(hardware.throttled, hertz)


@dataclass(frozen=True, slots=True)
class Governed:
    """Where a power limit settles.

    Parameters
    ----------
    point
        The operating point.
    activity, dissipation
        What runs there, and what it burns.
    reason
        ``none`` (highest clock allowed), ``power cap``, or ``lowest clock``: even that exceeds the limit.
    """

    point: OperatingPoint
    activity: Activity
    dissipation: Dissipation
    reason: Literal["none", "power cap", "lowest clock"]


def governed(
    hardware: Accelerator,
    activity_at: Callable[[OperatingPoint], Activity],
    *,
    limit: float | None = None,
    start: OperatingPoint | None = None,
) -> Governed:
    """The highest rung of the throttled clock's ladder at which mean board power is within the limit.

    Parameters
    ----------
    hardware
        The device.
    activity_at
        What runs at an operating point; slower clocks may stretch it.
    limit
        Board watts; the hardware's own when None.
    start
        Point not to be exceeded; the highest clocks when None. A locked clock is given here.
    """
    from power.energy import dissipation

    top = start or boost(hardware)
    limit = hardware.power_limit if limit is None else limit
    clock = hardware.clocks[hardware.throttled]

    def at(hertz: float) -> Governed:
        point = top.with_clock(hardware.throttled, hertz)
        activity = activity_at(point)
        return Governed(point, activity, dissipation(activity, hardware), "power cap")

    def within(found: Governed) -> bool:
        return limit is None or found.dissipation.board <= limit

    ceiling = top.hertz[hardware.throttled]
    fastest = at(ceiling)
    if within(fastest):
        return Governed(fastest.point, fastest.activity, fastest.dissipation, "none")
    best = at(clock.lowest)
    if not within(best):
        return Governed(best.point, best.activity, best.dissipation, "lowest clock")
    low, high = 0, int((ceiling - clock.lowest) // clock.step) + 1
    # Rungs below the ceiling: `low` exceeds the limit, `high` keeps it.
    while high - low > 1:
        middle = (low + high) // 2
        tried = at(max(clock.lowest, ceiling - middle * clock.step))
        if within(tried):
            high, best = middle, tried
        else:
            low = middle
    return best
