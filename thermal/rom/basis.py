"""Rational Krylov basis, grown greedily: solve for what the reduced model gets wrong.

At each shift the residuals b - (A + sC) V z of all inputs pass through one V-cycle, which turns them into
errors in kelvin at a small part of a solve's cost. The combinations of inputs that are worst in the watched
cells are solved for, until what is left is within the tolerance with all inputs at the worse end of their
ranges. Shifts come in bisecting order, so that each new one tests what those around it have taught.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from thermal.kernels.arrays import Floats, Ints
from thermal.rom.pencil import Pencil

# Of the error that a solve is asked to leave, relative to the tolerance.
SOLVED = 0.02
# A vector this much shorter than before it was made orthogonal is rounding.
DEPENDENT = 1e-7
CHUNK = 32


@dataclass(frozen=True, eq=False)
class Basis:
    """C-orthonormal vectors and the pencil projected on them.

    Attributes
    ----------
    vectors
        ``[n, cells]``
    conductance
        ``[n, n]`` A projected; C becomes the identity.
    inputs
        ``[n, m]`` heat of every input, projected.
    shifts
        1/s, in the order in which they were looked at.
    found
        Error in K before anything was solved there, with all inputs at the worse end of their ranges.
    left
        The same after.
    """

    vectors: Floats
    conductance: Floats
    inputs: Floats
    shifts: tuple[float, ...]
    found: tuple[float, ...]
    left: tuple[float, ...]


class _Growing:
    """The basis while it grows."""

    def __init__(self, pencil: Pencil, heat: Floats, capacity: int) -> None:
        self.pencil, self.heat = pencil, heat
        self.capacity = pencil.capacity.ravel()
        self.vectors = np.empty((capacity, self.capacity.size))
        self.images = np.empty_like(self.vectors)
        self.a = np.zeros((capacity, capacity))
        self.b = np.zeros((capacity, heat.shape[0]))
        self.n = 0

    def add(self, field: Floats) -> bool:
        """Join a field ``[columns, nz]``; False where it is in the basis already."""
        w = field.ravel().copy()
        before = float(np.sqrt(w @ (self.capacity * w)))
        v = self.vectors[: self.n]
        for _ in range(2):
            w -= (v @ (self.capacity * w)) @ v
        norm = float(np.sqrt(w @ (self.capacity * w)))
        if not norm > DEPENDENT * before:
            return False
        n = self.n
        self.vectors[n] = w / norm
        self.images[n] = self.pencil.apply(self.vectors[n].reshape(field.shape)).ravel()
        self.n += 1
        column = self.images[: n + 1] @ self.vectors[n]
        self.a[: n + 1, n], self.a[n, : n + 1] = column, column
        self.b[n] = self.heat @ self.vectors[n]
        return True

    def responses(self, shift: float) -> Floats:
        """``[n, m]`` reduced states of all inputs."""
        n = self.n
        return np.asarray(np.linalg.solve(self.a[:n, :n] + shift * np.eye(n), self.b[:n]), float)

    def residual(self, shift: float, z: Floats, u: Floats) -> Floats:
        """Residual of a combination of inputs, flat."""
        v = self.vectors[: self.n]
        return u @ self.heat - z @ self.images[: self.n] - shift * (self.capacity * (z @ v))


def bisecting(shifts: Floats) -> list[float]:
    """Values in an order in which each halves the widest gap that is left: 0, the ends, the middle."""
    values = np.sort(shifts).tolist()
    order = [0, len(values) - 1] if len(values) > 1 else [0]
    while len(order) < len(values):
        done = sorted(order)
        gaps = [(b - a, a, b) for a, b in pairwise(done) if b - a > 1]
        widest = max(g for g, _, _ in gaps)
        order += [(a + b) // 2 for g, a, b in gaps if g == widest]
    return [values[i] for i in order]


def grown(
    pencil: Pencil,
    heat: Floats,
    watched: Ints,
    shifts: Floats,
    tolerance: float,
    limit: int,
    seeds: list[Floats],
    progress: Callable[[float], None],
) -> Basis:
    """Grow a basis until every shift is within a tolerance.

    Parameters
    ----------
    heat
        ``[m, cells]`` W of every input at the end of its range.
    watched
        Cells whose errors count.
    shifts
        1/s.
    tolerance
        K.
    limit
        Vectors.
    seeds
        Fields ``[columns, nz]`` that are known already.
    """
    state = _Growing(pencil, heat, limit + len(seeds))
    for seed in seeds:
        state.add(seed)
    found: list[float] = []
    left: list[float] = []
    order = bisecting(shifts)
    for k, s in enumerate(order):
        before, after = _at(state, s, watched, tolerance, limit)
        found.append(before)
        left.append(after)
        progress((k + 1) / len(order))
    n = state.n
    return Basis(state.vectors[:n], state.a[:n, :n], state.b[:n], tuple(order), tuple(found), tuple(left))


def _at(state: _Growing, shift: float, watched: Ints, tolerance: float, limit: int) -> tuple[float, float]:
    """Solve at a shift for the worst combinations of inputs; returns the error before and after."""
    errors = _errors(state, shift, watched)
    before = after = float(np.abs(errors).sum(axis=0).max())
    products = errors @ errors.T
    directions = np.linalg.eigh(products)[1][:, ::-1].T
    rest = errors.copy()
    shape = state.pencil.capacity.shape
    for u in directions:
        if after <= tolerance or state.n >= limit:
            break
        error = u @ errors
        size = float(np.abs(error).max())
        z = state.responses(shift) @ u
        residual = state.residual(shift, z, u)
        relative = float(np.clip(SOLVED * tolerance / max(size, 1e-30), 1e-7, 1e-2))
        x = state.pencil.solve(shift, residual.reshape(shape), relative)
        state.add(x)
        rest -= np.outer(u, error)
        after = float(np.abs(rest).sum(axis=0).max())
    return before, after


def _errors(state: _Growing, shift: float, watched: Ints) -> Floats:
    """``[m, watched]`` errors in K of the responses to all inputs, as one V-cycle each sees them."""
    m = state.heat.shape[0]
    z = state.responses(shift)
    shape = state.pencil.capacity.shape
    out = np.empty((m, watched.size))
    for lo in range(0, m, CHUNK):
        part = z[:, lo : lo + CHUNK].T
        r = state.heat[lo : lo + CHUNK] - part @ state.images[: state.n]
        if shift > 0.0:
            r -= shift * (state.capacity * (part @ state.vectors[: state.n]))
        for i, row in enumerate(r):
            out[lo + i] = state.pencil.smoothed(shift, row.reshape(shape)).ravel()[watched]
    return out
