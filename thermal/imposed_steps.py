"""Time steps of another program: backward Euler of a fixed step on the grid of a case, as 3D-ICE takes them.

First order in time, so that its error is that of the other program; it is there to compare.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from thermal.design import Design
from thermal.imposed import ImposedField, ImposedGrid, imposed_scene
from thermal.kernels.arrays import Floats
from thermal.linearised import Linearised
from thermal.mesh.columns import Mesh
from thermal.mesh.tensor import tensor_mesh
from thermal.scene import Scene
from thermal.system import ConductionSystem, assemble, heat


@dataclass(frozen=True, eq=False)
class Instant:
    """A step that was taken: its end in s, whether a time slot ends with it, the field, V-cycles spent."""

    seconds: float
    ends_slot: bool
    last: bool
    field: ImposedField
    iterations: int

    def bare(self) -> Instant:
        """The same without its temperatures, which take memory."""
        return replace(self, field=replace(self.field, temperature=np.empty((0, 0))))


def capacities(scene: Scene, mesh: Mesh) -> Floats:
    """``[columns, nz]`` J/K of the cells of layers that each are of one material."""
    made_of = [s.areas[-1].material for s in scene.slabs]
    per_volume = [0.0 if m is None else m.volumetric_heat_capacity for m in made_of]
    heights = np.array(per_volume)[mesh.slab] * mesh.heights
    return np.asarray(mesh.areas[:, None] * heights[None, :], float)


def steps(design: Design, grid: ImposedGrid, *, tolerance: float = 1e-8) -> Iterator[Instant]:
    """The steps of a transient case, one after the other.

    Each solves ``(A + C / step) theta' = b + (C / step) theta`` with the watts of its time slot.

    Parameters
    ----------
    tolerance
        On the residual of each step relative to its right-hand side.

    Raises
    ------
    ValueError
        The case is steady.
    """
    if grid.step is None or grid.slot is None:
        raise ValueError("a steady case has no time steps")
    scene = imposed_scene(design, grid)
    mesh = tensor_mesh(scene, np.array(grid.x), np.array(grid.y), grid.cells or None)
    system = assemble(scene, mesh)
    rate = capacities(scene, mesh) / grid.step
    shifted = _shifted(system, rate)
    linear = Linearised(shifted)
    theta = np.full(rate.shape, grid.initial - system.reference)
    count = max(1, round(grid.slot / grid.step))
    slots, cells = max(1, grid.slots), np.zeros(rate.shape)
    for slot in range(slots):
        now = imposed_scene(design, grid, slot)
        source, _ = heat(now, mesh, system.deposited, None, cells)
        for number in range(1, count + 1):
            rhs = source + shifted.inflow + rate * theta
            found = linear.solve(rhs, tolerance=tolerance, start=theta.copy())
            theta = found.x
            taken = slot * count + number
            field = ImposedField(grid, now, mesh, theta + system.reference)
            ends, last = number == count, taken == slots * count
            yield Instant(taken * grid.step, ends, last, field, found.iterations)


def _shifted(system: ConductionSystem, rate: Floats) -> ConductionSystem:
    """The system with `rate` [W/K] lost in every cell besides."""
    loss, inflow = rate.copy(), np.zeros(rate.shape)
    if system.loss.shape == rate.shape:
        loss += system.loss
        inflow += system.inflow
    else:
        loss[:, [0, -1]] += system.loss
        inflow[:, [0, -1]] += system.inflow
    return replace(system, loss=loss, inflow=inflow)
