"""Conjugate gradients preconditioned by one multigrid V-cycle, with its evidence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from thermal.hanging import Hanging
from thermal.kernels import krylov as kernels
from thermal.kernels.arrays import Floats, Singles
from thermal.multigrid import Multigrid


class NoConvergence(RuntimeError):
    """The iteration stopped above the tolerance; `residuals` holds its history."""

    def __init__(self, residuals: list[float], tolerance: float) -> None:
        self.residuals = tuple(residuals)
        super().__init__(
            f"residual {residuals[-1]:.2e} after {len(residuals) - 1} iterations, asked for {tolerance:.0e}"
        )


@dataclass(frozen=True, eq=False)
class Convergence:
    """What an iteration found: solution and history of ``|b - A x| / |b|`` in the plain 2-norm.

    `tail` is the solution's number beside the field, where the problem has one. `lowest` is the least real
    part among the Ritz values of the preconditioned operator: below zero where the operator is not definite.
    """

    x: Floats
    residuals: tuple[float, ...]
    tail: float = 0.0
    lowest: float = np.inf

    @property
    def iterations(self) -> int:
        """V-cycles spent."""
        return len(self.residuals) - 1


class Operator:
    """The conduction operator in double precision: ``A x`` and ``x . A x``.

    Parameters
    ----------
    multigrid
        Whose finest level knows the neighbours of each column; it knows plain fluxes only.
    lateral, vertical, loss
        Conductances as in `thermal.system.ConductionSystem`.
    hanging
        Interfaces whose fluxes are not plain.
    """

    def __init__(
        self, multigrid: Multigrid, lateral: Floats, vertical: Floats, loss: Floats, hanging: Hanging
    ) -> None:
        level = multigrid.levels[0]
        self._adjacency = level.start, level.other, level.face
        self._values = lateral, vertical, loss
        self._lateral, self._hanging = lateral, hanging
        self.partial = np.empty(-(-vertical.shape[0] // kernels.BLOCK))

    def apply(self, x: Floats | Singles, out: Floats) -> float:
        """Write ``A x`` into `out`; returns ``x . A x``."""
        kernels.apply(*self._adjacency, *self._values, x, out, self.partial)
        return float(self.partial.sum()) + self._hanging.add(self._lateral, x, out)


def conjugate_gradients(
    operator: Operator,
    multigrid: Multigrid,
    b: Floats,
    *,
    start: Floats | None = None,
    tolerance: float = 1e-8,
    limit: int = 100,
    progress: Callable[[int, float], None] | None = None,
) -> Convergence:
    """Solve ``A x = b``.

    Parameters
    ----------
    b
        ``[columns, nz]`` right-hand side in W; overwritten by the residual.
    start
        First guess in K (default zero).
    tolerance
        On ``|b - A x| / |b|``.
    progress
        Called with (iteration, relative residual).

    Raises
    ------
    NoConvergence
        After `limit` iterations.
    """
    partial = operator.partial
    x = np.zeros_like(b) if start is None else start.copy()
    r, q = b, np.empty_like(b)
    norm = float(np.sqrt(_square(r)))
    if norm == 0.0:
        x.fill(0.0)
        return Convergence(x, (0.0,))
    residual = 1.0
    if start is not None:
        operator.apply(x, q)
        r -= q
        residual = float(np.sqrt(_square(r))) / norm
    history = [residual]
    p = np.zeros_like(b)
    rz = 0.0
    # Written so that a residual that is not a number never passes for a small one.
    while not history[-1] <= tolerance:
        if len(history) > limit:
            raise NoConvergence(history, tolerance)
        # Single precision sees a right-hand side of norm one, whatever the watts.
        scale = 1.0 / (history[-1] * norm)
        kernels.scaled_single(r, scale, multigrid.source)
        z = multigrid.apply()
        kernels.dot_mixed(r, z, partial)
        before, rz = rz, float(partial.sum()) / scale
        kernels.direction(z, 1.0 / scale, rz / before if before else 0.0, p)
        alpha = rz / operator.apply(p, q)
        kernels.step(alpha, p, q, x, r, partial)
        history.append(float(np.sqrt(partial.sum())) / norm)
        if progress is not None:
            progress(len(history) - 1, history[-1])
    return Convergence(x, tuple(history))


def remaining(multigrid: Multigrid, residual: Floats, history: tuple[float, ...]) -> float:
    """Largest error in K that an iteration has left in any cell, as one more V-cycle sees it.

    A V-cycle takes all but a share of the error; the share is at most that by which residuals have shrunk
    on average.
    """
    norm = float(np.sqrt(_square(residual)))
    if norm == 0.0 or len(history) < 2:
        return 0.0
    kernels.scaled_single(residual, 1.0 / norm, multigrid.source)
    rate = min((history[-1] / history[0]) ** (1.0 / (len(history) - 1)), 0.9)
    left = float(np.max(np.abs(multigrid.apply())))
    return float(left * norm / (1.0 - rate))


def _square(r: Floats) -> float:
    blocks = range(0, r.shape[0], kernels.BLOCK)
    return sum(float(np.square(r[i : i + kernels.BLOCK]).sum()) for i in blocks)
