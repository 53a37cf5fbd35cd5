"""Activity → watts: events, busy floor, leakage, standing power, conversion loss, each where it arises.

P = sum(N_e E_e (V / V_0)^2) / dt + sum(C V^2 f) + sum(P_leak(V, T)) + standing + sum(conversion loss)
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from floorplans.schema import ZERO_CELSIUS
from power.activity import Activity
from power.delivery import losses
from power.dvfs import OperatingPoint, locked
from power.hardware.accelerator import Accelerator
from power.hardware.placement import Shares, spread
from power.leakage import Exponential, Leakage
from power.powermap import PowerMap

KELVIN = 1e-3
"""Step of a derivative to temperature: small against all curves, large against rounding."""


class Cause(StrEnum):
    """Why something dissipates."""

    EVENTS = "events"
    """Operations and bits moved."""
    FLOOR = "floor"
    """Clocks that run, C V^2 f."""
    LEAKAGE = "leakage"
    STANDING = "standing"
    """Refresh, standby, I/O: neither work nor clock changes it."""
    CONVERSION = "conversion"
    """Lost in a regulator."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """Watts of one component for one cause.

    Parameters
    ----------
    component
        ``unit/tensor``, ``clock/core``, ``memory/hbm``, ``regulator/vrm``.
    cause
        Why.
    watts
        Mean over the activity.
    blocks
        Weights of the blocks that are heated; empty where the hardware names none.
    off_package
        Whether the heat is outside of the package.
    beta
        Relative growth per kelvin of what leaks, and of what a regulator loses on it; 0 for all else.
    """

    component: str
    cause: Cause
    watts: float
    blocks: Shares
    off_package: bool = False
    beta: float = 0.0


@dataclass(frozen=True, slots=True)
class Dissipation:
    """Mean watts of one device during one activity, by component and cause.

    Parameters
    ----------
    label
        Name of the phase.
    seconds
        Length of the activity.
    contributions
        All of them.
    """

    label: str
    seconds: float
    contributions: tuple[Contribution, ...]

    @property
    def board(self) -> float:
        """Everything that the device draws [W]."""
        return math.fsum(each.watts for each in self.contributions)

    @property
    def off_package(self) -> float:
        """What of it is outside of the package [W]."""
        return math.fsum(each.watts for each in self.contributions if each.off_package)

    @property
    def package(self) -> float:
        """What heats the package [W]: what `power_map` distributes."""
        return math.fsum(each.watts for each in self.contributions if not each.off_package)

    @property
    def energy(self) -> float:
        """Joules drawn during the activity."""
        return self.board * self.seconds

    def by_cause(self) -> dict[Cause, float]:
        """Watts for each cause."""
        return {
            cause: math.fsum(each.watts for each in self.contributions if each.cause is cause)
            for cause in Cause
        }

    @property
    def unheated(self) -> Dissipation:
        """What temperature leaves alone: without leakage, and what regulators lose on it."""
        return replace(self, contributions=tuple(each for each in self.contributions if not each.beta))

    def by_component(self) -> dict[str, float]:
        """Watts of each component, all causes together."""
        names = dict.fromkeys(each.component for each in self.contributions)
        return {
            name: math.fsum(each.watts for each in self.contributions if each.component == name)
            for name in names
        }

    def power_map(self, areas: Mapping[str, float] | None = None, *, leakage: bool = True) -> PowerMap:
        """Watts of every block.

        Parameters
        ----------
        areas
            Area of every block of the floorplan by address; see `Accelerator.check_blocks`. Without it each
            component is a block of its own, named after itself.
        leakage
            Whether leakage, and what regulators lose on it, is among them; a design with leakage laws adds
            both at its own temperatures.

        Returns
        -------
        PowerMap
            Its sum is `package`, of all or of what is `unheated`.

        Raises
        ------
        ValueError
            A component that dissipates lives in no block of the floorplan.
        """
        parts: dict[str, list[float]] = {block: [] for block in areas or ()}
        for each in self.contributions:
            if each.off_package or (each.beta and not leakage) or not each.watts:
                continue
            for block, share in _shares(each, areas).items():
                parts.setdefault(block, []).append(each.watts * share)
        return PowerMap({block: math.fsum(watts) for block, watts in parts.items()})

    def leakage(self, kelvin: float, areas: Mapping[str, float]) -> dict[str, Leakage]:
        """Leakage laws of the blocks, as a design takes them.

        What a regulator loses on leakage follows the temperature of the regulator's own blocks.

        Parameters
        ----------
        kelvin
            Temperature at which the contributions were computed.
        areas
            As of `power_map`.
        """
        found: dict[str, tuple[float, float]] = {}
        for each in self.contributions:
            if each.off_package or not each.beta or not each.watts:
                continue
            for block, share in _shares(each, areas).items():
                watts, slope = found.get(block, (0.0, 0.0))
                more = each.watts * share
                found[block] = (watts + more, slope + more * each.beta)
        return {
            block: Leakage(Exponential(watts, kelvin, slope / watts))
            for block, (watts, slope) in found.items()
        }


def _shares(each: Contribution, areas: Mapping[str, float] | None) -> dict[str, float]:
    if areas is None:
        return {each.component: 1.0}
    if not each.blocks:
        raise ValueError(f"{each.component} dissipates {each.watts:.3g} W but lives in no block")
    return spread(each.blocks, areas)


def dissipation(activity: Activity, hardware: Accelerator) -> Dissipation:
    """Watts of a device during an activity."""
    found = [
        *_events(activity, hardware),
        *_floors(activity, hardware),
        *_leakage(activity, hardware),
        *_standing(hardware),
    ]
    return Dissipation(activity.label, activity.seconds, (*found, *_conversion(found, hardware)))


def idle(hardware: Accelerator, point: OperatingPoint | None = None) -> Dissipation:
    """Watts of a device that has nothing to do, its throttled clock at the lowest."""
    chosen = point or locked(hardware, hardware.clocks[hardware.throttled].lowest)
    return dissipation(Activity("idle", 1.0, 0.0, {}, {}, {}, chosen), hardware)


def _scale(hardware: Accelerator, activity: Activity, clock: str) -> float:
    return hardware.clocks[clock].energy_scale(activity.point.hertz[clock]) if clock else 1.0


def _events(activity: Activity, hardware: Accelerator) -> Iterable[Contribution]:
    for name, unit in hardware.units.items():
        joules = math.fsum(
            count * unit.energies[form]
            for (owner, form), count in activity.operations.items()
            if owner == name
        )
        joules += activity.joules.get(name, 0.0) + activity.joules.get(f"unit/{name}", 0.0)
        watts = joules * _scale(hardware, activity, unit.clock) / activity.seconds
        yield Contribution(f"unit/{name}", Cause.EVENTS, watts, unit.blocks)
    for name, level in hardware.memories.items():
        joules = 8.0 * activity.moved.get(name, 0.0) * level.energy
        joules += activity.joules.get(f"memory/{name}", 0.0)
        watts = joules * _scale(hardware, activity, level.clock) / activity.seconds
        yield Contribution(f"memory/{name}", Cause.EVENTS, watts, level.blocks)
    for name, link in hardware.links.items():
        watts = 8.0 * activity.sent.get(name, 0.0) * link.energy / activity.seconds
        yield Contribution(f"link/{name}", Cause.EVENTS, watts, link.blocks)

    for name, joules in _on_paths(activity, hardware).items():
        yield Contribution(
            f"path/{name}", Cause.EVENTS, joules / activity.seconds, hardware.paths[name].blocks
        )


def _on_paths(activity: Activity, hardware: Accelerator) -> dict[str, float]:
    """Joules of the bytes over each path."""
    return {
        name: 8.0
        * size
        * hardware.paths[name].energy
        * _scale(hardware, activity, hardware.paths[name].clock)
        for name, size in hardware.carried(activity.moved, activity.sent).items()
    }


def _floors(activity: Activity, hardware: Accelerator) -> Iterable[Contribution]:
    busy = activity.busy / activity.seconds
    for name, clock in hardware.clocks.items():
        watts = clock.floor_at(activity.point.hertz[name], busy)
        yield Contribution(f"clock/{name}", Cause.FLOOR, watts, clock.blocks)


def _leakage(activity: Activity, hardware: Accelerator) -> Iterable[Contribution]:
    for name, each in hardware.leakage.items():
        clock = hardware.clocks[each.clock]
        above = clock.volts(activity.point.hertz[each.clock]) - clock.reference_volts
        warmer = activity.point.kelvin - (each.at_c + ZERO_CELSIUS)
        watts = each.power * math.exp(each.dibl * above + each.beta * warmer)
        yield Contribution(f"leakage/{name}", Cause.LEAKAGE, watts, each.blocks, beta=each.beta)


def _standing(hardware: Accelerator) -> Iterable[Contribution]:
    for name, level in hardware.memories.items():
        yield Contribution(f"memory/{name}", Cause.STANDING, level.background, level.blocks)
    for name, link in hardware.links.items():
        yield Contribution(f"link/{name}", Cause.STANDING, link.idle, link.blocks)
    for name, path in hardware.paths.items():
        yield Contribution(f"path/{name}", Cause.STANDING, path.idle, path.blocks)
    for name, each in hardware.standing.items():
        yield Contribution(f"standing/{name}", Cause.STANDING, each.power, each.blocks, each.off_package)


def _conversion(found: Iterable[Contribution], hardware: Accelerator) -> Iterable[Contribution]:
    """Loss of every regulator, for what its loads draw; what it loses on leakage grows with that."""
    drawn: dict[str, float] = {}
    growth: dict[str, float] = {}
    for each in found:
        rail = hardware.components[each.component].rail
        if rail:
            drawn[rail] = drawn.get(rail, 0.0) + each.watts
            growth[rail] = growth.get(rail, 0.0) + each.watts * each.beta
    slopes = _growth(hardware, drawn, growth)
    beta = math.fsum(growth.values()) / (math.fsum(each.watts for each in found if each.beta) or 1.0)
    for name, watts in losses(hardware.regulators, drawn).items():
        regulator = hardware.regulators[name]
        carried = min(watts, max(0.0, slopes[name] / beta)) if beta else 0.0
        for part, rate in ((watts - carried, 0.0), (carried, beta)):
            yield Contribution(
                f"regulator/{name}", Cause.CONVERSION, part, regulator.blocks, regulator.off_package, rate
            )


def _growth(
    hardware: Accelerator, drawn: Mapping[str, float], growth: Mapping[str, float]
) -> dict[str, float]:
    """W/K that the loss of every regulator grows by while its loads grow by `growth`.

    The derivative to one side, in the direction of hotter: exact between the nodes of an efficiency curve.
    """
    warmer = {rail: watts + KELVIN * growth[rail] for rail, watts in drawn.items()}
    before, after = losses(hardware.regulators, drawn), losses(hardware.regulators, warmer)
    return {name: (after[name] - before[name]) / KELVIN for name in before}
