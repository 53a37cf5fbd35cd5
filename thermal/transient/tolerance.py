"""How exact steps in time have to be, cell by cell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from thermal.error import asked
from thermal.kernels.arrays import Floats
from thermal.system import ConductionSystem

# Of the accuracy asked of a block, what one step may miss: errors of several steps add up before they fade.
SHARE = 0.1


@dataclass(frozen=True)
class Tolerance:
    """Error that a step may make.

    Parameters
    ----------
    absolute
        K, of cells of blocks without an accuracy of their own and of all others; default a tenth of
        what `accuracy_k` asks of blocks that are not sensitive: 0.1 K. Cells of sensitive blocks (analog,
        pmic, sensor, or with `accuracy_k`) have a tenth of what is asked of them, or this if it is less.
    relative
        To the change of the cell's temperature since the start, added to the absolute one.
    """

    absolute: float = 0.1
    relative: float = 1e-3

    def __post_init__(self) -> None:
        if not (np.isfinite(self.absolute) and self.absolute > 0.0):
            raise ValueError(f"the absolute tolerance must be above 0 K (got {self.absolute:g})")
        if not (np.isfinite(self.relative) and self.relative >= 0.0):
            raise ValueError(f"the relative tolerance must be at least 0 (got {self.relative:g})")

    def of_cells(self, system: ConductionSystem) -> Floats:
        """``[columns, nz]`` absolute tolerance, K; infinite in void."""
        mesh = system.mesh
        found = np.full((mesh.columns, mesh.nz), self.absolute)
        middle = 0.5 * (mesh.z[1:] + mesh.z[:-1])
        for i, block in enumerate(system.scene.blocks):
            column, _ = system.shares.row(i)
            inside = np.flatnonzero((middle > block.z0) & (middle < block.z1))
            where = np.ix_(column, inside)
            found[where] = np.minimum(found[where], min(self.absolute, SHARE * asked(block)))
        found[~system.solid[mesh.slab].T] = np.inf
        return found
