"""The conduction problem linearised at a temperature field: what answers to a small change of the heat."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from thermal.evaluated import CONSTANT, factors
from thermal.field import Field
from thermal.gmres import Plain, Workspace, gmres
from thermal.jacobian import Jacobian
from thermal.kernels.arrays import Floats, Singles
from thermal.krylov import Convergence, Operator, conjugate_gradients
from thermal.multigrid import Multigrid
from thermal.system import ConductionSystem


class Linearised:
    """The Jacobian of a system at its temperatures, with its preconditioner.

    Where conductivity and heat do not depend on temperature it is the conduction operator itself, and so it
    is where no temperatures are given.

    Parameters
    ----------
    system
        Conductances at the temperatures of the linearisation.
    temperature
        ``[columns, nz]`` K, finite in void too.
    rate
        Logarithmic derivatives of the conductivities there, if they are known.
    multigrid
        The preconditioner of the same cells at other temperatures.
    into
        A linearisation of the same cells that is done with; its arrays are overwritten.
    """

    def __init__(
        self,
        system: ConductionSystem,
        temperature: Floats | None = None,
        rate: Singles | None = None,
        multigrid: Multigrid | None = None,
        into: Linearised | None = None,
    ) -> None:
        self.system = system
        self.multigrid: Multigrid = multigrid or system.multigrid()
        self.operator = Operator(self.multigrid, system.lateral, system.vertical, system.loss, system.hanging)
        self.jacobian: Jacobian | None = None
        self.workspace: Workspace | None = None
        if temperature is not None and system.nonlinear:
            if rate is None:
                varies = len(system.conductivities.curves) > 0
                rate = factors(system, temperature)[1] if varies else CONSTANT
            old = None if into is None else into.jacobian
            self.jacobian = Jacobian(system, temperature, rate, self.multigrid, old)
            self.workspace = None if into is None else into.workspace

    @classmethod
    def at(cls, field: Field) -> Linearised:
        """The linearisation at a solved field."""
        if not field.system.nonlinear:
            return cls(field.system)
        return cls(field.system, np.nan_to_num(field.temperature, nan=field.system.reference))

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
        if self.jacobian is None:
            # The conduction operator is symmetric.
            return conjugate_gradients(
                self.operator, self.multigrid, rhs, start=start, tolerance=tolerance, progress=progress
            )
        problem = Plain(self.jacobian, self.multigrid, transposed=transposed)
        if self.workspace is None:
            self.workspace = Workspace(rhs.shape)
        return gmres(
            problem, rhs, start=start, tolerance=tolerance, progress=progress, workspace=self.workspace
        )
