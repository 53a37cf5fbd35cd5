"""The design as a place for the loop: its workload, its sensors as blocks of the scene, its reduced model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from floorplans.block import BlockKind
from floorplans.diagnostics import Diagnostic, InputError
from floorplans.geometry import placed, rectangle
from power.deployment import Deployment
from thermal.clock import Progress
from thermal.design import Design
from thermal.mesh.resolution import Resolution
from thermal.placement import place
from thermal.rom.building import build
from thermal.rom.model import ReducedModel
from thermal.scene import PlacedBlock, Scene
from thermal.throttle.entry import SensorEntry, Throttle, ThrottleEntry
from thermal.throttle.reading import floors, outline_of
from thermal.throttle.work import grouping

SIZE = 20e-6
"""Side of the square that a sensor at a place reads the mean of, m."""
REACH = 3.0
"""Certified watts of a group over the mean of the workload, for its phases differ."""
LEAST = 0.1
HEAD = "sensor:"
"""Begins the names of blocks that stand for sensors at places."""


@dataclass(frozen=True, eq=False)
class Site:
    """A design ready for the loop.

    Attributes
    ----------
    design
        With its workload.
    scene
        Placed, with a block for every sensor that is in none.
    sensors
        By name.
    reads
        Block that each of them reads.
    """

    design: Design
    scene: Scene
    sensors: Mapping[str, SensorEntry]
    reads: tuple[str, ...]

    @property
    def deployment(self) -> Deployment:
        """The workload."""
        assert self.design.workload is not None
        return self.design.workload

    @property
    def throttle(self) -> Throttle:
        """What the design says of its throttling."""
        return self.design.throttle or Throttle(ThrottleEntry())

    def groups(self) -> dict[str, list[str]]:
        """Inputs of the reduced model."""
        return grouping(self.deployment)


def site(design: Design) -> Site:
    """Make a design ready.

    Raises
    ------
    InputError
        It has no workload, or no sensor.
    """
    section = design.throttle
    if design.workload is None:
        asked = section.entry.workload if section is not None else None
        if asked is None:
            message = "needs a workload: a section 'workload:', 'throttle.workload', or --model"
            raise InputError(Diagnostic(None, message, "throttle"))
        design = design.overridden({"workload": asked})
    sensors = dict(design.sensors) or _every_sensor(design)
    if not sensors:
        message = "needs sensors: a section 'sensors:', or blocks of kind sensor in the floorplan"
        raise InputError(Diagnostic(None, message, "sensors"))
    scene = place(design)
    reads, blocks = [], list(scene.blocks)
    for name, entry in sensors.items():
        if entry.block is not None:
            reads.append(entry.block)
            continue
        blocks.append(_block(design, scene, name, entry))
        reads.append(blocks[-1].name)
    return Site(design, replace(scene, blocks=tuple(blocks)), sensors, tuple(reads))


def _every_sensor(design: Design) -> dict[str, SensorEntry]:
    """Ideal sensors in all blocks of that kind."""
    known = floors(design.package, design.dies)
    found = {}
    for owner, layers in known.items():
        for layer in layers:
            for block in layer.floorplan.blocks if layer.floorplan is not None else ():
                if block.kind is BlockKind.SENSOR:
                    address = f"{owner}/{block.name}"
                    found[address] = SensorEntry(block=address)
    return found


def _block(design: Design, scene: Scene, name: str, entry: SensorEntry) -> PlacedBlock:
    """A small block without power where a sensor is."""
    assert entry.chiplet is not None
    assert entry.at is not None
    owner = entry.chiplet
    first = next(b for b in scene.blocks if b.name.startswith(f"{owner}/"))
    width, height = outline_of(owner, design.package, design.dies)
    half = 0.5 * SIZE
    x = min(max(entry.at[0], half), width - half)
    y = min(max(entry.at[1], half), height - half)
    square = rectangle(x - half, y - half, x + half, y + half)
    for layer in design.package.layers:
        if layer.name == owner:
            x0, y0, *_ = layer.bounds(design.package.size)
            outline = rectangle(x0 + x - half, y0 + y - half, x0 + x + half, y0 + y + half)
            break
        for chiplet in layer.chiplets:
            if chiplet.name == owner:
                outline = placed(square, (width, height), chiplet.orient, chiplet.at)
    return PlacedBlock(HEAD + name, BlockKind.OTHER, first.layer, outline, first.z0, first.z1)


def reduced_model(
    ready: Site, resolution: Resolution | None, progress: Progress | None, *, cache: bool = True
) -> tuple[Site, ReducedModel]:
    """The reduced model of a site, frozen at its scene's watts, and the site as it was frozen.

    Where these have no steady state it is frozen at a part of them and of their leakage; controllers may well
    hold the real ones.

    Raises
    ------
    ThermalRunaway
        Not even a small part of the watts has a steady state.
    """
    from thermal.runaway import LeakageAlone, ThermalRunaway

    part = 1.0
    while True:
        blocks = tuple(_weaker(b, part) for b in ready.scene.blocks)
        frozen = replace(ready, scene=replace(ready.scene, blocks=blocks))
        try:
            return frozen, build(
                frozen.scene,
                resolution=resolution,
                groups=ready.groups(),
                reach=REACH / part,
                cache=cache,
                progress=progress,
            )
        except (ThermalRunaway, LeakageAlone):
            if part < LEAST:
                raise
            part *= 0.5


def _weaker(block: PlacedBlock, part: float) -> PlacedBlock:
    law = block.leakage
    return replace(block, power=part * block.power, leakage=None if law is None else law.scaled(part))


def with_state(ready: Site, watts: Mapping[str, float], leaking: Mapping[str, float]) -> Scene:
    """The scene with other watts by block, and leakage scaled by block."""
    blocks = []
    for block in ready.scene.blocks:
        law = block.leakage
        if law is not None:
            law = law.scaled(leaking.get(block.name, 1.0))
        blocks.append(replace(block, power=watts.get(block.name, block.power), leakage=law))
    return replace(ready.scene, blocks=tuple(blocks))


def block_watts(model: ReducedModel, groups: np.ndarray) -> dict[str, float]:
    """W of every block from those of the groups."""
    each = groups[model.member] * model.shape
    return dict(zip(model.blocks, each.tolist(), strict=True))
