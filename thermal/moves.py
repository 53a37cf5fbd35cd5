"""What moving a block does to a mean temperature: its heat, and the mean, moved on the same mesh."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import numpy as np
import shapely
from shapely import Polygon, affinity

from power.leakage import LeakageModel
from thermal.cover import Shares
from thermal.deposit import deposits
from thermal.field import Field
from thermal.kernels.arrays import Bools, Floats
from thermal.scene import PlacedBlock, Scene

SIDES = ((0, 1.0), (0, -1.0), (1, 1.0), (1, -1.0))
"""Axis and direction of the four moves."""
# Outlines on the border of their layer lie on it to rounding.
SLACK = 1e-9


class Moves:
    """The blocks of a solved field, each moved by one of its own cells to each of four sides.

    A block that would leave its layer on one side is moved to the other only; where there is no room on
    either, its derivative along that axis is nan. Heat keeps its centroid (`thermal.deposit`), so that the
    differences do not depend on where edges lie in their cells.
    """

    def __init__(self, field: Field) -> None:
        self.field = field
        self.system = field.system
        self.blocks = field.system.scene.blocks

    @cached_property
    def steps(self) -> Floats:
        """``[blocks, 2]`` smallest cell that each block touches, along x and y, m."""
        shares, widths = self.system.shares, self.field.mesh.widths
        rows = [shares.row(i)[0] for i in range(len(self.blocks))]
        return np.array([[float(w[row].min()) for w in widths] for row in rows]).reshape(-1, 2)

    def _moved(self, block: int, axis: int, sign: float) -> Polygon:
        step = [0.0, 0.0]
        step[axis] = sign * float(self.steps[block, axis])
        return affinity.translate(self.blocks[block].outline, *step)

    @cached_property
    def room(self) -> Bools:
        """``[sides, blocks]`` whether the moved block is still in its layer."""
        scene = self.system.scene
        slack = SLACK * max(scene.size)
        names = {b.layer for b in self.blocks}
        layers = {n: scene.layer(n).outline.buffer(slack, join_style="mitre") for n in names}
        homes = np.array([layers[b.layer] for b in self.blocks], object)
        moved = [[self._moved(i, *side) for i in range(len(self.blocks))] for side in SIDES]
        return np.array([shapely.covers(homes, np.array(outlines, object)) for outlines in moved])

    @cached_property
    def scenes(self) -> tuple[Scene, ...]:
        """The scene with every block moved that has the room, once for each side."""
        scenes = []
        for side, room in zip(SIDES, self.room, strict=True):
            blocks = tuple(
                replace(b, outline=self._moved(i, *side)) if room[i] else b for i, b in enumerate(self.blocks)
            )
            scenes.append(replace(self.system.scene, blocks=blocks))
        return tuple(scenes)

    @cached_property
    def deposited(self) -> tuple[Shares, ...]:
        """Fractions of every block's heat by column, once for each side."""
        mesh, found = self.field.mesh, self.system.conductivities
        shares = [Shares.of([b.outline for b in s.blocks], mesh) for s in self.scenes]
        return tuple(deposits(s, mesh, share, found) for s, share in zip(self.scenes, shares, strict=True))

    def of_heat(self, adjoint: Floats) -> Floats:
        """``[blocks, 2]`` K/m of an observed mean by the place of every block's heat.

        Parameters
        ----------
        adjoint
            ``[columns, nz]`` K of the mean per W in each cell.
        """
        found = np.zeros((len(self.blocks), 2))
        for i, block in enumerate(self.blocks):
            if block.power == 0.0 and block.leakage is None:
                continue
            low, high = self.field.z_cells(block.z0, block.z1)
            height = self.field.mesh.heights[low:high]
            weighted = adjoint[:, low:high] * (height / height.sum())
            found[i] = self._difference(i, [self._rise(i, s, weighted, low, high) for s in self._places])
            if block.leakage is not None and block.leakage.model is LeakageModel.BLOCK_MEAN:
                column, fraction = self.system.deposited.row(i)
                per_watt = float(fraction @ weighted[column].sum(axis=1))
                found[i] += self._slope(i) * per_watt * self.of_mean(i)
        return found

    @property
    def _places(self) -> tuple[Shares, ...]:
        return (*self.deposited, self.system.deposited)

    def _rise(self, block: int, heat: Shares, weighted: Floats, low: int, high: int) -> float:
        """K of the observed mean that a block's heat makes in some place."""
        column, fraction = heat.row(block)
        watts = self._watts(block, self.field.temperature[column, low:high])
        return float(np.sum(fraction[:, None] * weighted[column] * watts))

    def _watts(self, block: int, temperature: Floats) -> Floats:
        """What a block would release if all of it were at the temperatures of cells, W."""
        law = self.blocks[block].leakage
        power = self.blocks[block].power
        if law is None:
            return np.full_like(temperature, power)
        if law.model is LeakageModel.POINTWISE:
            return np.where(np.isnan(temperature), power, power + law.watts(temperature))
        return np.full_like(temperature, power + float(self.system.leaked[block]))

    def _slope(self, block: int) -> float:
        """W/K of a block that leaks by its mean."""
        law = self.blocks[block].leakage
        assert law is not None
        return float(law.slope(np.array(self.field.of_blocks([block])[0].t_avg)))

    def of_mean(self, block: int) -> Floats:
        """``[2]`` K/m of a block's mean by its own place, in a field that stays."""
        places: list[PlacedBlock] = [s.blocks[block] for s in self.scenes]
        places.append(self.blocks[block])
        return self._difference(block, [self.field.statistics(b.outline, b.z0, b.z1).t_avg for b in places])

    def _difference(self, block: int, values: list[float]) -> Floats:
        """Along x and y, from the values on four sides and in place; one-sided where there is room on one."""
        found = np.full(2, np.nan)
        here = values[-1]
        for axis in (0, 1):
            up, down = 2 * axis, 2 * axis + 1
            step = self.steps[block, axis]
            above, below = bool(self.room[up, block]), bool(self.room[down, block])
            if above and below:
                found[axis] = (values[up] - values[down]) / (2.0 * step)
            elif above:
                found[axis] = (values[up] - here) / step
            elif below:
                found[axis] = (here - values[down]) / step
        return found
