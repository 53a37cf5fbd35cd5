"""GMRES for the Jacobian, which is not symmetric and beyond the fold not definite.

Flexible and restarted (Saad 1993), preconditioned from the right by one V-cycle, so that the residual it
knows is the true one. Its vectors are kept in single precision; the residual is made anew in double precision
between cycles, each of which gains at most `GAIN`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np

from thermal.jacobian import Jacobian
from thermal.kernels import krylov, nonlinear
from thermal.kernels.arrays import Floats, Singles
from thermal.krylov import Convergence, NoConvergence
from thermal.multigrid import Multigrid

RESTART = 3
LONGEST = 27
"""Vectors that are kept when fewer do not converge: where the Jacobian is not definite."""
GAIN = 1e-5
# A cycle that gains less than this has stopped converging.
STALLED = 0.9


class Problem(Protocol):
    """What GMRES solves: vectors are fields ``[columns, nz]`` with one more number, the tail."""

    def precondition(self, v: Singles, tail: float, out: Singles) -> float:
        """Write an approximate solution for the right-hand side (v, tail) into `out`; returns its tail."""
        ...

    def apply(self, z: Floats | Singles, tail: float, out: Floats) -> float:
        """Write the product with (z, tail) into `out`; returns its tail."""
        ...


class Plain:
    """The Jacobian, or its transpose, with a V-cycle; the tail is always zero."""

    def __init__(self, jacobian: Jacobian, multigrid: Multigrid, *, transposed: bool = False) -> None:
        self.jacobian, self.multigrid, self.transposed = jacobian, multigrid, transposed

    def precondition(self, v: Singles, tail: float, out: Singles) -> float:
        """One V-cycle."""
        del tail
        nonlinear.copied(v, self.multigrid.source)
        nonlinear.copied(self.multigrid.apply(), out)
        return 0.0

    def apply(self, z: Floats | Singles, tail: float, out: Floats) -> float:
        """One product."""
        del tail
        self.jacobian.apply(z, out, transposed=self.transposed)
        return 0.0


class Workspace:
    """The vectors of a cycle, for one solve after the other.

    Parameters
    ----------
    shape
        Of the fields.
    restart
        Vectors kept.
    """

    def __init__(self, shape: tuple[int, ...], restart: int = RESTART) -> None:
        self.restart = restart
        self.basis = np.empty((restart + 1, *shape), np.float32)
        self.steps = np.empty((restart, *shape), np.float32)
        self.w = np.empty(shape)
        self.partial = np.empty(-(-shape[0] // krylov.BLOCK))


def gmres(
    problem: Problem,
    b: Floats,
    tail: float = 0.0,
    *,
    start: Floats | None = None,
    tolerance: float = 1e-8,
    limit: int = 150,
    workspace: Workspace | None = None,
    progress: Callable[[int, float], None] | None = None,
) -> Convergence:
    """Solve a problem.

    Parameters
    ----------
    b, tail
        Right-hand side; `b` is overwritten by the residual.
    start
        First guess of the field.
    tolerance
        On ``|b - A x| / |b|``.
    workspace
        From an earlier solve; made where there is none.
    progress
        Called with (iteration, relative residual).

    Raises
    ------
    NoConvergence
        After `limit` iterations, or when it stalls.
    """
    run = _Run(problem, b, tail, workspace or Workspace(b.shape), progress)
    norm = run.norm()
    if norm == 0.0:
        return Convergence(np.zeros_like(b), (0.0,))
    if start is not None:
        run.advance(start.copy(), 0.0)
    residual = run.norm() / norm
    run.history = [residual]
    while not residual <= tolerance:
        if len(run.history) > limit:
            raise NoConvergence(run.history, tolerance)
        run.cycle(norm, max(tolerance, GAIN * residual), limit)
        before, residual = residual, run.norm() / norm
        run.history[-1] = residual
        if residual > STALLED * before and not run.widened():
            raise NoConvergence(run.history, tolerance)
    x = np.zeros_like(b) if run.x is None else run.x
    return Convergence(x, tuple(run.history), run.x_tail, run.lowest)


class _Run:
    """State of one solve: solution, residual, and the vectors of a cycle."""

    def __init__(
        self,
        problem: Problem,
        b: Floats,
        tail: float,
        space: Workspace,
        progress: Callable[[int, float], None] | None,
    ) -> None:
        self.problem, self.progress = problem, progress
        self.space, self.w, self.partial = space, space.w, space.partial
        self.r, self.r_tail = b, tail
        self.x: Floats | None = None
        self.x_tail = 0.0
        self.history: list[float] = []
        self.lowest = np.inf

    def norm(self) -> float:
        """2-norm of the residual."""
        nonlinear.square(self.r, self.partial)
        return float(np.sqrt(self.partial.sum() + self.r_tail**2))

    def advance(self, dx: Floats, tail: float) -> None:
        """Add a correction to the solution and make the residual anew."""
        self.r_tail -= self.problem.apply(dx, tail, self.w)
        self.r -= self.w
        if self.x is None:
            self.x = dx
        else:
            self.x += dx
        self.x_tail += tail

    def widened(self) -> bool:
        """Keep three times as many vectors from now on; False if that is too many."""
        if self.space.restart >= LONGEST:
            return False
        self.space = Workspace(self.w.shape, min(3 * self.space.restart, LONGEST))
        return True

    def cycle(self, norm: float, tolerance: float, limit: int) -> None:
        """Minimise the residual over the vectors there are, or until it is `tolerance` x `norm`."""
        m, basis, steps = self.space.restart, self.space.basis, self.space.steps
        h = np.zeros((m + 1, m))
        tails, step_tails = np.zeros(m + 1), np.zeros(m)
        beta = self.norm()
        krylov.scaled_single(self.r, 1.0 / beta, basis[0])
        tails[0] = self.r_tail / beta
        y: Floats = np.zeros(0)
        used = 0
        while used < m and len(self.history) <= limit:
            j = used
            step_tails[j] = self.problem.precondition(basis[j], tails[j], steps[j])
            w_tail = self.problem.apply(steps[j], step_tails[j], self.w)
            used += 1
            square = w_tail * w_tail
            for i in range(used):
                nonlinear.dot(basis[i], self.w, self.partial)
                h[i, j] = float(self.partial.sum()) + tails[i] * w_tail
                nonlinear.subtract(h[i, j], basis[i], self.w, self.partial)
                w_tail -= h[i, j] * tails[i]
            square = float(self.partial.sum()) + w_tail * w_tail
            h[used, j] = np.sqrt(square)
            target = np.zeros(used + 1)
            target[0] = beta
            y = np.asarray(np.linalg.lstsq(h[: used + 1, :used], target, rcond=None)[0], float)
            residual = float(np.linalg.norm(target - h[: used + 1, :used] @ y)) / norm
            self.history.append(residual)
            if self.progress is not None:
                self.progress(len(self.history) - 1, residual)
            if residual <= tolerance or h[used, j] <= 1e-7 * abs(h[j, j]):
                break
            if used < m:
                krylov.scaled_single(self.w, 1.0 / h[used, j], basis[used])
                tails[used] = w_tail / h[used, j]
        self.lowest = min(self.lowest, float(np.linalg.eigvals(h[:used, :used]).real.min()))
        dx = np.empty_like(self.r)
        nonlinear.combine(y, steps[:used], dx)
        self.advance(dx, float(step_tails[:used] @ y))
