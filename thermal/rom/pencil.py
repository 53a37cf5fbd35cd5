"""The pencil A + s C of a system: solves at one real shift after the other."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from thermal.kernels.arrays import Floats
from thermal.shifted import Shifted
from thermal.system import ConductionSystem


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
        self._plain = self._turned = Shifted(system, capacity, 0.0)

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
        return self._turned.solve(rhs.copy(), tolerance, start, progress).x

    def smoothed(self, shift: float, rhs: Floats) -> Floats:
        """What one V-cycle makes of a right-hand side: nearly ``solve``, at a tenth of the cost."""
        self._turn(shift)
        return self._turned.smoothed(rhs)

    def _turn(self, shift: float) -> None:
        if shift != self._turned.shift:
            self._turned = Shifted(self.system, self.capacity, shift)
