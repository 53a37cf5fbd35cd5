"""How fine a mesh has to be: cell sizes wanted at every block and at every height."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from floorplans.block import BlockKind
from thermal.kernels.arrays import Floats, Ints
from thermal.scene import CHIPLET_EDGE, PlacedBlock, Scene

_SAMPLES = 64


@dataclass(frozen=True)
class Resolution:
    """Cells wanted.

    Attributes
    ----------
    analog, pmic
        Cells across the shorter side of every analog (and sensor) and PMIC block.
    other
        Cells along the square root of the area of every other powered block.
    base
        Cells along the longer side of the package where nothing asks for finer ones.
    chiplet
        Cells across the smallest chiplet, at least.
    growth
        Size that a cell may gain per unit of distance from a block, in the plane.
    growth_z
        The same along z, away from powered slabs.
    scale
        Multiplies every size wanted, near and far.
    """

    analog: float = 8.0
    pmic: float = 16.0
    other: float = 4.0
    base: float = 48.0
    chiplet: float = 8.0
    growth: float = 0.5
    growth_z: float = 0.2
    scale: float = 1.0

    def coarsened(self) -> Resolution:
        """Cells twice as large."""
        return replace(self, scale=2.0 * self.scale)

    def refined(self) -> Resolution:
        """Cells half as large."""
        return replace(self, scale=0.5 * self.scale)

    def size_in(self, block: PlacedBlock) -> float:
        """Largest cell wanted inside a block, m."""
        x0, y0, x1, y1 = block.outline.bounds
        short = min(x1 - x0, y1 - y0)
        if block.kind in (BlockKind.ANALOG, BlockKind.SENSOR):
            return self.scale * short / self.analog
        if block.kind is BlockKind.PMIC:
            return self.scale * short / self.pmic
        return self.scale * float(np.sqrt(block.outline.area)) / self.other

    def base_size(self, scene: Scene) -> float:
        """Largest cell anywhere, m: half of the usual where chiplets are small."""
        chiplets = [min(x1 - x0, y1 - y0) for p, x0, y0, x1, y1 in scene.edges if p == CHIPLET_EDGE]
        coarsest = max(scene.size) / self.base
        wanted = min(chiplets, default=np.inf) / self.chiplet
        return self.scale * min(coarsest, max(wanted, 0.5 * coarsest))

    def sizes(self, blocks: Sequence[PlacedBlock]) -> Floats:
        """``[blocks, 5]``: bounds and size wanted of every block that is powered or sensitive."""
        rows = [(*b.outline.bounds, self.size_in(b)) for b in blocks if b.powered or is_sensitive(b)]
        return np.array(rows, float).reshape(-1, 5)


def is_sensitive(block: PlacedBlock) -> bool:
    """Whether a block sets the grid even when it dissipates nothing."""
    return block.kind in (BlockKind.ANALOG, BlockKind.PMIC, BlockKind.SENSOR) or block.accuracy is not None


def graded_heights(scene: Scene, resolution: Resolution) -> tuple[Floats, Ints]:
    """z nodes that are fine at powered slabs and grow away from them.

    The size wanted at a height is the least over powered slabs of (size in the slab's finest block +
    growth x distance); nodes are equally spaced in its integral, so neighbours differ smoothly.

    Returns
    -------
    tuple
        Nodes in m, and the slab of every cell.
    """
    planes = scene.planes
    wanted = _wanted(scene, resolution)
    nodes, slab = [np.array([planes[0]])], []
    for s, (z0, z1) in enumerate(pairwise(planes.tolist())):
        z = np.linspace(z0, z1, _SAMPLES + 1)
        density = 1.0 / wanted(z)
        count = np.concatenate([[0.0], np.cumsum(0.5 * (density[1:] + density[:-1]) * np.diff(z))])
        n = max(1, int(np.ceil(count[-1] - 1e-9)))
        inner = np.interp(count[-1] * np.arange(1, n) / n, count, z)
        nodes += [inner, np.array([z1])]
        slab += [s] * n
    return np.concatenate(nodes), np.array(slab, np.int64)


def _wanted(scene: Scene, resolution: Resolution) -> Callable[[Floats], Floats]:
    spans: dict[tuple[float, float], float] = {}
    for block in scene.blocks:
        if block.powered or is_sensitive(block):
            key = block.z0, block.z1
            spans[key] = min(spans.get(key, np.inf), resolution.size_in(block))
    for raster in scene.rasters:
        cell = (raster.x1 - raster.x0) / raster.watts.shape[1]
        spans[raster.z0, raster.z1] = min(spans.get((raster.z0, raster.z1), np.inf), resolution.scale * cell)
    total = scene.planes[-1] - scene.planes[0]
    limit = resolution.scale * total / 8.0

    def wanted(z: Floats) -> Floats:
        size = np.full_like(z, limit)
        for (z0, z1), h in spans.items():
            distance = np.maximum(0.0, np.maximum(z0 - z, z - z1))
            size = np.minimum(size, h + resolution.scale * resolution.growth_z * distance)
        return size

    return wanted
