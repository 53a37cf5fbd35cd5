"""The pencil A + s C of a system: its heat capacities, and solves at real shifts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from floorplans.material import Material
from thermal.cover import Conductivities
from thermal.kernels import krylov as kernels
from thermal.kernels.arrays import Floats
from thermal.krylov import Operator, conjugate_gradients
from thermal.mesh.columns import Mesh
from thermal.multigrid import Multigrid
from thermal.scene import Area, Scene
from thermal.system import ConductionSystem


class NoCapacity(ValueError):
    """A solid without heat capacity: it has no time scale."""


def capacities(scene: Scene, mesh: Mesh) -> Floats:
    """``[columns, nz]`` heat capacity of every cell in J/K, with cut cells weighted by area; 0 in void.

    Raises
    ------
    NoCapacity
        Naming the material whose density or specific heat is not above zero.
    """

    def stored(area: Area) -> Area:
        made_of = area.material
        return area if made_of is None else replace(area, material=_painted_with_capacity(made_of))

    slabs = tuple(replace(s, areas=tuple(stored(a) for a in s.areas)) for s in scene.slabs)
    # What is painted as a conductivity along z is averaged by area: so are capacities.
    found = Conductivities.of(replace(scene, slabs=slabs), mesh)
    per_volume = found.k[found.pattern[mesh.slab], :, 4].T
    return np.ascontiguousarray(per_volume * mesh.areas[:, None] * mesh.heights)


def _painted_with_capacity(material: Material) -> Material:
    per_volume = material.volumetric_heat_capacity
    if not per_volume > 0.0:
        raise NoCapacity(
            f"material {material.name!r} stores no heat (density {material.density:g} kg/m3, specific heat "
            f"{material.specific_heat:g} J/(kg K)); a model in time needs both above zero"
        )
    return replace(material, k=(per_volume,) * 3, k_law=None)


class Pencil:
    """A + s C with A the conduction operator of a system as it stands, and C its heat capacities.

    Parameters
    ----------
    system
        Conductances at the temperatures that they are frozen at.
    capacity
        ``[columns, nz]`` J/K.
    """

    def __init__(self, system: ConductionSystem, capacity: Floats) -> None:
        self.system, self.capacity = system, capacity
        self.shift = np.nan
        self._loss: Floats = np.zeros_like(capacity)
        if system.loss.shape == capacity.shape:
            self._loss += system.loss
        else:
            self._loss[:, 0] += system.loss[:, 0]
            self._loss[:, -1] += system.loss[:, 1]
        self._multigrid, self._plain = self._made(0.0)
        self._operator = self._plain
        self.shift = 0.0

    def _made(self, shift: float) -> tuple[Multigrid, Operator]:
        system = self.system
        pattern = system.conductivities.pattern[system.mesh.slab]
        loss = self._loss + shift * self.capacity
        conductances = system.lateral, system.vertical, loss
        multigrid = Multigrid(system.mesh, system.conductivities.k, pattern, *conductances)
        return multigrid, Operator(multigrid, *conductances, system.hanging)

    def apply(self, x: Floats) -> Floats:
        """``A x`` of a field ``[columns, nz]``, in W."""
        out = np.empty_like(x)
        self._plain.apply(x, out)
        return out

    def solve(
        self,
        shift: float,
        rhs: Floats,
        tolerance: float = 1e-8,
        progress: Callable[[int, float], None] | None = None,
        start: Floats | None = None,
    ) -> Floats:
        """``[columns, nz]`` solution of ``(A + shift C) x = rhs``; the hierarchy of a shift is kept.

        Parameters
        ----------
        shift
            Not below zero, 1/s.
        rhs
            W; left as it is.
        tolerance
            On the residual relative to it.

        Raises
        ------
        NoConvergence
            The iteration stopped above the tolerance.
        """
        self._turn(shift)
        return conjugate_gradients(
            self._operator,
            self._multigrid,
            rhs.copy(),
            tolerance=tolerance,
            progress=progress,
            start=start,
        ).x

    def smoothed(self, shift: float, rhs: Floats) -> Floats:
        """What one V-cycle makes of a right-hand side: nearly ``solve``, at a tenth of the cost."""
        self._turn(shift)
        largest = float(np.abs(rhs).max())
        if largest == 0.0:
            return np.zeros_like(rhs)
        kernels.scaled_single(rhs, 1.0 / largest, self._multigrid.source)
        return self._multigrid.apply().astype(float) * largest

    def _turn(self, shift: float) -> None:
        if shift != self.shift:
            self._multigrid, self._operator = self._made(shift)
            self.shift = shift
