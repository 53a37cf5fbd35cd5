"""The conduction problem linearised at a temperature field: what answers to a small change of the heat."""

from __future__ import annotations

from collections.abc import Callable

from thermal.field import Field
from thermal.kernels.arrays import Floats
from thermal.krylov import Convergence, Operator, conjugate_gradients
from thermal.multigrid import Multigrid
from thermal.system import ConductionSystem


class Linearised:
    """The Jacobian of a system at its temperatures, with its preconditioner.

    Where conductivity and heat do not depend on temperature it is the conduction operator itself.

    Parameters
    ----------
    system
        Conductances at the temperatures of the linearisation.
    """

    def __init__(self, system: ConductionSystem) -> None:
        self.system = system
        self.multigrid: Multigrid = system.multigrid()
        self.operator = Operator(self.multigrid, system.lateral, system.vertical, system.loss)

    @classmethod
    def at(cls, field: Field) -> Linearised:
        """The linearisation at a solved field."""
        return cls(field.system)

    def solve(
        self,
        rhs: Floats,
        *,
        tolerance: float = 1e-8,
        start: Floats | None = None,
        transposed: bool = False,
        progress: Callable[[int, float], None] | None = None,
    ) -> Convergence:
        """Solve ``J x = rhs``, or ``J^T x = rhs``.

        Parameters
        ----------
        rhs
            ``[columns, nz]``; overwritten.
        tolerance
            On the residual relative to the right-hand side.
        start
            First guess.
        transposed
            For adjoints.

        Raises
        ------
        NoConvergence
            The iteration stopped above the tolerance.
        """
        # The conduction operator is symmetric.
        del transposed
        return conjugate_gradients(
            self.operator, self.multigrid, rhs, start=start, tolerance=tolerance, progress=progress
        )
