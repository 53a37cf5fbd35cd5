"""Two blocks on a slab over another, on 48 columns of five cells, for the tests of the march in time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from floorplans.block import BlockKind
from power.leakage import Exponential, Leakage, LeakageModel
from power.trace import PowerTrace
from tests.unit.thermal import scenes
from tests.unit.thermal.scenes import MM, UM
from thermal.mesh.columns import Mesh
from thermal.scene import PlacedBlock, Scene

Floats = NDArray[np.float64]
SIZE = (8 * MM, 6 * MM)
DIE = (0.5 * MM, 0.7 * MM)
LEFT = scenes.block("left", (1 * MM, 1 * MM, 4 * MM, 5 * MM), DIE, 3.0, kind=BlockKind.COMPUTE)
RIGHT = scenes.block("right", (5 * MM, 2 * MM, 6 * MM, 3 * MM), DIE, 1.0, kind=BlockKind.ANALOG)


def scene(*blocks: PlacedBlock) -> Scene:
    """Both layers are cooled from above."""
    whole = (0.0, 0.0, *SIZE)
    slabs = [
        scenes.slab(0.5 * MM, scenes.area(5.0, *whole)),
        scenes.slab(200 * UM, scenes.area(120.0, *whole)),
    ]
    return scenes.scene(SIZE, slabs, blocks=blocks or (LEFT, RIGHT))


def leaking() -> Scene:
    """The left block leaks half a watt and more, by place."""
    law = Leakage(Exponential(0.5, 340.0, 0.005), LeakageModel.POINTWISE, 1.0)
    return scene(replace(LEFT, leakage=law), RIGHT)


def mesh(of: Scene) -> Mesh:
    """8 x 6 columns, three cells below and two in the die."""
    return scenes.uniform(of, 8, 6, (3, 2))


def trace(
    edges: list[float], *watts: tuple[float, float], blocks: tuple[str, ...] = ("left", "right")
) -> PowerTrace:
    """Constant watts of both blocks between the edges, s."""
    return PowerTrace(blocks, np.array(edges), np.array(watts, float))


class Ramp:
    """Power that rises linearly, read as a stream."""

    blocks = ("left", "right")

    def __init__(self, seconds: float, watts: float, parts: int = 1) -> None:
        self.seconds, self.watts, self.parts = seconds, watts, parts

    def intervals(self) -> Iterator[tuple[float, float, Floats, Floats]]:
        """Equal parts of the ramp."""
        edges = np.linspace(0.0, self.seconds, self.parts + 1)
        for start, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
            first, last = (np.array([self.watts * t / self.seconds, 0.0]) for t in (start, end))
            yield start, end, first, last
