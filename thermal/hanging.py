"""Where a column meets two of half its size: fluxes that are right for linear fields there too.

The centre of a coarse column does not lie opposite those of the two halves. The plain two-point flux takes
the difference all the same, which makes it inconsistent and the solution of first order. Here the temperature
opposite a half is read from the coarse column and its neighbours along the face. Equations:
``docs/theory/solver.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from thermal.cover import Conductivities
from thermal.kernels import hanging as kernels
from thermal.kernels.arrays import Bools, Bytes, Floats, Int32s, Ints, Singles
from thermal.mesh.columns import Mesh

if TYPE_CHECKING:
    from scipy.sparse import csr_array

ALIKE = 0.1
"""Relative difference of conductivities up to which a gradient is taken across a face."""
SLENDER = 6.0
"""Square of the aspect, weighted with conductivities, up to which a coarse column's flux is corrected."""
NO_DRIFT: Singles = np.empty((0, 0, 0), np.float32)


class Members(NamedTuple):
    """Interfaces that every touched column belongs to, in compressed rows."""

    column: Int32s
    begin: Ints
    member: Int32s
    role: Bytes


@dataclass(frozen=True, eq=False)
class Hanging:
    """Interfaces of a coarse column with two fine ones.

    Attributes
    ----------
    coarse
        ``[interfaces]`` the column of twice the size.
    fine, face
        ``[interfaces, 2]`` columns and faces of the lower and the upper half.
    first
        ``[interfaces, 2]`` whether the fine column is the first of its face.
    near
        ``[interfaces, 4]`` neighbours of the coarse column along the face (two above, two below) or -1.
    weight
        ``[interfaces, 3]`` a quarter of the coarse width over the distance of the neighbours, and to each.
    code
        ``[interfaces, patterns]`` which neighbours are used; see `thermal.kernels.hanging`.
    pattern
        ``[nz]`` pattern of every z-cell.
    bent
        ``[faces]`` 0, or plus or minus (interface + 1): a difference, first less second column, is
        diminished by so many bends.
    """

    coarse: Int32s
    fine: Int32s
    face: Int32s
    first: Bools
    near: Int32s
    weight: Floats
    code: Bytes
    pattern: Ints
    bent: Int32s

    @classmethod
    def of(cls, mesh: Mesh, found: Conductivities) -> Hanging:
        """Find the interfaces of a mesh, and which neighbours are of like conductivity."""
        pairs, x_faces = mesh.faces
        level = mesh.tree.level
        listed = np.flatnonzero(level[pairs[:, 0]] != level[pairs[:, 1]])
        is_first = np.asarray(level[pairs[listed, 0]] > level[pairs[listed, 1]], bool)
        halves = np.where(is_first, pairs[listed, 0], pairs[listed, 1])
        whole = np.where(is_first, pairs[listed, 1], pairs[listed, 0])
        is_x = listed < x_faces
        x, y, _ = mesh.centres
        order = np.lexsort((np.where(is_x, y[halves], x[halves]), is_first, is_x, whole))
        face, first, fine = (v[order].reshape(-1, 2) for v in (listed, is_first, halves))
        coarse, is_x = whole[order][::2], is_x[order][::2]
        near = np.empty((coarse.size, 4), np.int64)
        for across_x, faces in ((True, pairs[x_faces:]), (False, pairs[:x_faces])):
            rows = is_x == across_x
            near[rows] = _along(faces, coarse[rows], level)
        width = np.stack(mesh.widths)
        bent = np.zeros(len(pairs), np.int32)
        number = np.arange(1, coarse.size + 1)
        for half, sign in ((0, -1), (1, 1)):
            bent[face[:, half]] = np.where(first[:, half], sign, -sign) * number
        return cls(
            coarse.astype(np.int32),
            np.ascontiguousarray(fine, np.int32),
            np.ascontiguousarray(face, np.int32),
            np.ascontiguousarray(first, np.bool_),
            near.astype(np.int32),
            _weights(width, near, coarse, np.where(is_x, 1, 0)),
            _codes(found, width, near, coarse, fine, np.asarray(first[:, 0], bool), is_x),
            found.pattern[mesh.slab],
            bent,
        )

    def __len__(self) -> int:
        return self.coarse.size

    @property
    def stencil(self) -> tuple[Int32s, Int32s, Floats, Bytes, Ints]:
        """What a bend is made with."""
        return self.coarse, self.near, self.weight, self.code, self.pattern

    @cached_property
    def members(self) -> Members:
        """Columns touched, and by what."""
        listed = np.concatenate([self.fine, self.coarse[:, None], self.near], axis=1)
        roles = [kernels.LOWER, kernels.UPPER, kernels.COARSE] + 2 * [kernels.ABOVE] + 2 * [kernels.BELOW]
        used = np.flatnonzero(listed.ravel() >= 0)
        used = used[np.argsort(listed.ravel()[used], kind="stable")]
        column, begin = np.unique(listed.ravel()[used], return_index=True)
        begin = np.append(begin, used.size).astype(np.int64)
        role = np.tile(np.array(roles, np.uint8), len(self))[used]
        return Members(column, begin, (used // listed.shape[1]).astype(np.int32), role)

    def bends(self, field: Floats) -> Floats:
        """``[interfaces, nz]`` temperature opposite the upper half less that of the coarse column, K."""
        out = np.empty((len(self), self.pattern.size))
        kernels.bends(*self.stencil, field, out)
        return out

    def add(
        self,
        lateral: Floats,
        x: Floats | Singles,
        out: Floats,
        *,
        sign: float = 1.0,
        drift: Singles = NO_DRIFT,
        transposed: bool = False,
    ) -> float:
        """Add to the product of `x` with the plain operator what it lacks at the interfaces.

        Parameters
        ----------
        lateral
            ``[faces, nz]`` W/K.
        out
            ``[columns, nz]`` W.
        sign
            -1 for a balance of heat.
        drift, transposed
            ``[2, faces, nz]`` of the Jacobian (see `thermal.kernels.nonlinear`), and whether its transpose
            is meant.

        Returns
        -------
        float
            What is added to ``x . A x`` (without the drifts).
        """
        if not len(self):
            return 0.0
        bend = np.empty((len(self), self.pattern.size))
        lever, energy = np.empty_like(bend), np.empty(len(self))
        forward, backward = (NO_DRIFT, drift) if transposed else (drift, NO_DRIFT)
        sides = (
            self.face,
            self.first,
            self.near,
            self.weight,
            self.code,
            self.pattern,
            lateral,
        )
        kernels.through(*(self.coarse, self.fine, *sides), forward, x, bend, lever, energy)
        kernels.spread(*(*self.members, *sides), backward, bend, lever, sign, out)
        return float(energy.sum())

    def surplus(self, lateral: Floats, columns: int) -> csr_array:
        """What `add` does, as a sparse matrix over all cells (z running fastest)."""
        from scipy.sparse import csr_array, dia_array

        h, z = np.nonzero(self.code[:, self.pattern])
        shape = h.size, columns * self.pattern.size
        row = np.arange(h.size)

        def picked(column: Ints, value: Floats | float) -> csr_array:
            there = column >= 0
            values = np.broadcast_to(value, h.size)[there]
            return csr_array(
                (values, (row[there], column[there] * self.pattern.size + z[there])), shape=shape
            )

        code = self.code[h, self.pattern[z]]
        up, down = (self._slope(code, self.weight[h], side) for side in (0, 1))
        near = self.near[h].astype(np.int64)
        many = np.where(near[:, 1::2] < 0, 1.0, 0.5).T
        coarse = picked(self.coarse[h].astype(np.int64), 1.0)
        bend = picked(self.coarse[h].astype(np.int64), down - up)
        for side, slope in ((0, up * many[0]), (1, -down * many[1])):
            bend += picked(near[:, 2 * side], slope) + picked(near[:, 2 * side + 1], slope)
        total = csr_array((shape[1], shape[1]))
        for half, sign in ((0, -1.0), (1, 1.0)):
            g = dia_array((lateral[self.face[h, half], z][None], [0]), shape=(h.size, h.size))
            plain = picked(self.fine[h, half].astype(np.int64), 1.0) - coarse
            mixed = plain.T @ (g @ bend)
            total += bend.T @ (g @ bend) - sign * (mixed + mixed.T)
        return total

    @staticmethod
    def _slope(code: Bytes, weight: Floats, side: int) -> Floats:
        """Weight of the gradient towards one side; see `thermal.kernels.hanging`."""
        both = kernels.FROM_ABOVE | kernels.FROM_BELOW
        only = kernels.FROM_BELOW if side else kernels.FROM_ABOVE
        return np.where(code == both, weight[:, 0], np.where(code == only, weight[:, 1 + side], 0.0))


def _along(faces: Ints, column: Ints, level: Ints) -> Ints:
    """``[n, 4]`` neighbours of columns through `faces` that are not coarser: two above, two below, or -1."""
    out = np.full((column.size, 4), -1)
    for side in (0, 1):
        listed, other = faces[:, side], faces[:, 1 - side]
        order = np.argsort(listed, kind="stable")
        begin = np.searchsorted(listed[order], column)
        count = np.searchsorted(listed[order], column, side="right") - begin
        for place in (0, 1):
            there = count > place
            found = other[order[begin[there] + place]]
            out[there, 2 * side + place] = np.where(level[found] >= level[column[there]], found, -1)
    return out


def _weights(width: Floats, near: Ints, coarse: Ints, axis: Ints) -> Floats:
    own = width[axis, coarse]
    up, down = (0.5 * (own + width[axis, np.maximum(near[:, i], 0)]) for i in (0, 2))
    return np.stack([0.25 * own / (up + down), 0.25 * own / up, 0.25 * own / down], axis=1)


def _codes(
    found: Conductivities, width: Floats, near: Ints, coarse: Ints, fine: Ints, first: Bools, is_x: Bools
) -> Bytes:
    """Which neighbours are used: material of like conductivity in them and in both halves."""
    k = found.k
    across, along = np.where(is_x, 0, 2), np.where(is_x, 2, 0)
    lower, upper = (k[:, fine[:, half], across + first] for half in (0, 1))
    own = k[:, coarse, along], k[:, coarse, along + 1]
    opposite = k[:, coarse, across + 1 - first]
    normal, tangential = np.where(is_x, width[:, coarse], width[::-1, coarse])
    squat = opposite * tangential**2 <= SLENDER * np.minimum(*own) * normal**2
    whole = _alike(lower, upper) & _alike(*own) & (opposite > 0.0) & squat
    code = np.zeros(whole.shape, np.uint8)
    for side, bit in ((0, kernels.FROM_ABOVE), (1, kernels.FROM_BELOW)):
        used = np.broadcast_to(near[:, 2 * side] >= 0, whole.shape).copy()
        for place in (0, 1):
            there = near[:, 2 * side + place]
            # The neighbour above turns its lower side to us.
            facing = k[:, np.maximum(there, 0), along + side]
            used &= (there < 0) | _alike(facing, own[1 - side])
        code |= np.where(whole & used, bit, 0).astype(np.uint8)
    return np.ascontiguousarray(code.T)


def _alike(a: Floats, b: Floats) -> Bools:
    return np.asarray((np.minimum(a, b) > 0.0) & (np.abs(a - b) <= ALIKE * np.maximum(a, b)))
