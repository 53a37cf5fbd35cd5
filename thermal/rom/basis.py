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

    def join(self, fields: Floats) -> None:
        """Join fields ``[k, cells]``, made orthonormal in C; what is in the basis already is left out."""
        w = fields[: self.vectors.shape[0] - self.n].copy()
        before = np.sqrt(np.einsum("ij,ij->i", w * self.capacity, w))
        v = self.vectors[: self.n]
        for _ in range(2):
            w -= ((w * self.capacity) @ v.T) @ v
        first = self.n
        for i, size in enumerate(before.tolist()):
            row = w[i]
            own = self.vectors[first : self.n]
            for _ in range(2):
                row -= (own @ (self.capacity * row)) @ own
            norm = float(np.sqrt(row @ (self.capacity * row)))
            if norm > DEPENDENT * size:
                self.vectors[self.n] = row / norm
                self.images[self.n] = self._image(self.vectors[self.n])
                self.n += 1
        new = self.vectors[first : self.n]
        products = self.images[: self.n] @ new.T
        self.a[: self.n, first : self.n] = products
        self.a[first : self.n, : self.n] = products.T
        self.b[first : self.n] = new @ self.heat.T

    def _image(self, v: Floats) -> Floats:
        return self.pencil.apply(v.reshape(self.pencil.capacity.shape)).ravel()

    def responses(self, shift: float) -> Floats:
        """``[n, m]`` reduced states of all inputs."""
        n = self.n
        return np.asarray(np.linalg.solve(self.a[:n, :n] + shift * np.eye(n), self.b[:n]), float)

    def residuals(self, shift: float) -> Floats:
        """``[m, cells]`` residuals of the responses to all inputs."""
        z = self.responses(shift).T
        r = self.heat - z @ self.images[: self.n]
        if shift > 0.0:
            r -= shift * (self.capacity * (z @ self.vectors[: self.n]))
        return np.asarray(r, float)


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
    state.join(np.array([seed.ravel() for seed in seeds]))
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
    shape = state.pencil.capacity.shape
    residuals = state.residuals(shift)
    errors = np.empty((residuals.shape[0], watched.size))
    for row, r in zip(errors, residuals, strict=True):
        row[:] = state.pencil.smoothed(shift, r.reshape(shape)).ravel()[watched]
    before = after = float(np.abs(errors).sum(axis=0).max())
    rest = errors.copy()
    solved: list[Floats] = []
    for u in np.linalg.eigh(errors @ errors.T)[1][:, ::-1].T:
        if after <= tolerance or state.n + len(solved) >= limit:
            break
        error = u @ errors
        size = float(np.abs(error).max())
        relative = float(np.clip(SOLVED * tolerance / max(size, 1e-30), 1e-7, 1e-2))
        solved.append(state.pencil.solve(shift, (u @ residuals).reshape(shape), relative).ravel())
        rest -= np.outer(u, error)
        after = float(np.abs(rest).sum(axis=0).max())
    if solved:
        state.join(np.array(solved))
    return before, after
