"""A + s C of a system at one shift: what an implicit step in time solves, and a reduced model's build."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from thermal.kernels import krylov as kernels
from thermal.kernels.arrays import Floats
from thermal.krylov import Convergence
from thermal.linearised import Linearised
from thermal.multigrid import Multigrid
from thermal.system import ConductionSystem


def shifted_system(system: ConductionSystem, capacity: Floats, shift: float) -> ConductionSystem:
    """The system with ``shift x capacity`` [W/K] lost to the reference in every cell besides."""
    if shift == 0.0:
        return system
    loss, inflow = shift * capacity, np.zeros_like(capacity)
    if system.loss.shape == capacity.shape:
        loss += system.loss
        inflow += system.inflow
    else:
        # One after the other: where there is one cell through the stack, both ends are its own.
        for end, z in ((0, 0), (1, -1)):
            loss[:, z] += system.loss[:, end]
            inflow[:, z] += system.inflow[:, end]
    return replace(system, loss=loss, inflow=inflow)


class Shifted:
    """A + s C with A the conduction operator of a system as it stands, and C its heat capacities.

    Parameters
    ----------
    system
        Conductances at the temperatures that they are frozen at.
    capacity
        ``[columns, nz]`` J/K.
    shift
        Not below zero, 1/s.
    multigrid
        The preconditioner of a shift nearby; made for this one where there is none.
    """

    def __init__(
        self,
        system: ConductionSystem,
        capacity: Floats,
        shift: float,
        multigrid: Multigrid | None = None,
    ) -> None:
        self.shift = shift
        self.linear = Linearised(shifted_system(system, capacity, shift), multigrid=multigrid)

    @property
    def multigrid(self) -> Multigrid:
        """Its preconditioner."""
        return self.linear.multigrid

    def apply(self, x: Floats, out: Floats) -> None:
        """Write the product with a field ``[columns, nz]`` into `out`, W."""
        self.linear.operator.apply(x, out)

    def solve(
        self,
        rhs: Floats,
        tolerance: float = 1e-8,
        start: Floats | None = None,
        progress: Callable[[int, float], None] | None = None,
    ) -> Convergence:
        """Solve for a right-hand side ``[columns, nz]`` in W, which the residual overwrites.

        Parameters
        ----------
        tolerance
            On the residual relative to the right-hand side.

        Raises
        ------
        NoConvergence
            The iteration stopped above the tolerance.
        """
        return self.linear.solve(rhs, tolerance=tolerance, start=start, progress=progress)

    def smoothed(self, rhs: Floats) -> Floats:
        """What one V-cycle makes of a right-hand side: nearly `solve`, at a tenth of the cost."""
        largest = float(np.abs(rhs).max())
        if largest == 0.0:
            return np.zeros_like(rhs)
        kernels.scaled_single(rhs, 1.0 / largest, self.multigrid.source)
        return self.multigrid.apply().astype(float) * largest
