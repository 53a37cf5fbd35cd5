"""Everything that a run is made of, as arrays for the kernel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import numpy as np

from floorplans.diagnostics import Diagnostic, InputError, did_you_mean
from floorplans.nodes import wrapped
from power.deployment import Deployment
from power.variant import with_changes
from power.workload_reading import read_workload
from thermal.kernels.arrays import Bools, Floats
from thermal.rom.model import ReducedModel
from thermal.throttle.controllers import Controller, Hbm, PowerAllocator, Predictive, Setting
from thermal.throttle.controllers.written import WrittenController
from thermal.throttle.plant import ThermalPlant
from thermal.throttle.sensors import bank
from thermal.throttle.serving import Traffic, full, traffic
from thermal.throttle.site import Site
from thermal.throttle.work import Device, made, per_leak, tables
from thermal.workload import site_of

if TYPE_CHECKING:
    from thermal.kernels.plant import Plant, Rows
    from thermal.kernels.sensing import Bank
    from thermal.kernels.serving import Work
    from thermal.kernels.throttle import Loop

RECORDS = 2000
WATCHED = 16
"""Blocks whose maxima are followed at every tick: those with the least margins, and the hottest."""
HOTTEST = 4


@dataclass(frozen=True, eq=False)
class Prepared:
    """A run before it starts.

    Attributes
    ----------
    site, plant, devices, load
        The design, its reduced model, the ways of serving, the requests.
    controllers
        As they were given.
    ticks, tick
        Number and length (s).
    work, idle
        Tables.
    arrays, seen, watched, bank, loop
        For the kernel.
    follows
        Names of the watched blocks.
    limits
        ``[blocks]`` K, inf for none.
    settings
        Of each controller.
    """

    site: Site
    plant: ThermalPlant
    devices: tuple[Device, ...]
    load: Traffic
    controllers: tuple[Controller | WrittenController, ...]
    ticks: int
    tick: float
    seed: int
    work: Work
    idle: Floats
    arrays: Plant
    seen: Rows
    watched: Rows
    bank: Bank
    loop: Loop
    follows: tuple[str, ...]
    limits: Floats

    @property
    def device(self) -> Device:
        """The workload as it is."""
        return self.devices[0]

    def names(self) -> tuple[str, ...]:
        """Controllers in words."""
        return tuple(c.kind if isinstance(c, Controller) else type(c).__name__ for c in self.controllers)


def prepared(
    ready: Site,
    model: ReducedModel,
    *,
    controllers: Sequence[Controller | WrittenController] | None = None,
    seconds: float | None = None,
) -> Prepared:
    """Make a run ready.

    Raises
    ------
    InputError
        A controller names a domain, a sensor or a way of serving that does not exist.
    """
    from thermal.kernels.throttle import Loop

    entry = ready.throttle.entry
    used = tuple(ready.throttle.controllers if controllers is None else controllers)
    plant = ThermalPlant(model)
    power = {b.name: b.power for b in ready.scene.blocks if b.name not in ready.deployment.covered}
    deployments = (ready.deployment, *_variants(ready))
    devices = tuple(made(d, model.blocks, model.member, power) for d in deployments)
    device = devices[0]
    length = entry.seconds if seconds is None else seconds
    stride = max(1, int(np.ceil(length / entry.tick / RECORDS)))
    ticks = max(1, round(length / entry.tick / stride)) * stride
    load = traffic(entry.serving, device, ticks * entry.tick, entry.seed, ready.design.source.directory)
    throttled = any(_cuts_bandwidth(c) for c in used)
    work, idle = tables(devices, load.demand, _reference(ready, plant, device), throttled=throttled)
    work = replace_leaking(work, plant)
    for v in range(len(devices)):
        full(work, load, v)
    settings = [_setting(ready, device, c, entry.tick) for c in used]
    limits = _limits(ready, model)
    follows = _followed(plant, work, limits)
    heard, memory = _heard(ready, used)
    horizons = [h for c in used if isinstance(c, Predictive) for h in c.horizons] or [1.0]
    decay, held, _ = model.steps(np.array(horizons))
    loop = Loop(
        entry.tick,
        stride,
        *_ladders(device),
        *_packed(used, settings, device, work, entry.tick),
        _weights(device, used),
        _acts(device, used),
        heard,
        memory,
        limits[[model.blocks.index(name) for name in follows]],
        _refresh(device, used),
        per_leak(device),
        decay,
        held,
    )
    return Prepared(
        ready,
        plant,
        devices,
        load,
        used,
        ticks,
        entry.tick,
        entry.seed,
        work,
        idle,
        plant.ticking(entry.tick),
        plant.rows("avg", ready.reads),
        plant.rows("max", follows),
        bank(list(ready.sensors.values()), entry.tick, entry.seed),
        loop,
        follows,
        limits,
    )


def _variants(ready: Site) -> list[Deployment]:
    """Other ways of serving."""
    from floorplans.diagnostics import Problems, Span

    found: list[Deployment] = []
    source = ready.design.source
    node = source.root.child("workload")
    for name, changes in ready.throttle.entry.variants.items():
        said = Span(f"throttle.variants.{name}")
        assert node is not None
        base = node if isinstance(node.value, dict) else wrapped(node.plain, said)
        problems = Problems()
        changed = with_changes(base, [(str(said), key, value) for key, value in changes.items()])
        deployment = read_workload(
            changed, site_of(source, ready.design.package, ready.design.dies), problems
        )
        problems.raise_if_any()
        assert deployment is not None
        found.append(deployment)
    return found


def _cuts_bandwidth(controller: Controller | WrittenController) -> bool:
    lever = getattr(controller, "lever", None)
    if not isinstance(controller, Controller):
        return True
    return isinstance(controller, Hbm) or lever == "bandwidth" or bool(getattr(lever, "bandwidth", ()))


def _reference(ready: Site, plant: ThermalPlant, device: Device) -> Floats:
    """``[groups]`` W that the laws of the design leak at the temperature of the operating points."""
    out = np.zeros(plant.groups)
    kelvin = np.array(device.top.kelvin)
    laws = {b.name: b.leakage for b in ready.scene.blocks}
    for name, g in zip(plant.model.blocks, plant.model.member.tolist(), strict=True):
        law = laws.get(name)
        if law is not None and name in device.deployment.covered:
            out[g] += float(law.watts(kelvin))
    return out


def replace_leaking(work: Work, plant: ThermalPlant) -> Work:
    """Keep the factors of the groups that leak."""
    kept = np.ascontiguousarray(work.leaking[:, :, plant.leaking_groups()])
    return work._replace(leaking=kept)


def _limits(ready: Site, model: ReducedModel) -> Floats:
    told = {b.name: b.limit for b in ready.scene.blocks}
    found = [told.get(name) for name in model.blocks]
    return np.array([np.inf if x is None else x for x in found])


def _followed(plant: ThermalPlant, work: Work, limits: Floats) -> tuple[str, ...]:
    """Blocks with the least margins, and the hottest, at full load and the highest clocks."""
    from thermal.kernels.serving import FIRST

    watts = work.rounds[0, -1, -1, -1][-plant.groups :]
    assert FIRST > 0
    factor = work.leaking[-1, -1]
    state = plant.steady(watts, factor)
    if state is None:
        state = plant.steady(watts, 0.0 * factor)
        assert state is not None
    hot = plant.read(plant.rows("max", plant.model.blocks), state)
    margin = np.where(np.isfinite(limits), limits - hot, np.inf)
    order = [
        *np.argsort(margin, kind="stable")[:WATCHED].tolist(),
        *np.argsort(-hot, kind="stable")[:HOTTEST],
    ]
    return tuple(plant.model.blocks[int(i)] for i in dict.fromkeys(order))


def domains_of(device: Device, controller: Controller | WrittenController) -> tuple[str, ...]:
    """Clock domains that a controller acts on.

    Raises
    ------
    InputError
        There is none of a name.
    """
    named = controller.domains if isinstance(controller, Controller) else device.domains
    for name in named:
        if name not in device.domains:
            near = did_you_mean(name, device.domains)
            message = f"no clock domain '{name}'{near} (there are {', '.join(device.domains)})"
            raise InputError(Diagnostic(None, message, "throttle.controllers"))
    return tuple(named) or device.domains[:1]


def _setting(ready: Site, device: Device, controller: Controller | WrittenController, tick: float) -> Setting:
    clocks = [device.hardware.clocks[name] for name in domains_of(device, controller)]
    asked = device.deployment.entry.power_limit_w or device.hardware.power_limit
    return Setting(
        tuple(c.highest for c in clocks),
        tuple(c.lowest for c in clocks),
        tuple(c.step for c in clocks),
        tick,
        np.inf if asked is None else asked,
        ("base", *ready.throttle.entry.variants),
    )


def _ladders(device: Device) -> tuple[Floats, Floats, Floats]:
    clocks = [device.hardware.clocks[name] for name in device.domains]
    return (
        np.array([c.highest for c in clocks]),
        np.array([c.lowest for c in clocks]),
        np.array([c.step for c in clocks]),
    )


def _packed(
    used: Sequence[Controller | WrittenController],
    settings: Sequence[Setting],
    device: Device,
    work: Work,
    tick: float,
) -> tuple[Floats, Floats]:
    """Rows of parameters, and levels."""
    from thermal.kernels import control
    from thermal.kernels.serving import FIRST

    rows: list[list[float]] = []
    levels: list[list[float]] = []
    for controller, setting in zip(used, settings, strict=True):
        every = max(1, round(controller.period / tick))
        if not isinstance(controller, Controller):
            rows.append([control.USER, every, 0, 0, control.BY_USER])
            levels.append([0.0])
            continue
        if isinstance(controller, PowerAllocator):
            acted = [device.domains.index(name) for name in domains_of(device, controller)]
            least = float(work.rounds[0, 0, 0, -1][[FIRST + d for d in acted]].sum())
            packed = controller.packed(setting, least)
        else:
            packed = controller.packed(setting)
        rows.append([packed.kind, every, packed.lever, len(packed.levels), packed.why, *packed.own])
        levels.append(list(packed.levels) or [0.0])
    return _square(rows, 48), _square(levels, 1)


def _square(rows: Sequence[Sequence[float]], least: int) -> Floats:
    out = np.zeros((len(rows), max([least, *(len(row) for row in rows)])))
    for i, row in enumerate(rows):
        out[i, : len(row)] = row
    return out


def _weights(device: Device, used: Sequence[Controller | WrittenController]) -> Floats:
    out = np.ones((len(used), len(device.domains)))
    for k, controller in enumerate(used):
        for name, weight in getattr(controller, "weights", {}).items():
            if name in device.domains:
                out[k, device.domains.index(name)] = weight
    return out


def _acts(device: Device, used: Sequence[Controller | WrittenController]) -> Bools:
    return np.array([[name in domains_of(device, c) for name in device.domains] for c in used], bool).reshape(
        len(used), len(device.domains)
    )


def _heard(ready: Site, used: Sequence[Controller | WrittenController]) -> tuple[Bools, Bools]:
    """``[k, s]`` twice: sensors that each listens to, and for the memory.

    Raises
    ------
    InputError
        A controller hears no sensor.
    """
    names = list(ready.sensors)
    found = []
    for key in ("sensors", "memory_sensors"):
        patterns = [getattr(c, key, ("*",) if key == "sensors" else ()) for c in used]
        heard = [[any(fnmatchcase(n, p) for p in each) for n in names] for each in patterns]
        found.append(np.array(heard, bool).reshape(len(used), len(names)))
    for controller, row in zip(used, found[0], strict=True):
        if isinstance(controller, Controller) and not row.any():
            message = (
                f"a controller of kind {controller.kind} hears no sensor ({', '.join(controller.sensors)})"
            )
            raise InputError(Diagnostic(None, message, "throttle.controllers"))
    return found[0], found[1]


def _refresh(device: Device, used: Sequence[Controller | WrittenController]) -> Floats:
    """``[groups]`` W that doubled refresh adds, where the memory lives."""
    more = sum(c.refresh_power for c in used if isinstance(c, Hbm))
    row = device.shares.get(f"memory/{device.hardware.main_name}")
    return np.zeros(device.groups) if row is None else more * row


__all__ = ["Prepared", "domains_of", "prepared", "replace"]
