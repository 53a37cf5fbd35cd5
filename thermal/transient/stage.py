"""One implicit stage: theta with ``s C (theta - base) + A(theta) theta = heat(theta)``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from thermal.evaluated import CONSTANT, evaluated
from thermal.gmres import Workspace, gmres
from thermal.jacobian import Jacobian
from thermal.kernels.arrays import Floats, Singles
from thermal.krylov import NoConvergence
from thermal.linearised import Linearised
from thermal.multigrid import Multigrid
from thermal.nonlinear import HOTTEST
from thermal.shifted import Shifted
from thermal.system import ConductionSystem
from thermal.transient.hierarchies import Hierarchies

# Error that an iteration may leave, in tolerances of the step.
LEFT = 0.1
# Reductions of the residual: at least this much, and no more than the residual can be trusted for.
ROUGH, FINE = 0.2, 1e-7
# What of a correction the Jacobian of the beginning of a step leaves, until it is known better.
CHORD = 0.05
NEWTON_LIMIT = 8
ROUNDS = 4


class StageFailed(RuntimeError):
    """A stage that cannot be solved with this step."""


@dataclass
class Effort:
    """V-cycles, corrections of stages and their number so far."""

    cycles: int = 0
    corrections: int = 0
    stages: int = 0


@dataclass(frozen=True, eq=False)
class Solved:
    """A stage: K above the reference, the correction of its guess in tolerances, W that leave and leak."""

    theta: Floats
    moved: float
    outflow: float
    leakage: float


class LinearStages:
    """Stages of a system in which nothing depends on temperature: one linear solve each.

    Parameters
    ----------
    system
        Whose blocks of a trace have no power.
    capacity
        ``[columns, nz]`` J/K.
    """

    def __init__(self, system: ConductionSystem, capacity: Floats, effort: Effort) -> None:
        self.system, self.capacity, self.effort = system, capacity, effort
        self.solid = system.solid[system.mesh.slab].T.astype(float)
        self.hierarchies = Hierarchies(system, capacity)
        self._rhs = system.rhs

    def begin(self, theta: Floats) -> None:
        """Prepare for a step from `theta`."""

    def field_system(self, theta: Floats) -> ConductionSystem:
        """The system as it is at `theta`, to read a field with."""
        del theta
        return self.system

    def net(self, theta: Floats, heat: Floats) -> tuple[Floats, float, float]:
        """Heat that cells gain, W, and what leaves and leaks in all."""
        out = np.empty_like(theta)
        Linearised(self.system, multigrid=self._any()).operator.apply(theta, out)
        return self._rhs + heat - out, self.system.outflow(theta), 0.0

    def _any(self) -> Multigrid:
        return self.hierarchies.multigrid(1.0)

    def solve(
        self, shift: float, base: Floats, guess: Floats, heat: Floats, tolerance: Floats, expected: float
    ) -> Solved:
        """Solve a stage.

        Parameters
        ----------
        base, guess
            K above the reference.
        heat
            W of the trace in cells.
        tolerance
            K, of the step.
        expected
            Size of the correction of the guess, in tolerances; 0 where it is not known.
        """
        operator = self.hierarchies.shifted(shift)
        r = self._residual(operator, shift, base, guess, heat)
        theta, moved, wanted = guess, 0.0, expected
        for _ in range(ROUNDS):
            reduction = float(np.clip(LEFT / max(wanted, 1e-30), FINE, ROUGH))
            found = operator.solve(r, reduction)
            # What is left of the residual, in the mode of constants: closes the balance of heat.
            change = found.x + self._shift(operator, r) * self.solid
            self.effort.cycles += found.iterations
            self.effort.corrections += 1
            theta = theta + change
            size = float(np.max(np.abs(change) / tolerance))
            moved = max(moved, size)
            if reduction * size <= 2.0 * LEFT or reduction <= FINE:
                break
            r = self._residual(operator, shift, base, theta, heat)
            wanted = reduction * size
        self.effort.stages += 1
        return Solved(theta, moved, self.system.outflow(theta), 0.0)

    def _residual(self, operator: Shifted, shift: float, base: Floats, theta: Floats, heat: Floats) -> Floats:
        r = np.empty_like(theta)
        operator.apply(theta, r)
        np.subtract(shift * self.capacity * base, r, out=r)
        r += self._rhs
        r += heat
        return r

    def _shift(self, operator: Shifted, residual: Floats) -> float:
        return float(residual.sum()) / float(operator.linear.system.loss.sum())

    def smoothed(self, shift: float, change: Floats) -> Floats:
        """``(A + s C)^-1 s C`` of a change of temperature, K, as one V-cycle of a shift nearby sees it."""
        self.effort.cycles += 1
        near = self.hierarchies.nearest(shift)
        found = self.hierarchies.shifted(shift).smoothed(near * self.capacity * change)
        # Without sources no temperature grows; a V-cycle knows that only nearly.
        before, after = float(np.abs(change).max()), float(np.abs(found).max())
        return found * (before / after) if after > before else found


class _Implicit:
    """What GMRES solves in a step: the Jacobian and the heat stored in a stage, with a V-cycle."""

    def __init__(self, jacobian: Jacobian, stored: Floats, multigrid: Multigrid) -> None:
        self.jacobian, self.stored, self.multigrid = jacobian, stored, multigrid

    def precondition(self, v: Singles, tail: float, out: Singles) -> float:
        """One V-cycle."""
        del tail
        self.multigrid.source[...] = v
        out[...] = self.multigrid.apply()
        return 0.0

    def apply(self, z: Floats | Singles, tail: float, out: Floats) -> float:
        """One product."""
        del tail
        self.jacobian.apply(z, out)
        out += self.stored * z
        return 0.0


class NonlinearStages(LinearStages):
    """Stages of a system with conductivities or leakage that depend on temperature: Newton's method.

    The Jacobian of a step is that of its beginning; preconditioners are those of the temperatures that
    they were `frozen` at.
    """

    def __init__(self, system: ConductionSystem, capacity: Floats, effort: Effort, frozen: Floats) -> None:
        there, _ = evaluated(system, frozen + system.reference)
        super().__init__(there, capacity, effort)
        self.now, self.rate = evaluated(system, frozen + system.reference)
        self._space = Workspace(capacity.shape)
        self._jacobian: Jacobian | None = None

    def begin(self, theta: Floats) -> None:
        """Linearise at `theta`."""
        self._evaluate(theta)
        self._jacobian = Jacobian(
            self.now, theta + self.now.reference, self.rate, self._any(), self._jacobian
        )

    def field_system(self, theta: Floats) -> ConductionSystem:
        """The system as it is at `theta`; it holds until the next stage."""
        self._evaluate(theta)
        return self.now

    def net(self, theta: Floats, heat: Floats) -> tuple[Floats, float, float]:
        """Heat that cells gain, W, and what leaves and leaks in all."""
        self._evaluate(theta)
        r = self._gained(theta, heat)
        return r, self.now.outflow(theta), float(self.now.leaked.sum())

    def _evaluate(self, theta: Floats) -> None:
        hottest = float(theta.max()) + self.now.reference
        if not hottest < HOTTEST:
            raise StageFailed(f"temperatures leave all bounds ({hottest:.0f} K)")
        rate = self.rate if self.rate.size else CONSTANT
        self.now, self.rate = evaluated(self.now, theta + self.now.reference, overwrite=True, rate=rate)

    def _gained(self, theta: Floats, heat: Floats) -> Floats:
        out = np.empty_like(theta)
        Linearised(self.now, multigrid=self._any()).operator.apply(theta, out)
        np.subtract(self.now.rhs, out, out=out)
        out += heat
        return out

    def solve(
        self, shift: float, base: Floats, guess: Floats, heat: Floats, tolerance: Floats, expected: float
    ) -> Solved:
        """Solve a stage; see `LinearStages.solve`.

        Raises
        ------
        StageFailed
            Newton's method does not converge with this step.
        """
        assert self._jacobian is not None
        stored = shift * self.capacity
        problem = _Implicit(self._jacobian, stored, self.hierarchies.multigrid(shift))
        theta, first, before, rate = guess, 0.0, 0.0, CHORD
        for _ in range(NEWTON_LIMIT):
            self._evaluate(theta)
            r = self._gained(theta, heat) - stored * (theta - base)
            # Not more than the nonlinearity will leave anyway.
            reduction = float(np.clip(LEFT / max(before or expected, 1e-30), rate / 4.0, ROUGH))
            try:
                found = gmres(problem, r, tolerance=reduction, workspace=self._space)
            except NoConvergence as error:
                raise StageFailed(str(error)) from error
            change = found.x + self._shift_of(stored, r) * self.solid
            self.effort.cycles += found.iterations
            self.effort.corrections += 1
            theta = theta + change
            size = float(np.max(np.abs(change) / tolerance))
            first = first or size
            if before > 0.0:
                rate = max(size / before, reduction)
            if not np.isfinite(size) or rate >= 1.0:
                raise StageFailed("Newton's method does not converge")
            if max(rate, reduction) * size <= 2.0 * LEFT:
                break
            before = size
        else:
            raise StageFailed("Newton's method does not converge")
        self.effort.stages += 1
        return Solved(theta, first, self.now.outflow(theta), float(self.now.leaked.sum()))

    def _shift_of(self, stored: Floats, residual: Floats) -> float:
        return float(residual.sum()) / float(stored.sum() + self.now.loss.sum())


Stages = LinearStages
"""Either kind."""
